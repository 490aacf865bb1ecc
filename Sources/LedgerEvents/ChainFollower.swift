internal import LedgerProof

/// Follows the links of a chain and hashes its leaves, two side by side.
///
/// Always true:
/// - `heldLinks` is nil, or the links of the one record whose leaf hash is not computed yet; its bytes are in
///   `held`;
/// - `leaves` are those of one tile at most; a full one is taken with ``takeTile()`` before the next record.
struct ChainFollower {
    static let tileWidth = 256

    /// The leaf hash of the last record that was hashed.
    private(set) var lastLeaf: Hash
    private(set) var leaves = [Hash]()
    private var held = [UInt8](repeating: 0, count: RecordView.maximumByteCount)
    private var heldCount = 0
    private var heldLinks: RecordLinks?

    /// - Parameters:
    ///   - lastLeaf: what the first record's `prev` must be.
    ///   - index: of the first record; the first of a tile.
    init(after lastLeaf: Hash, at index: LogIndex) {
        precondition(index.value % Self.tileWidth == 0, "a follower starts with a tile")
        self.lastLeaf = lastLeaf
        leaves.reserveCapacity(Self.tileWidth)
    }

    /// - Throws: ``LogFault`` if the record does not follow from those before it.
    mutating func follow(_ bytes: UnsafeRawBufferPointer, links: RecordLinks) throws(LogFault) {
        guard let first = heldLinks else {
            held.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
            heldCount = bytes.count
            heldLinks = links
            return
        }
        let (firstLeaf, leaf) = held.withUnsafeBytes {
            Hash.leaves(UnsafeRawBufferPointer(rebasing: $0[..<heldCount]), bytes)
        }
        try add(firstLeaf, links: first)
        try add(leaf, links: links)
        heldLinks = nil
    }

    /// Hashes the record that is held; `leaves` are those of the last tile then, if it is not full.
    mutating func finish() throws(LogFault) {
        guard let links = heldLinks else { return }
        try add(Hash.leaf(held[..<heldCount]), links: links)
        heldLinks = nil
    }

    /// Pairs begin with a tile, so only the second of a pair can fill one.
    var hasFullTile: Bool { leaves.count == Self.tileWidth }

    /// - Returns: the root over the full tile. Its leaves are gone.
    mutating func takeTile() -> Hash {
        precondition(hasFullTile, "a tile is taken when it is full")
        defer { leaves.removeAll(keepingCapacity: true) }
        return leaves.withUnsafeMutableBytes { Hash.root(consuming: $0) }
    }

    private mutating func add(_ leaf: Hash, links: RecordLinks) throws(LogFault) {
        guard links.previous == lastLeaf else { throw LogFault(.previous(at: links.index)) }
        lastLeaf = leaf
        leaves.append(leaf)
    }

    static func links(of bytes: UnsafeRawBufferPointer, at index: LogIndex) throws(LogFault) -> RecordLinks {
        let links: RecordLinks
        do throws(RecordFault) { links = try RecordLinks(scanning: bytes) } catch {
            throw LogFault(.notARecord, at: index, "record \(index) is damaged: \(error)")
        }
        guard links.index == index else { throw LogFault(.index(expected: index, found: links.index)) }
        return links
    }
}
