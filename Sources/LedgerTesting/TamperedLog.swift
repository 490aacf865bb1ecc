public import LedgerEvents
public import LedgerProof

/// A log that holds whatever bytes a test gives it: what a verifier must find out about.
public final class TamperedLog: EventLog {
    public let origin: Origin
    private let records: [[UInt8]]
    private let head: LogHead

    /// - Parameter head: what the store claims; by default the tree of exactly these bytes.
    public init(origin: Origin, records: [[UInt8]], head: LogHead? = nil) {
        self.origin = origin
        self.records = records
        var frontier = TreeFrontier()
        for record in records { frontier.append(Hash.leaf(record)) }
        self.head =
            head
            ?? LogHead(
                frontier: frontier, lastLeaf: records.last.map { Hash.leaf($0) } ?? origin.seed, lastTime: nil
            )
    }

    public func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result {
        throw LogError(.storage, "a tampered log is only read")
    }

    public func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result {
        try body(Reader(origin: origin, records: records, claimed: head))
    }

    private final class Reader: LogReader {
        let origin: Origin
        private let records: [[UInt8]]
        private let claimed: LogHead

        init(origin: Origin, records: [[UInt8]], claimed: LogHead) {
            self.origin = origin
            self.records = records
            self.claimed = claimed
        }

        func head() throws -> LogHead { claimed }

        func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
            for index in range.clamped(to: records.indices) {
                try records[index].withUnsafeBytes { try body(LogIndex(index), $0) }
            }
        }

        func record(at index: LogIndex) throws -> Record? {
            try records.indices.contains(index.value) ? Record(records[index.value]) : nil
        }
        func index(of id: EventID) throws -> LogIndex? { nil }
        func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] { [] }
        func revision(of stream: StreamName) throws -> Int { 0 }
        func streams(withPrefix prefix: String) throws -> [StreamName] { [] }
        func subtree(_ id: SubtreeID) throws -> Hash {
            ReferenceTree.root(
                records[(id.place << id.level)..<((id.place + 1) << id.level)].map { Hash.leaf($0) })
        }
        func evidence(_ digest: Hash) throws -> StoredEvidence? { nil }
        func notes(fromSize size: TreeSize) throws -> [StoredNote] { [] }
        func latestNote() throws -> StoredNote? { nil }
    }
}
