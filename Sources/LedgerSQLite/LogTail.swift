internal import LedgerEvents
internal import LedgerProof

/// The end of the log: all that the next append needs.
///
/// Always true: `tiles` is the tree of the full tiles, `openTile` holds the leaf hashes right of them, 32
/// bytes each. Those are hashed together when the tile is full, which is faster than one after another.
struct LogTail {
    private var tiles: TreeFrontier
    private(set) var lastLeaf: Hash
    private(set) var lastTime: Timestamp?
    private(set) var openTile: [UInt8] = []

    static let tileWidth = 256
    static let tileByteCount = tileWidth * Hash.byteCount

    /// The end of an empty log.
    init(origin: Origin) {
        tiles = TreeFrontier()
        lastLeaf = origin.seed
    }

    /// The end of the last full tile; the leaves after it are still to be added.
    ///
    /// - Precondition: `frontier` has a multiple of 256 leaves.
    init(frontier: TreeFrontier, lastLeaf: Hash) {
        precondition(frontier.size.value % Self.tileWidth == 0, "a full tile ends at a multiple of 256")
        tiles = frontier
        self.lastLeaf = lastLeaf
    }

    var size: TreeSize { TreeSize(tiles.size.value + openTile.count / Hash.byteCount) }

    /// Hashes the open tile: at most 255 nodes.
    var head: LogHead {
        var frontier = tiles
        openTile.withUnsafeBytes { hashes in
            for start in stride(from: 0, to: hashes.count, by: Hash.byteCount) {
                frontier.append(Hash(bytes: UnsafeRawBufferPointer(rebasing: hashes[start...].prefix(32)))!)
            }
        }
        return LogHead(frontier: frontier, lastLeaf: lastLeaf, lastTime: lastTime)
    }

    /// Adds a leaf. `filled` is told each hash that belongs into a tile of level 8, 16, …: the level, its
    /// place at that level, and the hash. With level 8 comes the full tile of level 0 under it.
    mutating func append(
        _ leaf: Hash, time: Timestamp?,
        filled: (_ node: SubtreeID, _ hash: Hash, _ fullTile: [UInt8]) throws(LogError) -> Void
    ) throws(LogError) {
        leaf.withUnsafeBytes { openTile.append(contentsOf: $0) }
        lastLeaf = leaf
        lastTime = time
        guard openTile.count == Self.tileByteCount else { return }
        var hashes = openTile
        let root = hashes.withUnsafeMutableBytes { Hash.root(consuming: $0) }
        var nodes: [(SubtreeID, Hash)] = []
        tiles.append(subtree: root, level: 8) { level, place, hash in
            guard level.isMultiple(of: 8) else { return }
            nodes.append((SubtreeID(level: level, place: place), hash))
        }
        for (node, hash) in nodes { try filled(node, hash, openTile) }
        openTile.removeAll(keepingCapacity: true)
    }
}
