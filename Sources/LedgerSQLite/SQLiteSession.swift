internal import CSQLiteShim
internal import GRDB
internal import LedgerEvents
internal import LedgerProof

/// One open connection, what is prepared on it, and what it remembers of the log's end.
///
/// Always true: `tail` and `streams` are only a memory of an earlier transaction. Each transaction compares
/// the memory with the last record, whose leaf hash commits to everything before it, and forgets it if the
/// two differ.
final class SQLiteSession {
    /// A stream that has records: its number in the database, and how many.
    struct StreamState {
        let number: Int
        var revision: Int
    }

    /// How many streams are remembered before all are forgotten.
    static let rememberedStreamLimit = 4096
    static let busyLimitMicros = 5_000_000
    /// Of a new ledger: `docs/decisions/log-storage.md`.
    static let pageByteCount = 8192

    let path: String
    let queue: DatabaseQueue
    let connection: OpaquePointer
    var tail: LogTail?
    var streams: [StreamName: StreamState] = [:]
    /// The first error that leaves the transaction in doubt: it can only be rolled back then.
    var failure: LogError?
    /// Whether what this session found in the write-ahead log is on the disk.
    var isFoundSynced = false
    /// Pages in the write-ahead log after the last commit, and how many of them the last checkpoint has seen.
    var walPageCount = 0
    var checkpointedPageCount = 0

    private var statements = [HotStatement?](repeating: nil, count: HotSQL.allCases.count)

    /// - Throws: ``LogError`` with `.storage` or `.wrongFormat`.
    init(path: String, access: Access) throws(LogError) {
        self.path = path
        _ = Self.isConfigured
        do {
            queue = try DatabaseQueue(
                path: access == .immutable ? "file:\(Self.escaped(path))?immutable=1" : path,
                configuration: Self.configuration(access))
            connection = try queue.inDatabase { database in
                guard let connection = database.sqliteConnection else {
                    throw DatabaseError(resultCode: .SQLITE_MISUSE)
                }
                return connection
            }
        } catch let error as DatabaseError {
            throw .sqlite(error, path: path, doing: "open")
        } catch {
            throw LogError(.storage, "cannot open ledger '\(path)': \(error)")
        }
    }

    enum Access {
        case readWrite, readOnly
        /// On media that nobody can write: no lock, no write-ahead log.
        case immutable
    }

    /// Finalizes the statements before the connection goes.
    func close() {
        statements = []
        try? queue.close()
    }

    /// The statement, prepared at its first use.
    subscript(sql: HotSQL) -> HotStatement {
        get throws(LogError) {
            if let statement = statements[sql.rawValue] { return statement }
            let statement = try HotStatement(sql.sql, in: self)
            statements[sql.rawValue] = statement
            return statement
        }
    }

    func forget() {
        tail = nil
        streams.removeAll(keepingCapacity: true)
    }

    /// Runs an ordinary query and says its error in our words.
    func query<Result>(_ body: () throws -> Result) throws(LogError) -> Result {
        do { return try body() } catch let error as DatabaseError {
            throw fail(.sqlite(error, path: path, doing: "read or write"))
        } catch let error as LogError {
            throw fail(error)
        } catch {
            throw fail(LogError(.broken, "ledger '\(path)': \(error). Run `ledger verify`."))
        }
    }

    /// Asks the database outside of a transaction of the log.
    func ask<Result>(_ question: (Database) throws -> Result) throws(LogError) -> Result {
        try query { try queue.inDatabase(question) }
    }

    /// Marks the transaction as one that can only be rolled back.
    func fail(_ error: LogError) -> LogError {
        failure = failure ?? error
        return error
    }

    // MARK: Settings

    private static let isConfigured: Bool = {
        ledger_sqlite_configure()
        return true
    }()

    private static func configuration(_ access: Access) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = access != .readWrite
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(busyLimitMicros) / 1_000_000)
        configuration.label = "ledger"
        configuration.prepareDatabase { database in
            _ = ledger_sqlite_defensive(database.sqliteConnection)
            _ = ledger_sqlite_no_checkpoint_on_close(database.sqliteConnection)
            for setting in settings { try database.execute(sql: setting) }
        }
        return configuration
    }

    private static let settings = [
        "PRAGMA synchronous = FULL",
        "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA mmap_size = 0",
        "PRAGMA cache_size = -16384",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA secure_delete = ON",
        "PRAGMA trusted_schema = OFF",
    ]

    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"): "%" + [byte].lowercaseHex
            default: String(decoding: [byte], as: UTF8.self)
            }
        }.joined()
    }
}
