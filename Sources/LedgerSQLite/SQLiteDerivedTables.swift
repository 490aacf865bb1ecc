internal import Glibc
internal import LedgerEvents
internal import LedgerProof

/// What the database derived from the records, read in the order in which it lies there.
final class SQLiteDerivedTables: DerivedTables {
    private let transaction: SQLiteTransaction
    private var session: SQLiteSession { transaction.session }
    /// The tree over the roots of the full tiles.
    private var frontier = TreeFrontier()
    /// Of the index and the start of the leaf hash of each record.
    private var leaves = RowSum()

    init(_ transaction: SQLiteTransaction) { self.transaction = transaction }

    func hold(_ leaves: [Hash], from index: LogIndex, root: Hash?) throws -> Bool {
        for (offset, leaf) in leaves.enumerated() {
            self.leaves.add(UInt64(index.value + offset), UInt64(bitPattern: leaf.start), 0)
        }
        guard let root else { return true }
        let place = index.value / LogTail.tileWidth
        let isStored = try leaves.withUnsafeBytes { leaves in
            try session.withTile(level: 0, place: place) { stored in
                stored.count == leaves.count
                    && memcmp(stored.baseAddress!, leaves.baseAddress!, leaves.count) == 0
            }
        }
        guard isStored, frontier.size.value == place else { return false }
        var nodes: [(SubtreeID, Hash)] = []
        frontier.append(root) { level, place, hash in
            nodes.append((SubtreeID(level: 8 + level, place: place), hash))
        }
        return try nodes.allSatisfy { try session.hashFromTiles($0.0) == $0.1 }
    }

    func sums(of size: TreeSize) throws -> DerivedSums? {
        guard try SQLiteDerivedState(transaction).treeFault(size) == nil else { return nil }
        var sums = DerivedSums()
        guard try addIDs(&sums), try addPositions(&sums) else { return nil }
        return sums
    }

    private func addIDs(_ sums: inout DerivedSums) throws -> Bool {
        let rows = try HotStatement(
            "SELECT event_id, log_index, leaf_start FROM event_id ORDER BY event_id", in: session)
        var (last, leaves): ((UInt64, UInt64)?, RowSum) = (nil, RowSum())
        while try rows.step() {
            let id = rows.bytes(0)
            guard id.count == 16 else { return false }
            let words = (
                id.loadUnaligned(as: UInt64.self), id.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
            let ordered = (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1))
            if let last, ordered <= last { return false }
            last = ordered
            let index = UInt64(bitPattern: Int64(rows.integer(1)))
            sums.ids.add(words.0, words.1, index)
            leaves.add(index, UInt64(bitPattern: Int64(rows.integer(2))), 0)
        }
        return leaves == self.leaves
    }

    private func addPositions(_ sums: inout DerivedSums) throws -> Bool {
        var words: [UInt64] = []
        let streams = try HotStatement("SELECT stream_id, name FROM stream ORDER BY stream_id", in: session)
        while try streams.step() {
            guard streams.integer(0) == words.count + 1 else { return false }
            words.append(RowSum.word(for: streams.bytes(1)))
        }
        let rows = try HotStatement(
            "SELECT stream_id, revision, log_index FROM stream_position ORDER BY stream_id, revision",
            in: session)
        var (stream, first, revision, last) = (0, -1, 0, -1)
        while try rows.step() {
            let index = rows.integer(2)
            if rows.integer(0) == stream {
                guard rows.integer(1) == revision + 1, index > last else { return false }
            } else {
                guard rows.integer(0) == stream + 1, stream < words.count, rows.integer(1) == 1, index > first
                else { return false }
                (stream, first) = (stream + 1, index)
            }
            (revision, last) = (rows.integer(1), index)
            sums.positions.add(words[stream - 1], UInt64(revision), UInt64(bitPattern: Int64(index)))
        }
        return stream == words.count
    }
}
