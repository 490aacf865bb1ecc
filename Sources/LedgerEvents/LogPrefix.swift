public import LedgerProof

/// A log as it was: its first `size` records, and nothing that came after them.
///
/// Evidence that was erased since is gone from the past too.
public final class LogPrefix: LogReader {
    private let reader: any LogReader
    private let end: LogHead

    /// - Precondition: the log has that many records.
    /// - Throws: what the reader throws.
    public init(_ reader: any LogReader, size: TreeSize) throws {
        self.reader = reader
        let head = try reader.head()
        precondition(size <= head.size, "a log has no future")
        end = size == head.size ? head : try reader.head(at: size)
    }

    public var origin: Origin { reader.origin }
    public func head() throws -> LogHead { end }

    public func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
        try reader.scan(range.clamped(to: 0..<end.size.value), body)
    }

    public func record(at index: LogIndex) throws -> Record? {
        index < end.size.nextIndex ? try reader.record(at: index) : nil
    }

    public func index(of id: EventID) throws -> LogIndex? {
        try reader.index(of: id).flatMap { $0 < end.size.nextIndex ? $0 : nil }
    }

    public func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] {
        let all = try reader.positions(in: stream, fromRevision: revision)
        return Array(all.prefix { $0 < end.size.nextIndex })
    }

    public func revision(of stream: StreamName) throws -> Int {
        try positions(in: stream, fromRevision: 1).count
    }

    public func streams(withPrefix prefix: String) throws -> [StreamName] {
        // In the order of their first records: those that came later are the last ones.
        let all = try reader.streams(withPrefix: prefix)
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if try revision(of: all[middle]) > 0 { low = middle + 1 } else { high = middle }
        }
        return Array(all[..<low])
    }

    public func subtree(_ id: SubtreeID) throws -> Hash {
        precondition((id.place + 1) << id.level <= end.size.value, "the subtree lies inside the log")
        return try reader.subtree(id)
    }

    public func evidence(_ digest: Hash) throws -> StoredEvidence? { try reader.evidence(digest) }

    public func notes(fromSize size: TreeSize) throws -> [StoredNote] {
        try reader.notes(fromSize: size).filter { $0.size <= end.size }
    }

    public func latestNote() throws -> StoredNote? {
        try notes(fromSize: .empty).enumerated().max {
            ($0.element.size, $0.offset) < ($1.element.size, $1.offset)
        }?
        .element
    }
}

extension LogReader {
    /// The end of the first `size` records.
    ///
    /// - Precondition: the log has that many.
    public func head(at size: TreeSize) throws -> LogHead {
        guard size != .empty else {
            return LogHead(frontier: TreeFrontier(), lastLeaf: origin.seed, lastTime: nil)
        }
        let subtrees = try SubtreeID.cover(0..<size.value).map { try subtree($0) }
        guard let frontier = TreeFrontier(size: size, subtrees: subtrees),
            let last = try record(at: LogIndex(size.value - 1))
        else {
            throw LogError(
                .broken,
                "record \(size.value - 1) is missing. Run `ledger verify` to see what is wrong.")
        }
        return LogHead(frontier: frontier, lastLeaf: last.leaf, lastTime: last.time)
    }

    /// How many records were there at `time`: those recorded then or before.
    public func size(at time: Timestamp) throws -> TreeSize {
        var (low, high) = (0, try head().size.value)
        // Times never go back (`FORMAT.md` §1), so the first later one can be searched for.
        while low < high {
            let middle = (low + high) / 2
            guard let record = try record(at: LogIndex(middle)) else {
                throw LogError(
                    .broken, "record \(middle) is missing. Run `ledger verify` to see what is wrong.")
            }
            if record.time <= time { low = middle + 1 } else { high = middle }
        }
        return TreeSize(low)
    }
}
