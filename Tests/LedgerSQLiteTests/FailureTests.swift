import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite(.serialized) struct FailureTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private let clock = LedgerClock.fixed(RandomOperations.start)

    private func create() throws -> SQLiteLog {
        try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: clock)
    }

    private func errorOfOpening(_ mode: SQLiteLog.Mode = .readWrite) -> LogError? {
        #expect(throws: LogError.self) { try SQLiteLog.open(at: folder.database, mode: mode, clock: clock) }
    }

    @Test func creatingNeverTouchesWhatIsThere() throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.database))

        let error = #expect(throws: LogError.self) { try create() }

        #expect(error?.code == .storage)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == Data("precious".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ledger.db"])
    }

    @Test func creatingLeavesOnlyTheLedger() throws {
        _ = try create()

        let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
        #expect(names.isSubset(of: ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.lock"]))
    }

    @Test func aMissingLedgerSaysHowToMakeOne() {
        let error = errorOfOpening()

        #expect(error?.code == .storage)
        #expect(error?.message.contains("run `ledger init`") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.database))
    }

    @Test(arguments: [
        "", "not a database, but long enough to be read as the header of one, and more than that",
    ])
    func anotherFileIsNotALedger(content: String) throws {
        try Data(String(repeating: content, count: 40).utf8).write(to: URL(fileURLWithPath: folder.database))

        #expect(errorOfOpening()?.code == .wrongFormat)
        #expect(errorOfOpening(.readOnly)?.code == .wrongFormat)
    }

    @Test(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"))
    func anotherDatabaseIsNotALedger() throws {
        try SQLiteShell.run(
            "CREATE TABLE log (log_index INTEGER PRIMARY KEY, record TEXT)", on: folder.database)

        #expect(errorOfOpening()?.code == .wrongFormat)
    }

    @Test(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"))
    func aNewerFormatIsRefused() throws {
        _ = try create()
        try SQLiteShell.run("PRAGMA user_version = 2", on: folder.database)

        let error = errorOfOpening()

        #expect(error?.code == .wrongFormat)
        #expect(error?.message.contains("Use a newer `ledger`") == true)
    }

    @Test func anotherOriginIsRefused() throws {
        _ = try create()

        let error = #expect(throws: LogError.self) {
            try SQLiteLog.open(at: folder.database, origin: Origin("other.example")!, clock: clock)
        }

        #expect(error?.code == .wrongFormat)
    }

    @Test func aReadOnlyLogRefusesToWrite() throws {
        _ = try create()
        let log = try SQLiteLog.open(at: folder.database, mode: .readOnly, clock: clock)

        #expect(throws: LogError.self) { try log.write { try $0.append(.numbered(0), expecting: .any) } }
        #expect(throws: LogError.self) { try log.checkpointWAL() }
        #expect(try LogVerifier.verify(log, depth: .full) == .nothingToVerify)
    }

    /// A limit on file sizes stands for a full disk: the write-ahead log stops in the middle of a commit.
    @Test func aFullFileSystemLosesNothingAndSaysSo() throws {
        _ = try create()
        let worker = try Worker(
            database: folder.database, seed: 1, count: 100_000, batch: 7, limitKiB: 600)

        let (promised, error, status) = try worker.finish()

        #expect(status == 1)
        #expect(error.contains("Look at the disk") || error.contains("the disk is full"), "\(error)")
        #expect(!promised.isEmpty)
        let log = try SQLiteLog.open(at: folder.database, clock: clock)
        let verdict = try LogVerifier.verify(log, depth: .full)
        let size = try #require(verdict.goodSize, "\(verdict)")
        #expect(size.value == promised.count)
        #expect(Set(promised.values) == Set(0..<size.value))
        let next = RecordDraft.ofWorker(1, number: promised.count)
        let later = LedgerClock.fixed(Timestamp.writable.upperBound)
        let writer = try SQLiteLog.open(at: folder.database, clock: later)
        #expect(try writer.write { try $0.append(next, expecting: .any) }.index.value == promised.count)
    }

    /// On a real file system of two megabytes, where the system lets us mount one.
    @Test func aFullDiskLosesNothingAndSaysSo() throws {
        let mount = folder.path + "/small"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        guard run("/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]) == 0 else {
            print("aFullDiskLosesNothingAndSaysSo: skipped, tmpfs cannot be mounted here")
            return
        }
        defer { _ = run("/bin/umount", ["-l", mount]) }
        let clock = AdjustableClock(RandomOperations.start)
        let log = try SQLiteLog.create(
            at: mount + "/ledger.db", origin: ConformanceRule.origin, clock: clock.clock)
        var count = 0

        let error = #expect(throws: LogError.self) {
            while count < 100_000 {
                try log.write { writer in
                    for number in count..<(count + 5) {
                        _ = try writer.append(.numbered(number), expecting: .any)
                    }
                }
                count += 5
            }
        }

        #expect(error?.code == .storage)
        #expect(error?.message.contains("the disk is full") == true, "\(error?.message ?? "")")
        #expect(try LogContents(log).records.count == count)
        let reopened = try SQLiteLog.open(at: mount + "/ledger.db", mode: .readOnly, clock: clock.clock)
        let verdict = try LogVerifier.verify(reopened, depth: .full)
        let size = try #require(verdict.goodSize, "\(verdict)")
        #expect(size.value == count)
    }

    @Test func readOnlyMediaCanBeVerified() throws {
        let mount = folder.path + "/media"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        guard run("/bin/mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", mount]) == 0 else {
            print("readOnlyMediaCanBeVerified: skipped, tmpfs cannot be mounted here")
            return
        }
        defer { _ = run("/bin/umount", ["-l", mount]) }
        do {
            let log = try SQLiteLog.create(
                at: mount + "/ledger.db", origin: ConformanceRule.origin, clock: clock)
            try log.write { writer in
                for number in 0..<300 { _ = try writer.append(.numbered(number), expecting: .any) }
            }
        }
        try #require(run("/bin/mount", ["-o", "remount,ro", mount]) == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: mount)

        // The newest records lie in the write-ahead log, and are read from there.
        let withLog = try SQLiteLog.open(at: mount + "/ledger.db", mode: .readOnly, clock: clock)
        let size = try #require(
            try LogVerifier.verify(withLog, depth: .full).goodSize, "not good; files: \(names)")
        #expect(size.value == 300)
    }

    @Test func mediaWithoutAWriteAheadLogAreOpenedAsTheyAre() throws {
        let mount = folder.path + "/media"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        guard run("/bin/mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", mount]) == 0 else {
            print("mediaWithoutAWriteAheadLogAreOpenedAsTheyAre: skipped, tmpfs cannot be mounted here")
            return
        }
        defer { _ = run("/bin/umount", ["-l", mount]) }
        let log = try create()
        try log.write { writer in
            for number in 0..<300 { _ = try writer.append(.numbered(number), expecting: .any) }
        }
        try log.checkpointWAL()
        try FileManager.default.copyItem(atPath: folder.database, toPath: mount + "/a?b#c%.db")
        try #require(run("/bin/mount", ["-o", "remount,ro", mount]) == 0)

        let copy = try SQLiteLog.open(at: mount + "/a?b#c%.db", mode: .readOnly, clock: clock)

        #expect(try LogContents(copy) == LogContents(log))
        #expect(try FileManager.default.contentsOfDirectory(atPath: mount) == ["a?b#c%.db"])
    }

    private func run(_ program: String, _ arguments: [String]) -> Int32 {
        guard FileManager.default.isExecutableFile(atPath: program) else { return -1 }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = Pipe()
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
