public import LedgerProof

/// The Merkle tree as RFC 6962, section 2.1 defines it, word for word and slow: what the fast ones are
/// compared with.
public enum ReferenceTree {
    public static func root(_ leaves: some RandomAccessCollection<Hash>) -> Hash {
        guard let first = leaves.first else { return Hash.sha256([UInt8]()) }
        guard leaves.count > 1 else { return first }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return Hash.sha256([1] + root(leaves.prefix(split)).bytes + root(leaves.dropFirst(split)).bytes)
    }

    /// Every full subtree of a tree with these leaves, level by level.
    public static func subtrees(_ leaves: [Hash]) -> [SubtreeID: Hash] {
        var result: [SubtreeID: Hash] = [:]
        var (level, nodes) = (0, leaves)
        while !nodes.isEmpty {
            for (place, node) in nodes.enumerated() { result[SubtreeID(level: level, place: place)] = node }
            nodes = (0..<(nodes.count / 2)).map {
                Hash.sha256([1] + nodes[2 * $0].bytes + nodes[2 * $0 + 1].bytes)
            }
            level += 1
        }
        return result
    }
}
