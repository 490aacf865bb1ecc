public import LedgerProof

/// Checks a log by every rule of `FORMAT.md` §1, and what the store derived from it, in one pass over the
/// records and one over each table, with the same memory for any number of records.
///
/// It can only say yes. Where it does not, ``RecordChecker`` finds what is wrong, and where.
struct QuickVerifier {
    /// Something is wrong.
    struct Doubt: Error {}

    private var follower: ChainFollower
    private let tables: any DerivedTables
    private var lastTime: Timestamp?
    private var size = TreeSize.empty
    private var leafCount = 0
    private var sums = DerivedSums()

    init(origin: Origin, tables: any DerivedTables) {
        follower = ChainFollower(origin: origin, keepsRuns: true)
        self.tables = tables
    }

    /// - Throws: ``Doubt``, or ``LogFault``, or what the tables throw.
    mutating func follow(_ bytes: UnsafeRawBufferPointer, at stored: LogIndex) throws {
        let record = try RecordView(scanning: bytes)
        guard stored == size.nextIndex, record.index == stored else { throw Doubt() }
        if let lastTime, record.time < lastTime { throw Doubt() }
        lastTime = record.time
        size = size.next
        let (index, id) = (UInt64(stored.value), record.idWords)
        sums.ids.add(id.x, id.y, index)
        sums.positions.add(RowSum.word(for: record.streamBytes), UInt64(record.revision), index)
        try follower.follow(bytes, links: RecordLinks(record))
        if let run = follower.takeRun() { try take(run) }
    }

    /// - Returns: the tree of all the records.
    mutating func finish() throws -> TreeFrontier {
        let frontier = try follower.finish()
        while let run = follower.takeRun() { try take(run) }
        guard try tables.sums(of: frontier.size) == sums else { throw Doubt() }
        return frontier
    }

    private mutating func take(_ run: ChainFollower.Run) throws {
        guard try tables.hold(run.leaves, from: LogIndex(leafCount), root: run.root) else { throw Doubt() }
        leafCount += run.leaves.count
    }
}

/// What the tables that a store derives from its records add up to.
public struct DerivedSums: Hashable, Sendable {
    /// Of each id: its two words, and the index it leads to.
    public var ids = RowSum()
    /// Of each position: the word for the stream, the revision, the index.
    public var positions = RowSum()

    public init() {}
}

/// The tables that a store derived from its records, to be compared as a whole.
public protocol DerivedTables: AnyObject {
    /// Whether the store has these leaf hashes, and this root over them where they are a full tile of its
    /// tree. Asked in log order.
    func hold(_ leaves: [Hash], from index: LogIndex, root: Hash?) throws -> Bool

    /// What the tables add up to.
    ///
    /// - Returns: nil unless the leaves that it was asked for are those of the ids, no id stands there
    ///   twice, the streams are numbered in the order of their first records, the revisions of each rise
    ///   by one from 1, with their indices, and the stored tree is that of `size` leaves in number.
    func sums(of size: TreeSize) throws -> DerivedSums?
}
