internal import GRDB
internal import LedgerEvents
internal import LedgerProof

/// Leases: who may act on a stage, for a time. Working state, not truth.
extension SQLiteTransaction {
    func acquire(lease key: String, owner: String, now: Timestamp, untilMicros duration: Int64) throws
        -> Lease?
    {
        let held = try row(of: key)
        let isRunning = held?.expires.map { $0 > now } ?? false
        if let held, isRunning, held.owner != owner { return nil }
        let epoch = isRunning ? held!.epoch : (held?.epoch ?? 0) + 1
        let lease = Lease(key: key, owner: owner, epoch: epoch, expires: now.adding(microseconds: duration))
        try willChange()
        try session.query {
            try database.cachedStatement(
                sql: """
                    INSERT INTO lease (lease_key, owner, epoch, expires_micros)
                    VALUES (?, ?, ?, ?)
                    ON CONFLICT (lease_key) DO UPDATE
                    SET owner = excluded.owner, epoch = excluded.epoch, expires_micros = excluded.expires_micros
                    """
            ).execute(arguments: [key, owner, epoch, lease.expires.microsecondsSince1970])
        }
        return lease
    }

    func lease(_ key: String) throws -> Lease? {
        guard let row = try row(of: key), let expires = row.expires else { return nil }
        return Lease(key: key, owner: row.owner, epoch: row.epoch, expires: expires)
    }

    func release(_ lease: Lease) throws {
        try willChange()
        try session.query {
            try database.cachedStatement(
                sql: "UPDATE lease SET expires_micros = NULL WHERE lease_key = ? AND owner = ? AND epoch = ?"
            ).execute(arguments: [lease.key, lease.owner, lease.epoch])
        }
    }

    private func row(of key: String) throws -> (owner: String, epoch: Int, expires: Timestamp?)? {
        let sql = "SELECT owner, epoch, expires_micros FROM lease WHERE lease_key = ?"
        let row = try session.query {
            try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [key])
        }
        return row.map { row in
            (row[0], row[1], (row[2] as Int64?).map { Timestamp(microsecondsSince1970: $0) })
        }
    }
}
