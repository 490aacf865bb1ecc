internal import Foundation
internal import GRDB
internal import Glibc
public import LedgerEvents
internal import LedgerMigrations
public import LedgerProof

/// Making and opening the file.
extension SQLiteLog {
    /// "LDGR": tells `file` and us what kind of database this is.
    static let applicationID = 0x4C44_4752
    /// The version of the format: the number of migrations that this program knows.
    static let formatVersion = LedgerMigrations.sqlite.count

    /// Makes a new, empty ledger and opens it. An existing file is never touched.
    ///
    /// - Parameter path: of the database file; its folder must exist.
    /// - Throws: ``LogError`` with `.storage`.
    public static func create(at path: String, origin: Origin, clock: LedgerClock) throws(LogError)
        -> SQLiteLog
    {
        guard !FileManager.default.fileExists(atPath: path) else { throw alreadyThere(path) }
        // Made whole under another name: a crash leaves no half of a ledger under this one.
        let draft = path + ".new-\(getpid())"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) } }
        do {
            try build(at: draft, origin: origin)
        } catch let error as DatabaseError {
            throw .sqlite(error, path: path, doing: "create")
        } catch {
            throw LogError(.storage, "cannot create ledger '\(path)': \(error)")
        }
        guard link(draft, path) == 0 else {
            if errno == EEXIST { throw alreadyThere(path) }
            throw LogError(.storage, "cannot create ledger '\(path)': \(String(cString: strerror(errno)))")
        }
        synchronizeFolder(of: path)
        return try open(at: path, clock: clock)
    }

    /// Opens a ledger.
    ///
    /// - Parameters:
    ///   - path: of the database file.
    ///   - origin: what the ledger must be, where the caller knows it.
    /// - Throws: ``LogError`` with `.storage`, `.wrongFormat` or `.busy`.
    public static func open(
        at path: String, origin expected: Origin? = nil, mode: Mode = .readWrite, clock: LedgerClock
    ) throws(LogError) -> SQLiteLog {
        let session = try openSession(path: path, mode: mode)
        let text = try session.ask { try String.fetchOne($0, sql: "SELECT origin FROM identity") }
        guard let origin = text.flatMap({ Origin($0) }) else { throw .notALedger(path: path) }
        guard expected == nil || expected == origin else {
            throw LogError(
                .wrongFormat,
                "ledger '\(path)' has the origin '\(origin)', not '\(expected!)'. Name the ledger that "
                    + "you mean with --ledger.")
        }
        let lock = mode == .readWrite ? try LedgerLock(beside: path) : nil
        return SQLiteLog(origin: origin, path: path, mode: mode, clock: clock, lock: lock, session: session)
    }

    /// - Parameter wanted: the kind of file, as its application id tells.
    /// - Throws: ``LogError`` unless the file is of that kind, in the format that this program knows.
    static func openSession(
        path: String, mode: Mode, wanted: Int = applicationID
    ) throws(LogError) -> SQLiteSession {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        let isBackup = wanted == SQLiteBackup.applicationID
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw isBackup ? .notABackup(path: path) : .notALedger(path: path)
        }
        let access = try access(to: path, mode: mode)
        let (session, kind): (SQLiteSession, Int?)
        do {
            session = try SQLiteSession(path: path, access: access)
            kind = try session.ask { try Int.fetchOne($0, sql: "PRAGMA application_id") }
        } catch {
            throw isBackup && error.code == .wrongFormat ? .notABackup(path: path) : error
        }
        let version = try session.ask { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 0
        guard kind == wanted else {
            throw isBackup
                ? .notABackup(path: path)
                : .notALedger(path: path, isBackup: kind == SQLiteBackup.applicationID)
        }
        guard version <= formatVersion else {
            throw LogError(
                .wrongFormat,
                "ledger '\(path)' has format \(version); this program knows formats up to \(formatVersion). "
                    + "Use a newer `ledger`.")
        }
        return session
    }

    /// A file on media that nobody can write is opened as immutable: SQLite needs a writable folder
    /// otherwise.
    private static func access(to path: String, mode: Mode) throws(LogError) -> SQLiteSession.Access {
        guard mode == .readOnly else { return .readWrite }
        let folder = (path as NSString).deletingLastPathComponent
        guard Glibc.access(folder.isEmpty ? "." : folder, W_OK) != 0 else { return .readOnly }
        let recent = (try? FileManager.default.attributesOfItem(atPath: path + "-wal"))?[.size] as? Int
        // The newest records lie in the write-ahead log, which an immutable database does not read.
        return (recent ?? 0) > 0 ? .readOnly : .immutable
    }

    private static func alreadyThere(_ path: String) -> LogError {
        LogError(
            .storage,
            "'\(path)' exists already. Use it as it is, or choose another folder for the new ledger.")
    }

    private static func build(at path: String, origin: Origin) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { database in
            // Before the journal mode, which fixes it.
            try database.execute(sql: "PRAGMA page_size = \(SQLiteSession.pageByteCount)")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        for step in LedgerMigrations.sqlite {
            migrator.registerMigration(step.identifier) { database in try database.execute(sql: step.sql) }
        }
        try migrator.migrate(queue)
        try queue.inDatabase { database in
            try database.execute(
                sql: "INSERT INTO identity (only, origin) VALUES (0, ?)", arguments: [origin.text])
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(formatVersion)")
            // Last, and kept in the file's header. The file is whole without its write-ahead log then.
            try database.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try queue.close()
    }

    private static func synchronizeFolder(of path: String) {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
