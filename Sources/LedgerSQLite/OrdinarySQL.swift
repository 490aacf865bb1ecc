/// The statements that run through GRDB.
///
/// `QueryPlanTests` holds each of them to a search by key, like those of ``HotSQL``.
enum OrdinarySQL: String, CaseIterable {
    case positions = """
        SELECT log_index
        FROM stream_position
        WHERE stream_id = (SELECT stream_id FROM stream WHERE name = ?) AND revision >= ?
        ORDER BY revision
        """
    case streams = """
        SELECT name
        FROM stream
        WHERE name >= ? AND name < ?
        ORDER BY stream_id
        """
    case evidence = "SELECT salt, content FROM evidence WHERE digest = ?"
    case insertEvidence = "INSERT INTO evidence (digest, salt, content) VALUES (?, ?, ?)"
    case eraseEvidence = "DELETE FROM evidence WHERE digest = ?"
    case notes = """
        SELECT tree_size, note
        FROM note INDEXED BY note_by_size
        WHERE tree_size >= ?
        ORDER BY note_id
        """
    case latestNote = "SELECT tree_size, note FROM note ORDER BY tree_size DESC, note_id DESC LIMIT 1"
    case insertNote = """
        INSERT INTO note (note_id, tree_size, note)
        SELECT coalesce(max(note_id) + 1, 0), ?, ?
        FROM note
        """
    case lease = "SELECT owner, epoch, expires_micros FROM lease WHERE lease_key = ?"
    case setLease = """
        INSERT INTO lease (lease_key, owner, epoch, expires_micros)
        VALUES (?, ?, ?, ?)
        ON CONFLICT (lease_key) DO UPDATE
        SET owner = excluded.owner, epoch = excluded.epoch, expires_micros = excluded.expires_micros
        """
    case releaseLease = """
        UPDATE lease
        SET expires_micros = NULL
        WHERE lease_key = ? AND owner = ? AND epoch = ?
        """
}
