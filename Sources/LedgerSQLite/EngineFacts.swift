internal import GRDB

/// What `ledger doctor` says of the SQLite underneath.
public struct EngineFacts: Hashable, Sendable {
    /// The library's own version, `3.40.1`.
    public let version: String
    public let journalMode: String
    public let synchronous: String
    public let pageByteCount: Int
    public let pageCount: Int
    public let formatVersion: Int

    /// Before 3.51.3 a write and a checkpoint at the same moment can damage the file
    /// (https://sqlite.org/wal.html#walresetbug). Ours never meet: both take the ledger's lock. Programs that
    /// do not know the lock must not write to the file.
    public let hasWALResetFault: Bool

    init(_ database: Database) throws {
        version = try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "unknown"
        journalMode = try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "unknown"
        let level = try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1
        synchronous = level < 0 || level > 3 ? "unknown" : ["off", "normal", "full", "extra"][level]
        pageByteCount = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        pageCount = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        formatVersion = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        hasWALResetFault = Self.isBefore(version, [3, 51, 3])
    }

    static func isBefore(_ version: String, _ limit: [Int]) -> Bool {
        version.split(separator: ".").map { Int($0) ?? 0 }.lexicographicallyPrecedes(limit)
    }
}
