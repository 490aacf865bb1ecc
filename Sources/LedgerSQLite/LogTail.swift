internal import LedgerEvents
internal import LedgerProof

/// The end of the log: all that the next append needs.
///
/// Always true: `openTile` holds the leaf hashes right of the last full tile, 32 bytes each.
struct LogTail {
    private(set) var frontier: TreeFrontier
    private(set) var lastLeaf: Hash
    private(set) var lastTime: Timestamp?
    private(set) var openTile: [UInt8] = []

    static let tileWidth = 256
    static let tileByteCount = tileWidth * Hash.byteCount

    /// The end of an empty log.
    init(origin: Origin) {
        frontier = TreeFrontier()
        lastLeaf = origin.seed
    }

    /// The end of the last full tile; the leaves after it are still to be added.
    ///
    /// - Precondition: `frontier` has a multiple of 256 leaves.
    init(frontier: TreeFrontier, lastLeaf: Hash) {
        precondition(frontier.size.value % Self.tileWidth == 0, "a full tile ends at a multiple of 256")
        self.frontier = frontier
        self.lastLeaf = lastLeaf
    }

    var size: TreeSize { frontier.size }
    var head: LogHead { LogHead(frontier: frontier, lastLeaf: lastLeaf, lastTime: lastTime) }

    /// Adds a leaf. `filled` is told each hash that belongs into a tile of level 8, 16, …: the level, its
    /// place at that level, and the hash. With level 8 comes the full tile of level 0 under it.
    mutating func append(
        _ leaf: Hash, time: Timestamp?,
        filled: (_ node: SubtreeID, _ hash: Hash, _ fullTile: [UInt8]) throws(LogError) -> Void
    ) throws(LogError) {
        var nodes: [(SubtreeID, Hash)] = []
        frontier.append(leaf) { level, place, hash in
            guard level > 0, level.isMultiple(of: 8) else { return }
            nodes.append((SubtreeID(level: level, place: place), hash))
        }
        leaf.withUnsafeBytes { openTile.append(contentsOf: $0) }
        lastLeaf = leaf
        lastTime = time
        guard !nodes.isEmpty else { return }
        for (node, hash) in nodes { try filled(node, hash, openTile) }
        openTile.removeAll(keepingCapacity: true)
    }
}
