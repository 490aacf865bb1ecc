internal import Foundation
internal import GRDB
public import LedgerEvents
public import LedgerProof

/// A log in one SQLite file, `ledger.db`.
///
/// Always true:
/// - what a write added is on the disk when the write returns: `synchronous=FULL`, write-ahead log;
/// - one writer at a time, in this process or another, under the lock file beside the database
///   (``LedgerLock``);
/// - the log's end is read inside the transaction that adds to it.
///
/// Used from one thread at a time, like every ``EventLog``. For a long scan beside a writer, open the ledger
/// twice.
public final class SQLiteLog: EventLog {
    public enum Mode: Sendable {
        case readWrite, readOnly
    }

    public let origin: Origin
    public let path: String
    public let mode: Mode

    private let clock: LedgerClock
    private let lock: LedgerLock?
    /// Nil after an error that leaves the connection in doubt; opened again at the next use.
    private var session: SQLiteSession?

    /// Pages of the write-ahead log after which it is copied into the file: about 4 MiB.
    static let checkpointPageCount = (4 << 20) / SQLiteSession.pageByteCount

    init(
        origin: Origin, path: String, mode: Mode, clock: LedgerClock, lock: LedgerLock?,
        session: SQLiteSession
    ) {
        self.origin = origin
        self.path = path
        self.mode = mode
        self.clock = clock
        self.lock = lock
        self.session = session
        session.watchWriteAheadLog()
    }

    deinit { session?.close() }

    // MARK: Transactions

    public func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result {
        try transact { try body($0) }
    }

    func transact<Result>(_ body: (SQLiteTransaction) throws -> Result) throws -> Result {
        guard mode == .readWrite, let lock else {
            throw LogError(.storage, "ledger '\(path)' is open for reading only. Open it for writing.")
        }
        guard try lock.acquire(limitMicros: SQLiteSession.busyLimitMicros) else {
            throw LogError.busy(path: path, holder: lock.holder, doing: "open")
        }
        defer { lock.release() }
        let session = try openSession()
        try session.syncWhatWasFound()
        let result = try session.queue.inDatabase { database in
            try session.beginWriting()
            let transaction = SQLiteTransaction(
                session, database: database, origin: origin, clock: clock, isWritable: true)
            let result: Result
            do {
                result = try body(transaction)
                // What a body swallowed is still an error: part of the transaction may be missing.
                if let failure = session.failure { throw failure }
            } catch {
                undo(transaction)
                throw error
            }
            try commit(transaction)
            return result
        }
        try checkpointIfDue(session)
        return result
    }

    public func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result {
        let session = try openSession()
        return try session.queue.inDatabase { database in
            try session.beginReading()
            let transaction = SQLiteTransaction(
                session, database: database, origin: origin, clock: clock, isWritable: false)
            defer {
                session.tail = transaction.close() ?? session.tail
                session.rollback()
            }
            return try body(transaction)
        }
    }

    private func undo(_ transaction: SQLiteTransaction) {
        let tail = transaction.close()
        if transaction.hasChanged {
            transaction.session.forget()
        } else {
            transaction.session.tail = tail ?? transaction.session.tail
        }
        transaction.session.rollback()
    }

    private func commit(_ transaction: SQLiteTransaction) throws {
        let session = transaction.session
        do {
            try session.commit()
            session.tail = transaction.close() ?? session.tail
        } catch {
            // Whether the commit will be found after all is not known. Never tried again on this connection:
            // a second fsync may report success for pages that the first one lost.
            undo(transaction)
            session.discardUnsyncedCommit()
            self.session = nil
            throw error
        }
    }

    private func openSession() throws(LogError) -> SQLiteSession {
        if let session { return session }
        let opened = try Self.openSession(path: path, mode: mode)
        opened.watchWriteAheadLog()
        session = opened
        return opened
    }

    // MARK: Housekeeping

    /// Copies the write-ahead log into the file, as far as no reader needs the old pages. Writers do it
    /// themselves when the log has grown; readers are never hindered.
    ///
    /// - Throws: ``LogError`` with `.busy` while somebody else writes.
    public func checkpointWAL() throws {
        guard mode == .readWrite, let lock else {
            throw LogError(.storage, "ledger '\(path)' is open for reading only. Open it for writing.")
        }
        guard try lock.acquire(limitMicros: SQLiteSession.busyLimitMicros) else {
            throw LogError.busy(path: path, holder: lock.holder, doing: "open")
        }
        defer { lock.release() }
        let session = try openSession()
        try session.queue.inDatabase { _ in try session.checkpoint() }
    }

    /// Under the lock of the write that has just ended, so that nobody else writes meanwhile.
    private func checkpointIfDue(_ session: SQLiteSession) throws {
        guard session.walPageCount - session.checkpointedPageCount >= Self.checkpointPageCount else { return }
        // The records are safe in the write-ahead log already: an error here is not the writer's.
        session.queue.inDatabase { _ in try? session.checkpoint() }
    }

    /// What `ledger doctor` says of the engine.
    public func engineFacts() throws -> EngineFacts {
        let session = try openSession()
        return try session.ask { try EngineFacts($0) }
    }
}
