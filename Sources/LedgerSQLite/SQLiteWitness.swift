internal import Foundation
internal import GRDB
internal import Glibc
public import LedgerEvents
internal import LedgerMigrations
public import LedgerProof

/// The memory of a witness in one SQLite file, `witness.db`.
///
/// Always true:
/// - what was kept is on the disk when ``advance(_:_:)`` returns: a rollback journal, whose end is synced
///   with its folder (`synchronous=EXTRA`), so that no power cut brings the older state back;
/// - one writer at a time, in this process or another: the transaction begins as a writer's, before it reads;
/// - the triggers of the schema refuse a step back, whoever asks for it.
public final class SQLiteWitness: WitnessMemory {
    public let path: String
    private let queue: DatabaseQueue

    /// "LDGW": tells `file` and us what kind of database this is.
    static let applicationID = 0x4C44_4757
    static let formatVersion = LedgerMigrations.sqliteWitness.count
    static let busyLimitMicros = 5_000_000

    /// Makes the memory of a new witness. An existing file is never touched.
    ///
    /// - Parameter path: nothing may be there; its folder must exist.
    /// - Throws: ``LogError`` with `.storage`.
    public static func create(at path: String, key: NoteVerifierKey) throws(LogError) {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw LogError(.storage, "'\(path)' exists already. Use it as it is, or choose another folder.")
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            for step in LedgerMigrations.sqliteWitness {
                migrator.registerMigration(step.identifier) { try $0.execute(sql: step.sql) }
            }
            try migrator.migrate(queue)
            try queue.inDatabase { database in
                try database.execute(
                    sql: "INSERT INTO witness (only, key) VALUES (0, ?)", arguments: [key.text])
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(formatVersion)")
            }
            try queue.close()
        } catch { throw fault(error, path) }
    }

    /// - Parameter key: the witness's own.
    /// - Throws: ``LogError`` with `.storage` or `.wrongFormat`; also if the memory is another witness's.
    public init(at path: String, key: NoteVerifierKey) throws(LogError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LogError(
                .storage,
                "there is no memory '\(path)'. A witness that has lost it must not go on under its key: make "
                    + "a new one, in another folder.")
        }
        self.path = path
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            let (kind, version, own) = try queue.read { database in
                (
                    try Int.fetchOne(database, sql: "PRAGMA application_id"),
                    try Int.fetchOne(database, sql: "PRAGMA user_version"),
                    try? String.fetchOne(database, sql: "SELECT key FROM witness")
                )
            }
            guard kind == Self.applicationID, version == Self.formatVersion else {
                throw LogError(.wrongFormat, "'\(path)' is not the memory of a witness in a known format.")
            }
            guard own == key.text else {
                throw LogError(
                    .wrongFormat,
                    "'\(path)' is the memory of another key than \(key.id). Put the right key back.")
            }
        } catch { throw Self.fault(error, path) }
    }

    private static let configuration: Configuration = {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(busyLimitMicros) / 1_000_000)
        configuration.label = "witness"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = DELETE")
            try database.execute(sql: "PRAGMA synchronous = EXTRA")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        return configuration
    }()

    public func advance(
        _ origin: Origin, _ body: (WitnessedCheckpoint?) throws -> WitnessedCheckpoint
    ) throws {
        do {
            try queue.inDatabase { database in
                try database.inTransaction(.immediate) {
                    let last = try Self.last(of: origin, database)
                    let next = try body(last)
                    precondition(next.checkpoint.origin == origin, "one log at a time")
                    try database.execute(
                        sql: last == nil ? Self.insert : Self.update,
                        arguments: [
                            next.checkpoint.size.value, Data(next.checkpoint.root.bytes),
                            Int64(clamping: next.secondsSince1970), next.note, origin.text,
                        ])
                    return .commit
                }
            }
        } catch let error as DatabaseError { throw Self.fault(error, path) }
    }

    public func last(of origin: Origin) throws -> WitnessedCheckpoint? {
        do { return try queue.read { try Self.last(of: origin, $0) } } catch let error as DatabaseError {
            throw Self.fault(error, path)
        }
    }

    /// A number that SQLite is set to.
    func setting(_ name: String) throws -> Int? {
        try queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    private static let insert = """
        INSERT INTO cosigned (tree_size, root, seconds, note, origin)
        VALUES (?, ?, ?, ?, ?)
        """
    private static let update = """
        UPDATE cosigned
        SET tree_size = ?, root = ?, seconds = ?, note = ?
        WHERE origin = ?
        """
    private static let select = """
        SELECT tree_size, root, seconds, note
        FROM cosigned
        WHERE origin = ?
        """

    private static func last(of origin: Origin, _ database: Database) throws -> WitnessedCheckpoint? {
        guard let row = try Row.fetchOne(database, sql: select, arguments: [origin.text]) else { return nil }
        let (size, root, seconds): (Int, Data, Int64) = (row[0], row[1], row[2])
        guard size >= 0, seconds >= 0, let root = Hash(bytes: [UInt8](root)) else {
            throw LogError(.broken, "the memory of the witness makes no sense for '\(origin)'.")
        }
        return WitnessedCheckpoint(
            checkpoint: Checkpoint(origin: origin, size: TreeSize(size), root: root), note: row[3],
            secondsSince1970: UInt64(seconds))
    }

    private static func fault(_ error: any Error, _ path: String) -> LogError {
        switch error {
        case let error as LogError: return error
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY:
            return LogError(.busy, "another process writes '\(path)'. Try again.")
        case let error as DatabaseError:
            return LogError(
                .storage,
                "cannot use '\(path)': \(error.message ?? "SQLite says \(error.resultCode)"). Check the disk "
                    + "and permissions.")
        default: return LogError(.storage, "cannot use '\(path)': \(error)")
        }
    }
}
