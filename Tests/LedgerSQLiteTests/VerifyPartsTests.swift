import Foundation
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Synchronization
import Testing

@testable import LedgerEvents

/// A log that is read in parts, at once, is judged as one that is read from end to end.
@Suite struct VerifyPartsTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let clock = LedgerClock.fixed(RandomOperations.start)

    private func makeLedger(_ count: Int) throws -> SQLiteLog {
        let log = try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: Self.clock)
        try log.write { writer in
            for number in 0..<count { _ = try writer.append(.numbered(number), expecting: .any) }
        }
        return log
    }

    private func inParts(
        _ path: String, _ depth: LogVerifier.Depth, viewCount: Int = 3, partSize: Int = 256
    ) async throws -> VerificationResult {
        try await LogVerifier.verify(depth: depth, viewCount: viewCount, partSize: partSize) {
            try SQLiteLog.open(at: path, mode: .readOnly, clock: Self.clock)
        }
    }

    private func asAWhole(_ path: String, _ depth: LogVerifier.Depth) throws -> VerificationResult {
        try LogVerifier.verify(
            try SQLiteLog.open(at: path, mode: .readOnly, clock: Self.clock), depth: depth)
    }

    @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 513, 1023, 1024, 1300])
    func partsJoinToTheWhole(count: Int) async throws {
        _ = try makeLedger(count)
        for depth in [LogVerifier.Depth.fast, .full] {
            let whole = try asAWhole(folder.database, depth)
            #expect(whole.goodSize == (count == 0 ? nil : TreeSize(count)))
            for (viewCount, partSize) in [(1, 256), (2, 256), (3, 512), (5, 256), (2, 1024)] {
                let result = try await inParts(
                    folder.database, depth, viewCount: viewCount, partSize: partSize)

                #expect(result == whole, "\(viewCount) views, parts of \(partSize)")
            }
        }
    }

    @Test func eachRecordIsToldOnceAsDone() async throws {
        _ = try makeLedger(1300)
        let told = Mutex<[Int]>([])
        let path = folder.database

        _ = try await LogVerifier.verify(
            depth: .full, viewCount: 3, partSize: 256,
            progress: { size in told.withLock { $0.append(size.value) } },
            opening: { try SQLiteLog.open(at: path, mode: .readOnly, clock: Self.clock) })

        let sizes = told.withLock { $0 }
        #expect(sizes.count == 6 && sizes == sizes.sorted() && sizes.last == 1300)
    }

    /// Whatever is wrong, and in whichever part: the answer is that of reading from end to end.
    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: [
            "UPDATE log SET record = replace(record, '\"revision\":', '\"revision\":1') WHERE log_index = ?",
            "UPDATE log SET record = replace(record, '\"time\":\"2', '\"time\":\"1') WHERE log_index = ?",
            "UPDATE log SET record = replace(record, '\"prev\":\"', '\"prev\":\"0') WHERE log_index = ?",
            "UPDATE log SET record = ' ' || record WHERE log_index = ?",
            "DELETE FROM log WHERE log_index = ?", "DELETE FROM log WHERE log_index >= ?",
            "DELETE FROM event_id WHERE log_index = ?",
            "UPDATE event_id SET leaf_start = leaf_start + 1 WHERE log_index = ?",
            "UPDATE event_id SET log_index = log_index - 1 WHERE log_index = ?",
            "UPDATE stream_position SET log_index = log_index - 1 WHERE log_index = ?",
            "DELETE FROM stream_position WHERE log_index = ?",
            "UPDATE tree_tile SET hashes = zeroblob(8192) WHERE level = 0 AND tile = ? / 256",
            "UPDATE tree_tile SET hashes = zeroblob(length(hashes)) WHERE level = 8 AND ? >= 0",
        ])
    func whatIsWrongIsFoundInAnyPart(change: String) async throws {
        try makeLedger(1300).checkpointWAL()
        let copy = folder.path + "/copy.db"
        for index in [1, 256, 511, 1024] {
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
            let sql = change.replacingOccurrences(of: "?", with: "\(index)")
            let shell = try SQLiteShell.run(Tampering.dropTriggers + sql + "; SELECT changes() > 0", on: copy)
            #expect(shell.isSuccess && shell.text.contains("1"), "\(sql): \(shell.text)")
            for depth in [LogVerifier.Depth.fast, .full] {
                let whole = try asAWhole(copy, depth)

                let result = try await inParts(copy, depth)

                #expect(result == whole, "\(sql)")
                #expect(depth == .fast || result.fault != nil, "\(sql): not found")
            }
        }
    }

    @Test func aLogThatGrowsMeanwhileRaisesNoAlarm() async throws {
        let log = try makeLedger(1300)
        let path = folder.database
        let isDone = Atomic(false)

        async let verdicts = {
            var verdicts: [VerificationResult] = []
            repeat {
                for depth in [LogVerifier.Depth.fast, .full] {
                    verdicts.append(try await inParts(path, depth))
                }
            } while !isDone.load(ordering: .relaxed)
            return verdicts
        }()
        for number in 1300..<2300 {
            try log.write { _ = try $0.append(.numbered(number), expecting: .any) }
        }
        isDone.store(true, ordering: .relaxed)

        let found = try await verdicts
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { ($0.goodSize ?? .empty) >= TreeSize(1300) })
    }
}
