internal import Foundation
internal import GRDB
internal import Glibc
public import LedgerEvents
internal import LedgerMigrations
public import LedgerProof

/// A backup: one SQLite file that holds a ledger as it was at one moment, its large evidence included.
///
/// Always true:
/// - it is made from one snapshot of the ledger, which writers neither disturb nor wait for;
/// - it cannot be opened as a ledger by mistake: it says that it is a backup;
/// - it needs no other file: no write-ahead log belongs to it.
public final class SQLiteBackup {
    /// "LDGB": tells `file` and us what kind of database this is.
    static let applicationID = 0x4C44_4742
    /// Of a piece of evidence in one row.
    static let partByteCount = 1 << 20

    public let path: String
    private let queue: DatabaseQueue

    private init(path: String, queue: DatabaseQueue) {
        self.path = path
        self.queue = queue
    }

    deinit { try? queue.close() }

    // MARK: Making one

    /// Copies the ledger as it is at this moment. Its large evidence is still to be added, and
    /// ``finish()`` to be called.
    ///
    /// - Parameter path: an absolute path at which there is nothing. A crash leaves half of a file there.
    /// - Throws: ``LogError``.
    public static func copy(ledgerAt ledger: String, to path: String) throws(LogError) -> SQLiteBackup {
        let session = try SQLiteLog.openSession(path: ledger, mode: .readOnly)
        defer { session.close() }
        do {
            // Not the online backup: this leaves out free pages, and with them whatever was erased, and fails
            // where a page is damaged.
            try session.queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
            let backup = SQLiteBackup(path: path, queue: try open(path, isWritable: true))
            try backup.queue.inDatabase { database in
                for step in LedgerMigrations.sqliteBackup { try database.execute(sql: step.sql) }
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            }
            return backup
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_FULL {
                throw LogError(
                    .storage,
                    "cannot write the backup: its disk is full. Nothing is left of it. Make room, or name "
                        + "another place.")
            }
            throw .sqlite(error, path: ledger, doing: "back up")
        } catch {
            throw LogError(.storage, "cannot back up ledger '\(ledger)': \(error)")
        }
    }

    /// Adds evidence that lies in a file of the ledger.
    public func keep(_ evidence: StoredEvidence, digest: Hash) throws(LogError) {
        try saying("write") {
            try queue.inDatabase { database in
                try database.inTransaction {
                    try Self.insert(evidence, digest: digest, into: database)
                    return .commit
                }
            }
        }
    }

    private static func insert(
        _ evidence: StoredEvidence, digest: Hash, into database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO backup_evidence (evidence_id, digest, salt, byte_count)
                VALUES (NULL, ?, ?, ?)
                """,
            arguments: [
                Data(digest.bytes), evidence.salt.map { Data($0) }, evidence.content.count,
            ])
        let id = database.lastInsertedRowID
        for (part, start) in stride(from: 0, to: evidence.content.count, by: partByteCount).enumerated() {
            let end = min(start + partByteCount, evidence.content.count)
            try database.execute(
                sql: "INSERT INTO backup_part (evidence_id, part, content) VALUES (?, ?, ?)",
                arguments: [id, part, Data(evidence.content[start..<end])])
        }
    }

    /// Everything is in it and on the disk after this.
    public func finish() throws(LogError) {
        try saying("write") { try queue.close() }
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        // Not only for its owner's eyes is what lies in a ledger: salted evidence is personal data.
        guard file >= 0, fchmod(file, 0o600) == 0, fsync(file) == 0 else {
            throw LogError(
                .storage,
                "cannot write '\(path)': \(String(cString: strerror(errno))). Look at the disk, then try again."
            )
        }
    }

    // MARK: Reading one

    /// - Throws: ``LogError`` unless the file is a backup of the format that this program knows.
    public init(at path: String) throws(LogError) {
        try SQLiteLog.openSession(path: path, mode: .readOnly, wanted: Self.applicationID).close()
        self.path = path
        do { queue = try Self.open(path, isWritable: false) } catch {
            throw LogError(.storage, "cannot open the backup '\(path)': \(error)")
        }
    }

    /// The log that is in it, for reading.
    public func log(clock: LedgerClock) throws(LogError) -> SQLiteLog {
        let session = try SQLiteLog.openSession(path: path, mode: .readOnly, wanted: Self.applicationID)
        let text = try session.ask { try String.fetchOne($0, sql: "SELECT origin FROM identity") }
        guard let origin = text.flatMap({ Origin($0) }) else { throw .notABackup(path: path) }
        return SQLiteLog(
            origin: origin, path: path, mode: .readOnly, clock: clock, lock: nil, session: session)
    }

    /// Evidence that lay in a file of the ledger. Whoever reads compares the digest.
    ///
    /// - Returns: nil if it is not there.
    public func evidence(_ digest: Hash) throws(LogError) -> StoredEvidence? {
        try saying("read") {
            try queue.inDatabase { database in
                guard
                    let row = try Row.fetchOne(
                        database.cachedStatement(
                            sql: "SELECT evidence_id, salt, byte_count FROM backup_evidence WHERE digest = ?"),
                        arguments: [Data(digest.bytes)])
                else { return nil }
                let salt = try row.decode(Data?.self, atIndex: 1)
                let count = try row.decode(Int.self, atIndex: 2)
                guard salt.map({ $0.count == 16 }) ?? true else { return nil }
                var content: [UInt8] = []
                let parts = try Row.fetchCursor(
                    database.cachedStatement(
                        sql: "SELECT content FROM backup_part WHERE evidence_id = ? ORDER BY part"),
                    arguments: [try row.decode(Int64.self, atIndex: 0)])
                while let part = try parts.next() {
                    content += try part.decode(Data.self, atIndex: 0)
                    // What was edited must not fill the memory.
                    guard content.count <= count else { return nil }
                }
                return StoredEvidence(salt: salt.map { [UInt8]($0) }, content: content)
            }
        }
    }

    private static func open(_ path: String, isWritable: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = !isWritable
        configuration.foreignKeysEnabled = false
        configuration.label = "backup"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            guard isWritable else { return }
            // Nobody sees this file before it is whole and synced: a crash leaves one that nobody opens.
            try database.execute(sql: "PRAGMA journal_mode = MEMORY")
            try database.execute(sql: "PRAGMA synchronous = OFF")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func saying<Result>(_ verb: String, _ body: () throws -> Result) throws(LogError) -> Result {
        do { return try body() } catch let error as DatabaseError {
            throw .sqlite(error, path: path, doing: verb)
        } catch {
            throw LogError(.storage, "cannot \(verb) the backup '\(path)': \(error)")
        }
    }
}
