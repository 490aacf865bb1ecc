internal import LedgerProof

/// Follows the links of a chain and builds its tree, two leaves side by side.
///
/// Always true: `held` is empty, or the bytes of the one record whose leaf hash is not computed yet.
struct ChainFollower {
    private var frontier = TreeFrontier()
    private var lastLeaf: Hash
    private var held: [UInt8] = []
    private var heldLinks: RecordLinks?

    init(origin: Origin) {
        lastLeaf = origin.seed
        held.reserveCapacity(RecordView.maximumByteCount)
    }

    /// Of the records whose leaf hashes are known.
    var size: TreeSize { frontier.size }
    var root: Hash { frontier.root }

    /// - Throws: ``LogFault`` if the record does not follow from those before it.
    mutating func follow(_ bytes: UnsafeRawBufferPointer) throws(LogFault) {
        let index = LogIndex(frontier.size.value + (heldLinks == nil ? 0 : 1))
        let links = try Self.links(of: bytes, at: index)
        guard let first = heldLinks else {
            held.removeAll(keepingCapacity: true)
            held.append(contentsOf: bytes)
            heldLinks = links
            return
        }
        let (firstLeaf, leaf) = held.withUnsafeBytes { Hash.leaves($0, bytes) }
        try add(firstLeaf, links: first)
        try add(leaf, links: links)
        heldLinks = nil
    }

    mutating func finish() throws(LogFault) {
        guard let links = heldLinks else { return }
        try add(Hash.leaf(held), links: links)
        heldLinks = nil
    }

    private mutating func add(_ leaf: Hash, links: RecordLinks) throws(LogFault) {
        guard links.previous == lastLeaf else { throw LogFault(.previous(at: links.index)) }
        frontier.append(leaf)
        lastLeaf = leaf
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
