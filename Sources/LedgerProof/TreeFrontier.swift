/// The right edge of a Merkle tree: enough to add leaves and to know the root, nothing more.
///
/// Follows RFC 6962, section 2.1.
///
/// Always true:
/// - one hash is kept for each 1-bit of `size`, largest subtree first, so at most 63;
/// - `root` depends only on the leaves added, never on how they were batched.
public struct TreeFrontier: Hashable, Sendable {
    public private(set) var size: TreeSize
    /// Roots of the full subtrees that make up the tree, largest first.
    public private(set) var subtrees: [Hash]

    public init() {
        size = .empty
        subtrees = []
        subtrees.reserveCapacity(64)
    }

    /// - Returns: nil unless there is one hash for each 1-bit of `size`.
    public init?(size: TreeSize, subtrees: [Hash]) {
        guard subtrees.count == size.value.nonzeroBitCount else { return nil }
        self.size = size
        self.subtrees = subtrees
    }

    public var root: Hash {
        guard var root = subtrees.last else { return Hash.emptyRoot }
        for left in subtrees.dropLast().reversed() { root = Hash.node(left, root) }
        return root
    }

    /// Adds a full subtree of 2^`level` leaves.
    ///
    /// - Precondition: the tree ends where such a subtree begins.
    public mutating func append(subtree root: Hash, level: Int) {
        append(subtree: root, level: level) { _, _, _ in }
    }

    public mutating func append(_ leaf: Hash) {
        append(subtree: leaf, level: 0) { _, _, _ in }
    }

    /// Adds a leaf. `completed` is told each subtree that it fills: its level (0 for the leaf), its place
    /// among the subtrees of that level, and its root.
    public mutating func append(_ leaf: Hash, completed: (_ level: Int, _ place: Int, _ root: Hash) -> Void) {
        append(subtree: leaf, level: 0, completed: completed)
    }

    /// Adds a full subtree; `completed` is told it, and each that it fills.
    ///
    /// - Precondition: the tree ends where such a subtree begins.
    public mutating func append(
        subtree root: Hash, level: Int, completed: (_ level: Int, _ place: Int, _ root: Hash) -> Void
    ) {
        precondition(size.value & ((1 << level) - 1) == 0, "a subtree begins at a multiple of its size")
        let end = TreeSize(size.value + (1 << level))
        var (node, level, place) = (root, level, size.value >> level)
        completed(level, place, node)
        while place & 1 == 1 {
            node = Hash.node(subtrees.removeLast(), node)
            place >>= 1
            level += 1
            completed(level, place, node)
        }
        subtrees.append(node)
        size = end
    }
}
