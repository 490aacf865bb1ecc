public import LedgerProof

/// What the tables that a store derives from its records add up to.
public struct DerivedSums: Hashable, Sendable {
    /// Of each id: its two words, and the index it leads to.
    public var ids = RowSum()
    /// Of each position: the word for the stream, the revision, the index.
    public var positions = RowSum()
    /// Of each index, and the start of the leaf hash that stands beside the record's id.
    public var leaves = RowSum()

    public init() {}

    mutating func add(_ other: DerivedSums) {
        ids.add(other.ids)
        positions.add(other.positions)
        leaves.add(other.leaves)
    }

    mutating func add(leaves hashes: [Hash], from index: Int) {
        for (offset, leaf) in hashes.enumerated() { leaves.add(UInt64(index + offset), leaf.firstWord, 0) }
    }
}

/// The tables that a store derived from its records, to be compared as a whole.
public protocol DerivedTables: AnyObject {
    /// Whether the store has these leaf hashes in this full tile.
    func holds(_ leaves: [Hash], inTile place: Int) throws -> Bool

    /// Whether the store has this root over a full subtree of at least a tile.
    func holds(_ root: Hash, at subtree: SubtreeID) throws -> Bool

    /// What the tables add up to.
    ///
    /// - Returns: nil unless no id stands there twice, the streams are numbered in the order of their first
    ///   records, the revisions of each rise by one from 1, with their indices, and the stored tree is that
    ///   of `size` leaves in number.
    func sums(of size: TreeSize) throws -> DerivedSums?
}
