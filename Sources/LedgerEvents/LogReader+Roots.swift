public import LedgerProof

extension LogReader {
    /// The root of the first `size` records.
    ///
    /// - Precondition: the log has that many.
    public func root(at size: TreeSize) throws -> Hash {
        guard size != .empty else { return Hash.emptyRoot }
        var root: Hash?
        var end = size.value
        // The full subtrees from the right: each is named by the lowest 1-bit that is left.
        while end > 0 {
            let level = end.trailingZeroBitCount
            let left = try subtree(SubtreeID(level: level, place: (end >> level) - 1))
            root = root.map { Hash.node(left, $0) } ?? left
            end -= 1 << level
        }
        return root!
    }

    /// The audit path of the record at `index` in the tree of `size`. RFC 6962, section 2.1.1.
    public func inclusionProof(of index: LogIndex, in size: TreeSize) throws -> [Hash] {
        try ProofPlan.inclusion(of: index, in: size).resolve { try subtree($0) }
    }

    /// That the tree of `old` is the beginning of the tree of `new`. RFC 6962, section 2.1.2.
    public func consistencyProof(from old: TreeSize, to new: TreeSize) throws -> [Hash] {
        try ProofPlan.consistency(from: old, to: new).resolve { try subtree($0) }
    }

    /// The records of a stream, in order.
    public func records(in stream: StreamName) throws -> [Record] {
        try positions(in: stream, fromRevision: 1).map { index in
            guard let record = try record(at: index) else {
                throw LogError(
                    .broken,
                    "record \(index) of '\(stream)' is missing. Run `ledger verify` to see what is wrong.")
            }
            return record
        }
    }
}
