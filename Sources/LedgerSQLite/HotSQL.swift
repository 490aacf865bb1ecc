/// The statements of the hot paths, each prepared once for a connection.
///
/// `QueryPlanTests` holds each of them to a search by key: none may scan a table.
enum HotSQL: Int, CaseIterable {
    case begin, beginImmediate, commit, rollback
    case savepoint, rollbackToSavepoint, releaseSavepoint
    case lastRecord, recordAt, records
    case findID, insertID, insertRecord
    case findStream, insertStream, findPosition, insertPosition
    case findTile, insertTile, growTile

    var sql: String {
        switch self {
        case .begin: "BEGIN"
        case .beginImmediate: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .savepoint: "SAVEPOINT attempt"
        case .rollbackToSavepoint: "ROLLBACK TO attempt"
        case .releaseSavepoint: "RELEASE attempt"
        case .lastRecord: "SELECT log_index, record FROM log ORDER BY log_index DESC LIMIT 1"
        case .recordAt: "SELECT log_index, record FROM log WHERE log_index = ?1"
        case .records:
            "SELECT log_index, record FROM log WHERE log_index >= ?1 AND log_index < ?2 ORDER BY log_index"
        case .findID: "SELECT log_index, leaf_start FROM event_id WHERE event_id = ?1"
        case .insertID: "INSERT INTO event_id (event_id, log_index, leaf_start) VALUES (?1, ?2, ?3)"
        case .insertRecord: "INSERT OR ROLLBACK INTO log (log_index, record) VALUES (?1, ?2)"
        case .findStream:
            """
            SELECT stream_id, (
                SELECT max(revision) FROM stream_position WHERE stream_position.stream_id = stream.stream_id)
            FROM stream
            WHERE name = ?1
            """
        case .insertStream: "INSERT INTO stream (stream_id, name) VALUES (NULL, ?1)"
        case .findPosition: "SELECT log_index FROM stream_position WHERE stream_id = ?1 AND revision = ?2"
        case .insertPosition:
            "INSERT INTO stream_position (stream_id, revision, log_index) VALUES (?1, ?2, ?3)"
        case .findTile: "SELECT hashes FROM tree_tile WHERE level = ?1 AND tile = ?2"
        case .insertTile: "INSERT INTO tree_tile (level, tile, hashes) VALUES (?1, ?2, ?3)"
        case .growTile: "UPDATE tree_tile SET hashes = ?3 WHERE level = ?1 AND tile = ?2"
        }
    }
}
