public import LedgerEvents
public import LedgerProof

/// Records that were linked elsewhere, taken over as they are: how a ledger is made from a copy of it.
public protocol RecordAdopter: LogWriter {
    /// Adds a record, byte for byte, if it is the one that comes next.
    ///
    /// - Throws: ``LogError`` with `.broken` if it is not: nothing more can be added then.
    func adopt(_ record: Record) throws
}

extension SQLiteLog {
    /// Runs `body` in one transaction, like ``write(_:)``.
    public func adopt<Result>(_ body: (any RecordAdopter) throws -> Result) throws -> Result {
        try transact { try body($0) }
    }
}

extension SQLiteTransaction: RecordAdopter {
    func adopt(_ record: Record) throws {
        let head = try currentTail().head
        let state = try session.state(of: record.stream)
        let revision = (state?.revision ?? 0) + 1
        let isNext =
            record.index == head.size.nextIndex && record.previous == head.lastLeaf
            && record.revision == revision && head.lastTime.map { $0 <= record.time } ?? true
        guard isNext,
            try insert(
                record.bytes, at: record.index, id: record.id, leaf: record.leaf, stream: record.stream,
                state: state, revision: revision, time: record.time)
        else {
            throw LogError(
                .broken,
                "record \(record.index) does not follow from the \(head.size) records before it. Take another "
                    + "copy of the ledger.")
        }
    }
}
