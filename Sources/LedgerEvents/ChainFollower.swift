internal import LedgerProof

/// Follows the links of a chain and builds its tree, two leaves side by side.
///
/// Always true:
/// - `heldLinks` is nil, or the links of the one record whose leaf hash is not computed yet; its bytes are in
///   `held`;
/// - `leaves` are the leaf hashes right of the last full subtree of 256, which is hashed as a whole.
struct ChainFollower {
    private static let leafCount = 256

    private var frontier = TreeFrontier()
    private var lastLeaf: Hash
    private var count = 0
    private var held = [UInt8](repeating: 0, count: RecordView.maximumByteCount)
    private var heldCount = 0
    private var heldLinks: RecordLinks?
    private var leaves = [Hash]()

    init(origin: Origin) {
        lastLeaf = origin.seed
        leaves.reserveCapacity(Self.leafCount)
    }

    /// - Throws: ``LogFault`` if the record does not follow from those before it.
    mutating func follow(_ bytes: UnsafeRawBufferPointer) throws(LogFault) {
        let index = LogIndex(count + (heldLinks == nil ? 0 : 1))
        let links = try Self.links(of: bytes, at: index)
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

    /// - Returns: the tree of all the records.
    mutating func finish() throws(LogFault) -> TreeFrontier {
        if let links = heldLinks {
            try add(Hash.leaf(held[..<heldCount]), links: links)
            heldLinks = nil
        }
        for leaf in leaves { frontier.append(leaf) }
        leaves.removeAll()
        return frontier
    }

    private mutating func add(_ leaf: Hash, links: RecordLinks) throws(LogFault) {
        guard links.previous == lastLeaf else { throw LogFault(.previous(at: links.index)) }
        lastLeaf = leaf
        count += 1
        leaves.append(leaf)
        guard leaves.count == Self.leafCount else { return }
        let root = leaves.withUnsafeMutableBytes { Hash.root(consuming: $0) }
        frontier.append(subtree: root, level: 8)
        leaves.removeAll(keepingCapacity: true)
    }

    private static func links(
        of bytes: UnsafeRawBufferPointer, at index: LogIndex
    ) throws(LogFault) -> RecordLinks {
        let links: RecordLinks
        do throws(RecordFault) { links = try RecordLinks(scanning: bytes) } catch {
            throw LogFault(.notARecord, at: index, "record \(index) is damaged: \(error)")
        }
        guard links.index == index else { throw LogFault(.index(expected: index, found: links.index)) }
        return links
    }
}
