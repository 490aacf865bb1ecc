/// A whole Merkle tree in memory: every full subtree, so that any earlier root and any proof can be told.
///
/// About 64 bytes a leaf. For what is handed over as records, not for a log that is open.
public struct MerkleTree: Sendable {
    /// Roots of the full subtrees, by level and place.
    private var levels: [[Hash]] = [[]]

    public init() {}

    public var size: TreeSize { TreeSize(levels[0].count) }

    public mutating func append(_ leaf: Hash) {
        levels[0].append(leaf)
        var level = 0
        while levels[level].count.isMultiple(of: 2) {
            let pair = levels[level].suffix(2)
            if levels.count == level + 1 { levels.append([]) }
            levels[level + 1].append(Hash.node(pair.first!, pair.last!))
            level += 1
        }
    }

    public func leaf(at index: LogIndex) -> Hash? { index.value < size.value ? levels[0][index.value] : nil }

    /// - Precondition: the subtree is full and in the tree.
    public func subtree(_ id: SubtreeID) -> Hash { levels[id.level][id.place] }

    /// The root of the first `size` leaves.
    ///
    /// - Precondition: the tree has that many.
    public func root(at size: TreeSize) -> Hash {
        precondition(size <= self.size, "the tree is not that large")
        var root: Hash?
        var end = size.value
        while end > 0 {
            let level = end.trailingZeroBitCount
            let left = subtree(SubtreeID(level: level, place: (end >> level) - 1))
            root = root.map { Hash.node(left, $0) } ?? left
            end -= 1 << level
        }
        return root ?? Hash.emptyRoot
    }
}
