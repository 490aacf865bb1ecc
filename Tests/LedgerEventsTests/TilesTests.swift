import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

@Suite struct TilesTests {
    private static let records: [[UInt8]] = {
        let log = InMemoryLog(origin: ConformanceRule.origin, clock: .fixed(RandomOperations.start))
        let records = try? log.write { writer in
            for number in 0..<600 { _ = try writer.append(.numbered(number), expecting: .any) }
            return try (0..<600).map { try writer.record(at: LogIndex($0))!.bytes }
        }
        return records ?? []
    }()
    private static let leaves = records.map { Hash.leaf($0) }
    private static let subtrees = ReferenceTree.subtrees(leaves)

    private static func checkpoint(_ size: Int, root: Hash? = nil) -> Checkpoint {
        Checkpoint(
            origin: ConformanceRule.origin, size: TreeSize(size),
            root: root ?? ReferenceTree.root(leaves.prefix(size)))
    }

    private static func log(_ records: [[UInt8]] = records) -> TamperedLog {
        TamperedLog(origin: ConformanceRule.origin, records: records)
    }

    private static func tiles(
        of checkpoint: Checkpoint, in log: some EventLog, unless isThere: (TileID) -> Bool = { _ in false }
    ) throws -> [TileID: [UInt8]] {
        var tiles: [TileID: [UInt8]] = [:]
        try log.read { reader in
            try reader.makeTiles(of: checkpoint, unless: isThere) { tile, bytes in
                #expect(tiles.updateValue(bytes, forKey: tile) == nil, "\(tile) was written twice")
            }
        }
        return tiles
    }

    /// Word for word what C2SP tlog-tiles says, from the leaves alone.
    private static func reference(_ size: Int) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        func number(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: 3 - digits.count) + digits
                + (width < 256 ? ".p/\(width)" : "")
        }
        for (level, step) in [(0, 1), (1, 256)] {
            for first in stride(from: 0, to: size / step, by: 256) {
                let width = min(256, size / step - first)
                let path = number(first / 256, width)
                files["tile/\(level)/\(path)"] = (first..<(first + width)).flatMap { place in
                    subtrees[SubtreeID(level: 8 * level, place: place)]!.bytes
                }
                guard level == 0 else { continue }
                files["tile/entries/\(path)"] = records[first..<(first + width)].flatMap {
                    [UInt8($0.count / 256), UInt8($0.count % 256)] + $0
                }
            }
        }
        return files
    }

    @Test(arguments: 1...600) func theTilesAreThoseOfTheReferenceTree(size: Int) throws {
        let tiles = try Self.tiles(of: Self.checkpoint(size), in: Self.log(Array(Self.records.prefix(size))))

        let files = Dictionary(uniqueKeysWithValues: tiles.map { ($0.path, $1) })
        #expect(files == Self.reference(size))
        for (tile, bytes) in tiles where tile.content == .entries {
            let first = tile.number * 256
            let entries = EntryBundle.decode(bytes)?.map { Array($0) }
            #expect(entries == Array(Self.records[first..<(first + tile.width)]))
        }
    }

    @Test func anOlderTreesTilesAreTheSameInALargerLog() throws {
        let log = Self.log()
        for size in [1, 255, 256, 257, 511, 512, 513, 599] {
            let tiles = try Self.tiles(of: Self.checkpoint(size), in: log)
            #expect(Dictionary(uniqueKeysWithValues: tiles.map { ($0.path, $1) }) == Self.reference(size))
        }
    }

    @Test func whatIsThereIsNeitherMadeNorRead() throws {
        var records = Self.records
        let damaged = 100
        records[damaged] = Array("damaged".utf8)
        let head = try Self.log().read { try $0.head() }
        let log = TreeKeepingLog(records: records, subtrees: Self.subtrees, head: head)

        let new = try Self.tiles(of: Self.checkpoint(600), in: log) { $0.requiredSize.value <= 512 }

        #expect(
            Set(new.keys.map(\.path)) == [
                "tile/entries/002.p/88", "tile/0/002.p/88",
            ])
        #expect(throws: LogError.self) { try Self.tiles(of: Self.checkpoint(600), in: log) }
    }

    /// The stored hashes are right, and one record is not theirs.
    @Test func aRecordThatIsNotInTheTreeIsNotGivenOut() throws {
        let head = try Self.log().read { try $0.head() }
        for place in [0, 255, 256, 511, 512, 513, 598, 599] {
            for change in [[UInt8](), Array("x".utf8), Self.records[(place + 1) % 600]] {
                var records = Self.records
                records[place] = change
                let log = TreeKeepingLog(records: records, subtrees: Self.subtrees, head: head)
                #expect(throws: LogError.self) { try Self.tiles(of: Self.checkpoint(600), in: log) }
            }
        }
        let short = TreeKeepingLog(records: Self.records.dropLast(), subtrees: Self.subtrees, head: head)
        #expect(throws: LogError.self) { try Self.tiles(of: Self.checkpoint(600), in: short) }
    }

    @Test func aCheckpointOfAnotherTreeGivesNoTiles() throws {
        for checkpoint in [
            Self.checkpoint(600, root: Self.leaves[0]), Self.checkpoint(599, root: Self.leaves[1]),
            Self.checkpoint(601, root: Self.leaves[2]),
        ] {
            #expect(throws: LogError.self) { try Self.tiles(of: checkpoint, in: Self.log()) }
        }
    }
}

/// A log whose tree is told apart from its records.
private final class TreeKeepingLog: EventLog {
    let origin = ConformanceRule.origin
    private let records: TamperedLog
    private let subtrees: [SubtreeID: Hash]
    private let head: LogHead

    init(records: [[UInt8]], subtrees: [SubtreeID: Hash], head: LogHead) {
        self.records = TamperedLog(origin: ConformanceRule.origin, records: records, head: head)
        self.subtrees = subtrees
        self.head = head
    }

    func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result {
        try records.write(body)
    }

    func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result {
        try records.read { try body(Reader($0, subtrees)) }
    }

    private final class Reader: LogReader {
        private let reader: any LogReader
        private let subtrees: [SubtreeID: Hash]

        init(_ reader: any LogReader, _ subtrees: [SubtreeID: Hash]) {
            (self.reader, self.subtrees) = (reader, subtrees)
        }

        var origin: Origin { reader.origin }
        func head() throws -> LogHead { try reader.head() }
        func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
            try reader.scan(range, body)
        }
        func subtree(_ id: SubtreeID) throws -> Hash { subtrees[id]! }

        func record(at index: LogIndex) throws -> Record? { try reader.record(at: index) }
        func index(of id: EventID) throws -> LogIndex? { nil }
        func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] { [] }
        func revision(of stream: StreamName) throws -> Int { 0 }
        func streams(withPrefix prefix: String) throws -> [StreamName] { [] }
        func evidence(_ digest: Hash) throws -> StoredEvidence? { nil }
        func notes(fromSize size: TreeSize) throws -> [StoredNote] { [] }
        func latestNote() throws -> StoredNote? { nil }
    }
}
