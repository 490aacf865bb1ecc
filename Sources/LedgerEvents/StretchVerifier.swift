internal import LedgerProof

/// A part of the log that was checked by itself: what it hangs on is taken on trust until ``StretchJoin``
/// puts it behind the part before.
struct LogStretch: Sendable {
    /// Its records, by index; it begins with a tile.
    let range: Range<Int>
    /// What its first record says is the leaf hash of the record before.
    let previous: Hash
    let lastLeaf: Hash
    /// Of its first and last record; nil where times were not looked at.
    let times: ClosedRange<Timestamp>?
    /// The root over each full tile.
    let tileRoots: [Hash]
    /// The leaves right of the last full tile.
    let rest: [Hash]
    /// What its records add up to, to be compared with the derived tables; empty where none are.
    let sums: DerivedSums
}

/// Checks the records of a stretch one after another, with the same memory for any number of them but for 32
/// bytes in 256 records.
///
/// With tables, every rule of `FORMAT.md` §1 is checked, and what the store derived; without them, only order
/// and links. It says that something is wrong, not always what: ``RecordChecker`` and ``LogBlame`` do.
struct StretchVerifier {
    /// Something is wrong.
    struct Doubt: Error {}

    private let start: LogIndex
    private let tables: (any DerivedTables)?
    private var follower: ChainFollower?
    private var previous: Hash?
    private var next: Int
    private var times: ClosedRange<Timestamp>?
    private var tileRoots: [Hash] = []
    private var sums = DerivedSums()

    /// - Parameter start: the first index of a tile.
    init(from start: LogIndex, tables: (any DerivedTables)?) {
        self.start = start
        self.tables = tables
        next = start.value
    }

    /// - Throws: ``Doubt``, or ``LogFault``, or what the tables throw.
    mutating func follow(_ bytes: UnsafeRawBufferPointer, at stored: LogIndex) throws {
        let links: RecordLinks
        if tables == nil {
            links = try ChainFollower.links(of: bytes, at: LogIndex(next))
        } else {
            links = try check(bytes, at: stored)
        }
        next += 1
        if follower == nil {
            previous = links.previous
            follower = ChainFollower(after: links.previous, at: start)
        }
        try follower!.follow(bytes, links: links)
        if follower!.hasFullTile { try closeTile() }
    }

    /// - Returns: nil if no record was followed.
    mutating func finish() throws -> LogStretch? {
        guard let previous else { return nil }
        try follower!.finish()
        let rest = follower!.leaves
        if tables != nil { sums.add(leaves: rest, from: next - rest.count) }
        return LogStretch(
            range: start.value..<next, previous: previous, lastLeaf: follower!.lastLeaf, times: times,
            tileRoots: tileRoots, rest: rest, sums: sums)
    }

    private mutating func check(
        _ bytes: UnsafeRawBufferPointer, at stored: LogIndex
    ) throws -> RecordLinks {
        let record = try RecordView(scanning: bytes)
        guard stored.value == next, record.index == stored else { throw Doubt() }
        let time = record.time
        if let times {
            guard time >= times.upperBound else { throw Doubt() }
            self.times = times.lowerBound...time
        } else {
            times = time...time
        }
        let (index, id) = (UInt64(stored.value), record.idWords)
        sums.ids.add(id.x, id.y, index)
        sums.positions.add(RowSum.word(for: record.streamBytes), UInt64(record.revision), index)
        return RecordLinks(record)
    }

    private mutating func closeTile() throws {
        if let tables {
            let tile = start.value / ChainFollower.tileWidth + tileRoots.count
            let leaves = follower!.leaves
            sums.add(leaves: leaves, from: tile * ChainFollower.tileWidth)
            guard try tables.holds(leaves, inTile: tile) else { throw Doubt() }
        }
        tileRoots.append(follower!.takeTile())
    }
}

/// Puts stretches behind one another, in log order, to one chain and one tree.
struct StretchJoin {
    private var lastLeaf: Hash
    private var lastTime: Timestamp?
    private(set) var frontier = TreeFrontier()
    private(set) var sums = DerivedSums()
    private(set) var tileRoots: [Hash] = []
    private var isClosed = false

    init(origin: Origin) { lastLeaf = origin.seed }

    var size: TreeSize { frontier.size }
    var root: Hash { frontier.root }

    /// - Throws: ``LogFault`` if the stretch does not hang on the record before it.
    mutating func add(_ stretch: LogStretch) throws {
        guard stretch.range.lowerBound == size.value, !isClosed else { throw StretchVerifier.Doubt() }
        guard stretch.previous == lastLeaf else {
            throw LogFault(.previous(at: LogIndex(stretch.range.lowerBound)))
        }
        if let lastTime, let times = stretch.times, times.lowerBound < lastTime {
            throw StretchVerifier.Doubt()
        }
        lastTime = stretch.times?.upperBound
        lastLeaf = stretch.lastLeaf
        for root in stretch.tileRoots { frontier.append(subtree: root, level: 8) }
        for leaf in stretch.rest { frontier.append(leaf) }
        isClosed = !stretch.rest.isEmpty
        tileRoots += stretch.tileRoots
        sums.add(stretch.sums)
    }

    /// Whether the stored tree has the hashes of this one over each tile, and all above.
    func tilesAreHeld(by tables: any DerivedTables) throws -> Bool {
        var tiles = TreeFrontier()
        var nodes: [(id: SubtreeID, hash: Hash)] = []
        for root in tileRoots {
            tiles.append(root) { level, place, hash in
                nodes.append((SubtreeID(level: 8 + level, place: place), hash))
            }
            guard try nodes.allSatisfy({ try tables.holds($0.hash, at: $0.id) }) else { return false }
            nodes.removeAll(keepingCapacity: true)
        }
        return true
    }
}
