internal import Foundation
internal import GRDB
internal import Glibc
public import LedgerEvents
internal import LedgerMigrations
internal import LedgerProof

/// Views in one SQLite file, `views.db`. Disposable: whatever is wrong with the file, it is made again.
///
/// Always true:
/// - one process writes at a time, under the lock file beside it, so that nobody waits long and no work is
///   done twice;
/// - a rebuild fills another file, which takes the name when it is whole: readers never see half of one, and
///   a reader that has the old one open goes on reading it;
/// - no write-ahead log: it belongs to a name, and would be applied to the file that takes that name.
public final class SQLiteViews: ViewStore {
    public let path: String
    private let queue: DatabaseQueue
    private let lock: LedgerLock?

    /// "LDGV": tells `file` and us what kind of database this is.
    static let applicationID = 0x4C44_4756
    static let formatVersion = LedgerMigrations.sqliteViews.count
    static let busyLimitMicros = 2_000_000

    public enum Mode: Sendable { case readWrite, readOnly }

    /// - Throws: ``ViewFault`` if there is no such file, or it is not one of this format.
    public init(at path: String, mode: Mode) throws(ViewFault) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ViewFault(.missing, "there are no views '\(path)'")
        }
        guard access(path, R_OK) == 0 else {
            throw ViewFault(.readOnly, "the views '\(path)' may not be read here")
        }
        self.path = path
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration(mode))
            let (kind, version) = try queue.read { database in
                (
                    try Int.fetchOne(database, sql: "PRAGMA application_id"),
                    try Int.fetchOne(database, sql: "PRAGMA user_version")
                )
            }
            guard kind == Self.applicationID, version == Self.formatVersion else {
                throw ViewFault(.unusable, "the views '\(path)' have another format")
            }
            lock = mode == .readWrite ? try LedgerLock(beside: path) : nil
        } catch { throw Self.fault(error, path: path) }
    }

    private init(building path: String) throws {
        self.path = path
        var configuration = Self.configuration(.readWrite)
        configuration.prepareDatabase { database in
            // Nobody sees this file before it is whole and synced: a crash leaves a file that nobody opens.
            try database.execute(sql: "PRAGMA journal_mode = MEMORY")
            try database.execute(sql: "PRAGMA synchronous = OFF")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        lock = nil
        var migrator = DatabaseMigrator()
        for step in LedgerMigrations.sqliteViews {
            migrator.registerMigration(step.identifier) { database in try database.execute(sql: step.sql) }
        }
        try migrator.migrate(queue)
        try queue.inDatabase { database in
            try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(Self.formatVersion)")
        }
    }

    private static func configuration(_ mode: Mode) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = mode == .readOnly
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(busyLimitMicros) / 1_000_000)
        configuration.label = "views"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            // After a power cut they are made again, if they have to be.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        return configuration
    }

    // MARK: Transactions

    public func read<Result>(_ body: (any ViewReader) throws -> Result) throws -> Result {
        do {
            return try queue.read { try body(SQLiteViewTransaction($0)) }
        } catch let error as DatabaseError { throw Self.fault(error, path: path) }
    }

    public func write<Result>(_ body: (any ViewWriter) throws -> Result) throws -> Result {
        if let lock {
            guard try lock.acquire(limitMicros: Self.busyLimitMicros) else { throw Self.busy(path) }
        }
        defer { lock?.release() }
        // Where a rebuild has taken the name meanwhile, SQLite refuses: the journal would lie beside the new
        // file.
        do {
            return try queue.inDatabase { database in
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try body(SQLiteViewTransaction(database))
                    return .commit
                }
                return result!
            }
        } catch let error as DatabaseError { throw Self.fault(error, path: path) }
    }

    // MARK: Rebuilding

    /// Fills a new file beside `path`, lets `body` see it, and gives it the name.
    ///
    /// - Parameter fill: what it throws leaves the old views as they are.
    /// - Throws: ``ViewFault``, or what `fill` throws.
    public static func rebuild(at path: String, _ fill: (any ViewStore) throws -> Void) throws {
        do {
            let lock = try LedgerLock(beside: path)
            guard try lock.acquire(limitMicros: busyLimitMicros) else { throw busy(path) }
            defer { lock.release() }
            removeLeftovers(beside: path)
            let draft = "\(path).new-\(getpid())"
            defer { unlink(draft) }
            let views = try SQLiteViews(building: draft)
            try fill(views)
            try views.queue.close()
            try swap(draft, for: path)
        } catch let error as DatabaseError { throw fault(error, path: path) } catch let error as LogError
            where error.code == .storage
        { throw ViewFault(.readOnly, error.message) }
    }

    /// Drafts of rebuilds that were killed.
    public static func leftovers(beside path: String) -> [String] {
        let folder = (path as NSString).deletingLastPathComponent
        let prefix = (path as NSString).lastPathComponent + ".new-"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            guard name.hasPrefix(prefix) else { return false }
            let pid = name.dropFirst(prefix.count).prefix { $0.isNumber }
            return Int32(pid).map { kill($0, 0) != 0 && errno == ESRCH } ?? true
        }.map { "\(folder)/\($0)" }.sorted()
    }

    private static func removeLeftovers(beside path: String) {
        for leftover in leftovers(beside: path) { unlink(leftover) }
    }

    private static func swap(_ draft: String, for path: String) throws {
        let file = Glibc.open(draft, O_RDONLY | O_CLOEXEC)
        guard file >= 0, fsync(file) == 0 else {
            throw ViewFault(.readOnly, "cannot write '\(draft)': \(String(cString: strerror(errno)))")
        }
        close(file)
        // A journal that a killed writer left belongs to the old file, and must not be applied to the new
        // one.
        let journal = "\(path)-journal"
        if Glibc.access(journal, F_OK) == 0 {
            unlink(path)
            unlink(journal)
        }
        guard rename(draft, path) == 0 else {
            throw ViewFault(.readOnly, "cannot write '\(path)': \(String(cString: strerror(errno)))")
        }
    }

    // MARK: Faults

    private static func busy(_ path: String) -> ViewFault {
        ViewFault(.busy, "another process is writing the views '\(path)'")
    }

    private static func fault(_ error: any Error, path: String) -> ViewFault {
        switch error {
        case let fault as ViewFault: return fault
        case let error as LogError: return ViewFault(.readOnly, error.message)
        case let error as DatabaseError:
            let code: ViewFault.Code =
                switch error.resultCode {
                case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
                case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_FULL, .SQLITE_IOERR: .readOnly
                default: .unusable
                }
            return ViewFault(code, "views '\(path)': \(error.message ?? "SQLite says \(error.resultCode)")")
        default: return ViewFault(.unusable, "views '\(path)': \(error)")
        }
    }
}
