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
            try statement(.setLease).execute(
                arguments: [key, owner, epoch, lease.expires.microsecondsSince1970])
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
            try statement(.releaseLease).execute(arguments: [lease.key, lease.owner, lease.epoch])
        }
    }

    private func row(of key: String) throws -> (owner: String, epoch: Int, expires: Timestamp?)? {
        try session.query {
            guard let row = try Row.fetchOne(statement(.lease), arguments: [key]) else { return nil }
            return (
                try row.decode(String.self, atIndex: 0), try row.decode(Int.self, atIndex: 1),
                try row.decode(Int64?.self, atIndex: 2).map { Timestamp(microsecondsSince1970: $0) }
            )
        }
    }
}
