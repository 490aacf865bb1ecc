import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// What was answered for is on the disk: a power cut at any moment takes nothing of it, and what it leaves is
/// a ledger that goes on.
@Suite(.serialized) struct PowerLossTests {
    private let folder: String
    private let seed = CrashPlan.seed

    init() throws {
        // Which bytes were synced is what counts, not where to.
        let memory = URL(fileURLWithPath: "/dev/shm")
        let parent =
            FileManager.default.isWritableFile(atPath: memory.path)
            ? memory : FileManager.default.temporaryDirectory
        folder = parent.appendingPathComponent("ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: "\(folder)/ledger", withIntermediateDirectories: true)
    }

    private var database: String { "\(folder)/ledger/ledger.db" }
    private static let origin = ConformanceRule.origin

    private func open(_ path: String, _ mode: SQLiteLog.Mode = .readWrite) throws -> SQLiteLog {
        try SQLiteLog.open(at: path, mode: mode, clock: .fixed(Timestamp.writable.upperBound))
    }

    /// A program that adds records, and prints the number and the index of each that is durable.
    private func worker(
        _ count: Int, _ options: [String] = [], adding record: inout DiskRecord
    ) async throws -> RealProgram.Ending {
        let written = "\(folder)/record"
        let ending = try await RealProgram.run(
            [try RealProgram.built("crash-point"), "--report", "\(folder)/report"] + options
                + ["--record", written, "\(folder)/ledger", "--"]
                + [try RealProgram.built("ledger-bench"), "append-worker", database, "1", "\(count)", "1"],
            in: folder)
        try record.add(written)
        return ending
    }

    /// The records that were promised: their places, by their numbers.
    private func promised(_ printed: String) -> [Int: Int] {
        var result: [Int: Int] = [:]
        for line in printed.split(separator: "\n") {
            let words = line.split(separator: " ").compactMap { Int($0) }
            if words.count == 2 { result[words[0]] = words[1] }
        }
        return result
    }

    /// - Parameter size: of the log before all that is recorded.
    private func check(
        _ image: DiskModel.Image, from size: Int, at path: String
    ) throws {
        try image.write(from: "\(folder)/ledger", to: path)
        let words = Comment(rawValue: "\(image.words), seed \(seed)")
        let log = try open("\(path)/ledger.db")
        let records = try LogContents(log).records
        let promised = promised(image.printed)

        #expect(records.count >= size + promised.count, words)
        for (number, index) in promised where index < records.count {
            let record = try Record(records[index])
            #expect(RecordDraft.ofWorker(1, number: number).isSame(as: record), words)
        }
        let ids = Set(try records.map { try Record($0).id })
        #expect(ids.count == records.count, words)

        // And it goes on: with the same record again, or the next one.
        let again = records.count - size
        let receipts = try log.write { writer in
            try (max(0, again - 1)...again).map { number in
                try writer.append(.ofWorker(1, number: number), expecting: .any)
            }
        }
        #expect(receipts.last?.index.value == records.count, words)
        #expect(receipts.last?.wasDuplicate == false, words)
        let verdict = try LogVerifier.verify(log, depth: .full)
        guard case .good(TreeSize(records.count + 1), _) = verdict else {
            Issue.record("\(words): \(verdict)")
            return
        }
    }

    private func byteCount(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    /// A log whose write-ahead log is about to be copied into the file.
    private func prepare() throws -> Int {
        let log = try SQLiteLog.create(
            at: database, origin: Self.origin, clock: .fixed(RandomOperations.start))
        var count = 0
        while try byteCount(of: database + "-wal") < 4_100_000 {
            _ = try log.write { try $0.append(.numbered(count), expecting: .any) }
            count += 1
        }
        return count
    }

    @Test(.timeLimit(.minutes(60))) func aPowerCutTakesNothingThatWasPromised() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let size = try prepare()
        let start = try DiskModel("\(folder)/ledger")
        var record = DiskRecord()
        let ending = try await worker(12, adding: &record)
        try #require(ending.code == 0, "\(ending.words)")
        // The write-ahead log was copied, and begun anew.
        let isCopied = record.steps.contains {
            if case .sync(database) = $0 { true } else { false }
        }
        #expect(isCopied)

        let images = DiskModel.images(of: record, from: start)
        var generator = SeededGenerator(seed: seed)
        let chosen = CrashPlan.isSoak ? images : Array(images.shuffled(using: &generator).prefix(120))
        print(
            "power: \(record.steps.count) steps, \(images.count) images, tried \(chosen.count), seed \(seed)")
        #expect(images.count > 200)
        for image in chosen { try check(image, from: size, at: "\(folder)/image") }
    }

    /// A model that forgets a sync would say that something is lost: the check itself is not blind.
    @Test func withoutItsSyncsARecordIsLost() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try SQLiteLog.create(at: database, origin: Self.origin, clock: .fixed(RandomOperations.start))
        let start = try DiskModel("\(folder)/ledger")
        var record = DiskRecord()
        let ending = try await worker(2, adding: &record)
        try #require(ending.code == 0, "\(ending.words)")
        record.keep { if case .sync = $0 { false } else { true } }

        let image = DiskModel.worst(of: record, from: start)
        try image.write(from: "\(folder)/ledger", to: "\(folder)/image")

        #expect(try LogContents(open("\(folder)/image/ledger.db")).records.isEmpty)
        #expect(promised(image.printed).count == 2)
    }

    /// Killed before its sync, a record may be there for the next program to see, and yet not on the disk:
    /// who tries again is answered only when it is.
    @Test func aRecordThatWasSeenButNotSyncedIsSyncedBeforeItIsPromised() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try SQLiteLog.create(at: database, origin: Self.origin, clock: .fixed(RandomOperations.start))
        let start = try DiskModel("\(folder)/ledger")
        var record = DiskRecord()
        // The write-ahead log's header is synced first, then each commit.
        let killed = try await worker(
            3, ["--like", "* fdatasync *-wal", "--kill", "3"], adding: &record)
        try #require(killed.code == 137)

        let again = try await worker(2, adding: &record)

        #expect(again.code == 0, "\(again.words)")
        #expect(promised(again.output).count == 2)
        try check(DiskModel.worst(of: record, from: start), from: 0, at: "\(folder)/image")
    }

    /// Linux tells an error of the disk once, and holds what was not written for written.
    @Test(arguments: 1...4) func whatAFailedSyncLostIsWrittenAgain(number: Int) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try SQLiteLog.create(at: database, origin: Self.origin, clock: .fixed(RandomOperations.start))
        let start = try DiskModel("\(folder)/ledger")
        var record = DiskRecord()
        let failed = try await worker(
            4, ["--like", "* fdatasync *-wal", "--fail", "\(number)", "EIO"], adding: &record)
        #expect(failed.code == 1 && failed.words.contains("Look at the disk"), "\(failed.words)")

        let again = try await worker(4, adding: &record)

        #expect(again.code == 0, "\(again.words)")
        #expect(promised(again.output).count == 4)
        var generator = SeededGenerator(seed: seed)
        let images = DiskModel.images(of: record, from: start).shuffled(using: &generator)
        let chosen = CrashPlan.isSoak ? images : Array(images.prefix(12))
        for image in chosen + [DiskModel.worst(of: record, from: start)] {
            try check(image, from: 0, at: "\(folder)/image")
        }
    }
}
