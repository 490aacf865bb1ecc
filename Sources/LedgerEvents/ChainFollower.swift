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
    private let keepsRuns: Bool
    private var run: Run?
    /// The leaves right of the last full subtree, when all is done.
    private var rest = [Hash]()

    /// Leaves side by side, and the root over them where they are a full subtree.
    struct Run {
        let leaves: [Hash]
        let root: Hash?
    }

    /// - Parameter keepsRuns: The leaves are asked for with ``takeRun()`` after each record, and at the end.
    init(origin: Origin, keepsRuns: Bool = false) {
        lastLeaf = origin.seed
        self.keepsRuns = keepsRuns
        leaves.reserveCapacity(Self.leafCount)
    }

    /// - Throws: ``LogFault`` if the record does not follow from those before it.
    mutating func follow(_ bytes: UnsafeRawBufferPointer) throws(LogFault) {
        let index = LogIndex(count + (heldLinks == nil ? 0 : 1))
        try follow(bytes, links: try Self.links(of: bytes, at: index))
    }

    /// The same for a record whose links are known, and whose index is the next.
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

    /// - Returns: the tree of all the records.
    mutating func finish() throws(LogFault) -> TreeFrontier {
        if let links = heldLinks {
            try add(Hash.leaf(held[..<heldCount]), links: links)
            heldLinks = nil
        }
        for leaf in leaves { frontier.append(leaf) }
        rest = leaves
        leaves.removeAll()
        return frontier
    }

    /// The leaves that were not asked for yet.
    mutating func takeRun() -> Run? {
        if let run {
            self.run = nil
            return run
        }
        guard !rest.isEmpty else { return nil }
        defer { rest = [] }
        return Run(leaves: rest, root: nil)
    }

    private mutating func add(_ leaf: Hash, links: RecordLinks) throws(LogFault) {
        guard links.previous == lastLeaf else { throw LogFault(.previous(at: links.index)) }
        lastLeaf = leaf
        count += 1
        leaves.append(leaf)
        guard leaves.count == Self.leafCount else { return }
        let run = keepsRuns ? leaves : []
        let root = leaves.withUnsafeMutableBytes { Hash.root(consuming: $0) }
        frontier.append(subtree: root, level: 8)
        if keepsRuns { self.run = Run(leaves: run, root: root) }
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
