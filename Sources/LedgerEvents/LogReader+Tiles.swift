public import LedgerProof

extension LogReader {
    /// The bytes of a tile of hashes, from the stored tree.
    ///
    /// - Precondition: the log has those leaves.
    public func tile(_ id: TileID) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(id.width * Hash.byteCount)
        for subtree in id.subtrees { bytes += try self.subtree(subtree).bytes }
        return bytes
    }

    /// Makes the tiles of the tree of `checkpoint`: what C2SP `tlog-tiles` publishes.
    ///
    /// Leaves are hashed again from the records that are given out, and must make the tree that was signed:
    /// nobody is handed entries that a stored hash only claims to be there.
    ///
    /// - Parameters:
    ///   - isThere: whether a tile need not be made; its records are not read then.
    ///   - write: takes a tile's bytes. Tiles of leaves come first, then level by level.
    /// - Throws: ``LogError`` with `.broken` if the log does not have that tree; what `write` throws.
    public func makeTiles(
        of checkpoint: Checkpoint, unless isThere: (TileID) -> Bool,
        write: (TileID, [UInt8]) throws -> Void
    ) throws {
        guard try head().size >= checkpoint.size, try root(at: checkpoint.size) == checkpoint.root else {
            throw LogError(
                .broken,
                "the log does not have the tree of its checkpoint (\(checkpoint)). Run `ledger verify`.")
        }
        for tile in TileID.all(in: checkpoint.size) {
            switch tile.content {
            case .hashes(0): continue
            case .hashes: if !isThere(tile) { try write(tile, try self.tile(tile)) }
            case .entries:
                let leaves = TileID(.hashes(level: 0), number: tile.number, width: tile.width)!
                let (hasEntries, hasLeaves) = (isThere(tile), isThere(leaves))
                if hasEntries, hasLeaves { continue }
                let (entries, hashes) = try bundle(tile)
                if !hasEntries { try write(tile, entries) }
                if !hasLeaves { try write(leaves, hashes) }
            }
        }
    }

    /// The entries of a bundle, and the tile of their leaf hashes.
    private func bundle(_ tile: TileID) throws -> (entries: [UInt8], hashes: [UInt8]) {
        let first = tile.number * TileID.fullWidth
        var (entries, frontier): ([UInt8], TreeFrontier) = ([], TreeFrontier())
        var hashes: [UInt8] = []
        try scan(first..<(first + tile.width)) { index, bytes in
            guard index.value == first + frontier.size.value, bytes.count <= RecordView.maximumByteCount
            else {
                throw Self.damaged(first, tile.width)
            }
            EntryBundle.append(bytes, to: &entries)
            let leaf = Hash.leaf(bytes)
            hashes += leaf.bytes
            frontier.append(leaf)
        }
        guard frontier.size.value == tile.width, frontier.subtrees == (try stored(first, tile.width)) else {
            throw Self.damaged(first, tile.width)
        }
        return (entries, hashes)
    }

    /// The stored roots of the full subtrees over `count` leaves from `first` on, largest first.
    private func stored(_ first: Int, _ count: Int) throws -> [Hash] {
        try SubtreeID.cover(first..<(first + count)).map { try subtree($0) }
    }

    private static func damaged(_ first: Int, _ count: Int) -> LogError {
        LogError(
            .broken,
            "the records \(first) to \(first + count - 1) are not those of the ledger's tree. "
                + "Run `ledger verify` to see what is wrong.")
    }
}
