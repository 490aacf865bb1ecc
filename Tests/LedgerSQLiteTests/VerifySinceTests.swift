import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite struct VerifySinceTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private let clock = LedgerClock.fixed(RandomOperations.start)

    /// A ledger of `count` records in three streams, in one file without a write-ahead log.
    private func ledger(_ count: Int) throws -> String {
        let log = try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: clock)
        try log.write { writer in
            for number in 0..<count { _ = try writer.append(Self.draft(number), expecting: .any) }
        }
        try log.checkpointWAL()
        let copy = "\(folder.path)/copy-\(UUID().uuidString).db"
        try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
        return copy
    }

    private static func draft(_ number: Int) -> RecordDraft {
        .numbered(
            number, stream: [.ledger, .roster, StreamName("release/autocli/v\(number / 50)")!][number % 3])
    }

    private func read<Result>(_ path: String, _ body: (any LogReader) throws -> Result) throws -> Result {
        try SQLiteLog.open(at: path, mode: .readOnly, clock: clock).read(body)
    }

    private func verify(_ path: String, since size: Int, root: Hash) throws -> VerificationResult {
        try read(path) { try LogVerifier.verify(reading: $0, since: TreeSize(size), root: root) }
    }

    private func roots(_ path: String, _ sizes: some Sequence<Int>) throws -> [Int: Hash] {
        try read(path) { reader in
            Dictionary(uniqueKeysWithValues: try sizes.map { ($0, try reader.root(at: TreeSize($0))) })
        }
    }

    @Test func whatWasAddedAfterAnySizeIsGood() throws {
        let path = try ledger(600)
        let roots = try roots(path, 0...600)

        for size in 0..<600 {
            let result = try verify(path, since: size, root: roots[size]!)
            #expect(result == .good(size: TreeSize(600), root: roots[600]!), "since \(size)")
        }
        #expect(try verify(path, since: 600, root: roots[600]!) == .nothingToVerify)
    }

    @Test func aLogThatDoesNotHaveTheTreeIsBroken() throws {
        let path = try ledger(300)
        let roots = try roots(path, 0...300)

        for size in [0, 1, 255, 256, 257, 299, 300] {
            let result = try verify(path, since: size, root: roots[(size + 1) % 301]!)
            #expect(result.fault?.cause == .tree, "since \(size)")
        }
        #expect(
            try verify(path, since: 301, root: roots[300]!).fault?.message.contains("tail was cut") == true)
    }

    /// Each change is made to a ledger of 600 records and looked for after 520, and after 100.
    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: [
            (
                "UPDATE log SET record = replace(record, '\"number\":550', '\"number\":551') WHERE log_index = 550",
                520
            ),
            (
                "UPDATE log SET record = replace(record, '\"number\":599', '\"number\":598') WHERE log_index = 599",
                520
            ),
            (
                "UPDATE log SET record = replace(record, '\"number\":520', '\"number\":521') WHERE log_index = 520",
                520
            ),
            // The last record before: its hash is the link of the first new one.
            (
                "UPDATE log SET record = replace(record, '\"number\":519', '\"number\":518') WHERE log_index = 519",
                520
            ),
            (
                "UPDATE log SET record = replace(record, '\"number\":99}', '\"number\":98}') WHERE log_index = 99",
                100
            ),
            (
                "UPDATE log SET record = replace(record, 'tag.pushed', 'tag.pulled') WHERE log_index = 560",
                520
            ),
            ("UPDATE log SET record = '' WHERE log_index = 530", 520),
            ("UPDATE log SET record = record || ' ' WHERE log_index = 530", 520),
            ("DELETE FROM log WHERE log_index = 530", 520), ("DELETE FROM log WHERE log_index = 599", 520),
            ("DELETE FROM log WHERE log_index = 519", 520),
            ("UPDATE log SET log_index = 700 WHERE log_index = 599", 520),
            ("UPDATE event_id SET log_index = 3 WHERE log_index = 530", 520),
            ("DELETE FROM event_id WHERE log_index = 530", 520),
            ("UPDATE stream_position SET log_index = 3 WHERE log_index = 530", 520),
            ("DELETE FROM stream_position WHERE log_index = 530", 520),
            ("UPDATE tree_tile SET hashes = zeroblob(8192) WHERE level = 0 AND tile = 1", 100),
            ("UPDATE tree_tile SET hashes = zeroblob(8192) WHERE level = 0 AND tile = 0", 100),
            ("UPDATE tree_tile SET hashes = zeroblob(64) WHERE level = 8", 100),
            ("UPDATE tree_tile SET hashes = zeroblob(64) WHERE level = 8", 520),
            ("DELETE FROM tree_tile", 520),
        ])
    func whatIsWrongInTheNewRecordsIsFound(change: String, since size: Int) throws {
        let path = try ledger(600)
        let root = try #require(try roots(path, [size])[size])
        let result = try SQLiteShell.run(Tampering.dropTriggers + change, on: path)
        #expect(result.isSuccess, "\(result.text)")

        let verdict = try? verify(path, since: size, root: root)

        #expect(verdict?.fault != nil, "\(String(describing: verdict))")
    }

    /// The price of not reading it, which the command says in words; a whole look finds it.
    @Test(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"))
    func whatWasChangedBeforeIsForAWholeVerificationToFind() throws {
        let path = try ledger(600)
        let root = try #require(try roots(path, [520])[520])
        let change =
            "UPDATE log SET record = replace(record, '\"number\":200', '\"number\":201') WHERE log_index = 200"
        #expect(try SQLiteShell.run(Tampering.dropTriggers + change, on: path).isSuccess)

        #expect(try verify(path, since: 520, root: root).goodSize == TreeSize(600))
        let whole = try LogVerifier.verify(
            SQLiteLog.open(at: path, mode: .readOnly, clock: clock), depth: .fast)
        #expect(whole.fault != nil)
    }

    @Test func onlyTheNewRecordsAreRead() throws {
        let path = try ledger(600)
        let root = try #require(try roots(path, [520])[520])

        let read = try read(path) { reader -> [Range<Int>] in
            let watched = WatchedReader(reader)
            _ = try LogVerifier.verify(reading: watched, since: TreeSize(520), root: root)
            return watched.read
        }

        #expect(read.allSatisfy { $0.lowerBound >= 519 }, "\(read)")
        #expect(read.contains(519..<520) && read.contains(520..<Int.max))
    }
}

/// Notes which records are asked for.
private final class WatchedReader: LogReader {
    private let reader: any LogReader
    private(set) var read: [Range<Int>] = []

    init(_ reader: any LogReader) { self.reader = reader }

    var origin: Origin { reader.origin }
    func head() throws -> LogHead { try reader.head() }
    func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
        read.append(range)
        try reader.scan(range, body)
    }
    func record(at index: LogIndex) throws -> Record? {
        read.append(index.value..<(index.value + 1))
        return try reader.record(at: index)
    }
    func subtree(_ id: SubtreeID) throws -> Hash { try reader.subtree(id) }
    func index(of id: EventID) throws -> LogIndex? { try reader.index(of: id) }
    func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] {
        try reader.positions(in: stream, fromRevision: revision)
    }
    func revision(of stream: StreamName) throws -> Int { try reader.revision(of: stream) }
    func streams(withPrefix prefix: String) throws -> [StreamName] {
        try reader.streams(withPrefix: prefix)
    }
    func evidence(_ digest: Hash) throws -> StoredEvidence? { try reader.evidence(digest) }
    func notes(fromSize size: TreeSize) throws -> [StoredNote] { try reader.notes(fromSize: size) }
    func latestNote() throws -> StoredNote? { try reader.latestNote() }
}
