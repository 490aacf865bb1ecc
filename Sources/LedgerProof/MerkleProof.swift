/// Inclusion and consistency proofs, made and checked.
///
/// Sources: RFC 6962, sections 2.1.1 and 2.1.2 (making); RFC 9162, sections 2.1.3.2 and 2.1.4.2 (checking).

/// A full subtree: the leaves `place << level` up to `(place + 1) << level`.
public struct SubtreeID: Hashable, Sendable {
    /// 0 for a leaf.
    public let level: Int
    public let place: Int

    public init(level: Int, place: Int) {
        self.level = level
        self.place = place
    }

    /// A range of leaves that starts at a multiple of its largest power of two, cut into full subtrees, the
    /// largest first.
    public static func cover(_ leaves: Range<Int>) -> [SubtreeID] {
        var result: [SubtreeID] = []
        var low = leaves.lowerBound
        while low < leaves.upperBound {
            let level = Int.bitWidth - 1 - (leaves.upperBound - low).leadingZeroBitCount
            result.append(SubtreeID(level: level, place: low >> level))
            low += 1 << level
        }
        return result
    }
}

/// Which hashes a proof is made of. Each is the root over a range of leaves, written as its full subtrees,
/// largest first; who has the subtrees' hashes can make the proof.
public struct ProofPlan: Hashable, Sendable {
    public let ranges: [[SubtreeID]]

    /// The audit path of leaf `index` in the tree of `size`, sibling of the leaf first.
    ///
    /// - Precondition: `index` is in the tree.
    public static func inclusion(of index: LogIndex, in size: TreeSize) -> ProofPlan {
        precondition(index.value < size.value, "the leaf is not in the tree")
        var ranges: [[SubtreeID]] = []
        var (low, high) = (0, size.value)
        while high - low > 1 {
            let middle = low + greatestPowerOfTwo(below: high - low)
            if index.value < middle {
                ranges.append(SubtreeID.cover(middle..<high))
                high = middle
            } else {
                ranges.append(SubtreeID.cover(low..<middle))
                low = middle
            }
        }
        return ProofPlan(ranges: ranges.reversed())
    }

    /// That the tree of `old` is the beginning of the tree of `new`. Empty for equal sizes and for `old` 0.
    ///
    /// - Precondition: `old` is not greater than `new`.
    public static func consistency(from old: TreeSize, to new: TreeSize) -> ProofPlan {
        precondition(old <= new, "the older tree is not larger")
        guard old != .empty, old != new else { return ProofPlan(ranges: []) }
        var ranges: [[SubtreeID]] = []
        var (low, high) = (0, new.value)
        var isWholeOld = true
        while old.value != high {
            let middle = low + greatestPowerOfTwo(below: high - low)
            if old.value <= middle {
                ranges.append(SubtreeID.cover(middle..<high))
                high = middle
            } else {
                ranges.append(SubtreeID.cover(low..<middle))
                low = middle
                isWholeOld = false
            }
        }
        if !isWholeOld { ranges.append(SubtreeID.cover(low..<high)) }
        return ProofPlan(ranges: ranges.reversed())
    }

    /// The proof, from the subtrees' hashes.
    public func resolve<Failure: Error>(
        _ hash: (SubtreeID) throws(Failure) -> Hash
    ) throws(Failure) -> [Hash] {
        var proof: [Hash] = []
        for range in ranges {
            var root: Hash?
            for subtree in range.reversed() {
                let left = try hash(subtree)
                root = root.map { Hash.node(left, $0) } ?? left
            }
            proof.append(root!)
        }
        return proof
    }

    private static func greatestPowerOfTwo(below count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}

/// Checks of proofs against roots. A proof with a hash too few, too many or wrong never passes.
public enum MerkleProof {
    public static func checkInclusion(
        of leaf: Hash, at index: LogIndex, in size: TreeSize, root: Hash, proof: [Hash]
    ) -> Bool {
        guard index.value < size.value else { return false }
        var (node, last) = (index.value, size.value - 1)
        var hash = leaf
        for sibling in proof {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = Hash.node(sibling, hash)
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = Hash.node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// The empty tree is the beginning of every tree, and needs no hashes for it (C2SP tlog-witness).
    public static func checkConsistency(
        from old: TreeSize, oldRoot: Hash, to new: TreeSize, newRoot: Hash, proof: [Hash]
    ) -> Bool {
        guard old <= new else { return false }
        guard old != .empty else {
            return proof.isEmpty && oldRoot == Hash.emptyRoot && (new != .empty || newRoot == Hash.emptyRoot)
        }
        guard old != new else { return proof.isEmpty && oldRoot == newRoot }
        let hashes = old.value & (old.value - 1) == 0 ? [oldRoot] + proof : proof
        guard !proof.isEmpty, let first = hashes.first else { return false }
        var (node, last) = (old.value - 1, new.value - 1)
        while node & 1 == 1 { (node, last) = (node >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for hash in hashes.dropFirst() {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                oldHash = Hash.node(hash, oldHash)
                newHash = Hash.node(hash, newHash)
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                newHash = Hash.node(newHash, hash)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }
}
