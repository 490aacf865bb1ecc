internal import LedgerEvents
internal import LedgerProof

/// What the index of ids notes of each record: the start of its leaf hash. Read only where a log does not
/// verify.
final class SQLiteLeafNotes: LeafNotes {
    private var places: [Int64: Int] = [:]
    private var noted: Set<Int> = []
    private(set) var count = 0
    private var positionedCount = 0

    init(_ transaction: SQLiteTransaction) throws {
        let ids = try HotStatement("SELECT log_index, leaf_start FROM event_id", in: transaction.session)
        while try ids.step() {
            let place = ids.integer(0)
            places[Int64(ids.integer(1))] = place
            noted.insert(place)
            count = max(count, place + 1)
        }
        let positions = try HotStatement(
            "SELECT max(log_index) FROM stream_position", in: transaction.session)
        if try positions.step() { positionedCount = positions.integer(0) + 1 }
    }

    func place(of leaf: Hash) -> Int? { places[leaf.start] }
    func isKnown(_ place: Int) -> Bool { place < max(count, positionedCount) }
    func isNoted(_ place: Int) -> Bool { noted.contains(place) }
}
