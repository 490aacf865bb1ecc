/// The chain and the tree over the records seen so far: what the next record must follow from.
///
/// Always true: `frontier.size` records were accepted, and `lastLeaf` is the leaf hash of the last of them,
/// or the origin's seed before the first.
public struct Chain: Sendable {
    public private(set) var frontier: TreeFrontier
    public private(set) var lastLeaf: Hash
    public private(set) var lastTime: Timestamp?

    public init(origin: Origin) { self.init(frontier: TreeFrontier(), lastLeaf: origin.seed, lastTime: nil) }

    /// The chain over records that somebody else has checked.
    public init(frontier: TreeFrontier, lastLeaf: Hash, lastTime: Timestamp?) {
        (self.frontier, self.lastLeaf, self.lastTime) = (frontier, lastLeaf, lastTime)
    }

    public var size: TreeSize { frontier.size }
    public var root: Hash { frontier.root }

    /// Moves over one record.
    ///
    /// - Throws: ``ChainFault`` if it does not follow from the records before. The chain is unchanged then.
    public mutating func extend(with record: RecordView, leaf: Hash) throws(ChainFault) {
        try follow(index: record.index, previous: record.previous, time: record.time, leaf: leaf)
    }

    private mutating func follow(
        index: LogIndex, previous: Hash, time: Timestamp, leaf: Hash
    ) throws(ChainFault) {
        guard index == size.nextIndex else { throw .index(expected: size.nextIndex, found: index) }
        guard previous == lastLeaf else { throw .previous(at: index) }
        if let lastTime, time < lastTime { throw .time(at: index) }
        frontier.append(leaf)
        lastLeaf = leaf
        lastTime = time
    }
}

extension Chain {
    /// The same for a record whose members are decoded.
    public mutating func extend(with record: Record) throws(ChainFault) {
        try follow(index: record.index, previous: record.previous, time: record.time, leaf: record.leaf)
    }
}

/// How a record fails to follow from those before it.
public enum ChainFault: Error, Hashable, Sendable {
    case index(expected: LogIndex, found: LogIndex)
    case previous(at: LogIndex)
    case time(at: LogIndex)
}

extension ChainFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .index(let expected, let found): "record \(expected) says that it is record \(found)"
        case .previous(let index):
            "the `prev` of record \(index) is not the leaf hash of the record before: one of the two was changed"
        case .time(let index): "record \(index) is dated before the record that precedes it"
        }
    }
}
