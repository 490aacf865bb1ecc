internal import Glibc
internal import LedgerEvents
internal import LedgerProof

/// What the database derived from the records, read in the order in which it lies there.
final class SQLiteDerivedTables: DerivedTables {
    private let transaction: SQLiteTransaction
    private var session: SQLiteSession { transaction.session }

    init(_ transaction: SQLiteTransaction) { self.transaction = transaction }

    func holds(_ leaves: [Hash], inTile place: Int) throws -> Bool {
        try leaves.withUnsafeBytes { leaves in
            try session.withTile(level: 0, place: place) { stored in
                stored.count == leaves.count
                    && memcmp(stored.baseAddress!, leaves.baseAddress!, leaves.count) == 0
            }
        }
    }

    func holds(_ root: Hash, at subtree: SubtreeID) throws -> Bool {
        try session.hashFromTiles(subtree) == root
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
        var last: (UInt64, UInt64)?
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
            sums.leaves.add(index, UInt64(bitPattern: Int64(rows.integer(2))), 0)
        }
        return true
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
