internal import CLedgerMigrations

/// The numbered `.sql` files of each engine, embedded, so that one binary carries everything.
///
/// Always true: a file that has shipped is never edited; a change is a new number.
public enum LedgerMigrations {
    /// One numbered step: its identifier (the file's name) and its SQL.
    public struct Step: Sendable {
        public let identifier: String
        public let sql: String
    }

    /// The steps for SQLite, in the order in which they apply.
    public static let sqlite: [Step] = [
        Step(identifier: "0001_log", sql: String(cString: ledger_sqlite_0001_log()))
    ]

    /// The steps for the views, which are not part of the ledger and can be thrown away.
    public static let sqliteViews: [Step] = [
        Step(identifier: "0001_views", sql: String(cString: ledger_sqlite_views_0001_views()))
    ]

    /// What a backup holds beside the tables of the ledger.
    public static let sqliteBackup: [Step] = [
        Step(identifier: "0001_backup", sql: String(cString: ledger_sqlite_backup_0001_backup()))
    ]

    /// What a witness remembers.
    public static let sqliteWitness: [Step] = [
        Step(identifier: "0001_witness", sql: String(cString: ledger_sqlite_witness_0001_witness()))
    ]
}
