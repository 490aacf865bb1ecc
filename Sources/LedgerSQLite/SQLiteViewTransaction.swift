internal import Foundation
internal import GRDB
internal import LedgerEvents
internal import LedgerProof

/// One transaction on `views.db`, reading or writing. Good only inside the closure that was given it.
final class SQLiteViewTransaction: ViewWriter {
    private let database: Database

    init(_ database: Database) { self.database = database }

    // MARK: Reading

    func cursor(of projection: String) throws -> ViewCursor? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT version, tree_size, last_leaf FROM cursor WHERE projection = ?"),
            arguments: [projection])
        guard let row else { return nil }
        guard let version: Int = row[0], let size: Int = row[1], size >= 0, let bytes: Data = row[2],
            let leaf = Hash(bytes: bytes)
        else { throw ViewFault(.unusable, "the cursor of '\(projection)' cannot be read") }
        return ViewCursor(version: version, size: TreeSize(size), lastLeaf: leaf)
    }

    func state(of projection: String) throws -> [UInt8]? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT state FROM fact WHERE projection = ?"),
            arguments: [projection]
        ).map { try Self.bytes($0, 0) }
    }

    func release(_ stream: StreamName) throws -> ReleaseRow? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT stream, is_over, last_index, state FROM release WHERE stream = ?"),
            arguments: [stream.text]
        ).map { try Self.release($0) }
    }

    func releases(_ body: (ReleaseRow) throws -> Void) throws {
        // SQLite compares text by its bytes: the order that the seam asks for.
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT stream, is_over, last_index, state FROM release ORDER BY stream"))
        while let row = try rows.next() { try body(try Self.release(row)) }
    }

    func releases(_ choice: ReleaseChoice, limit: Int) throws -> [ReleaseRow] {
        let (condition, argument) = Self.condition(choice)
        return try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT stream, is_over, last_index, state
                    FROM release
                    WHERE \(condition)
                    ORDER BY last_index DESC
                    LIMIT ?
                    """), arguments: [argument, limit]
        ).map { try Self.release($0) }
    }

    func count(_ choice: ReleaseChoice) throws -> Int {
        let (condition, argument) = Self.condition(choice)
        return try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM release WHERE \(condition)"),
            arguments: [argument]) ?? 0
    }

    func signatures() throws -> [RememberedSignature] {
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT statement, signature, fingerprint FROM signature"))
        return try rows.map { row in
            guard let one: Data = row[0], let other: Data = row[1], let fingerprint: String = row[2],
                let statement = Hash(bytes: one), let signature = Hash(bytes: other)
            else { throw ViewFault(.unusable, "a signature cannot be read") }
            return RememberedSignature(
                statement: statement, signature: signature, fingerprint: fingerprint)
        }
    }

    private static func condition(_ choice: ReleaseChoice) -> (String, DatabaseValue) {
        switch choice {
        case .open: ("is_over = ?", 0.databaseValue)
        case .over: ("is_over = ?", 1.databaseValue)
        case .tagged(let tag): ("tag = ?", tag.databaseValue)
        }
    }

    private static func release(_ row: Row) throws -> ReleaseRow {
        guard let name: String = row[0], let stream = StreamName(name), stream.isRelease,
            let last: Int = row[2], last >= 0
        else { throw ViewFault(.unusable, "a row of the releases cannot be read") }
        return ReleaseRow(
            stream: stream, isOver: (row[1] as Int) == 1, last: LogIndex(last), state: try bytes(row, 3))
    }

    /// Bytes, not a `String`: what was edited may not be UTF-8.
    private static func bytes(_ row: Row, _ column: Int) throws -> [UInt8] {
        guard let bytes = try row.withUnsafeData(atIndex: column, { $0.map { [UInt8]($0) } }) else {
            throw ViewFault(.unusable, "a state cannot be read")
        }
        return bytes
    }

    // MARK: Writing

    func put(_ cursor: ViewCursor, of projection: String) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO cursor (projection, version, tree_size, last_leaf)
                VALUES (?, ?, ?, ?)
                ON CONFLICT (projection) DO UPDATE
                SET version = excluded.version, tree_size = excluded.tree_size, last_leaf = excluded.last_leaf
                """
        ).execute(arguments: [
            projection, cursor.version, cursor.size.value, Data(cursor.lastLeaf.bytes),
        ])
    }

    func put(state: [UInt8], of projection: String) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO fact (projection, state)
                VALUES (?, ?)
                ON CONFLICT (projection) DO UPDATE
                SET state = excluded.state
                """
        ).execute(arguments: [projection, String(decoding: state, as: UTF8.self)])
    }

    func put(_ release: ReleaseRow) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO release (stream, project, tag, is_over, last_index, state)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (stream) DO UPDATE
                SET is_over = excluded.is_over, last_index = excluded.last_index, state = excluded.state
                """
        ).execute(arguments: [
            release.stream.text, release.project, release.tag, release.isOver, release.last.value,
            String(decoding: release.state, as: UTF8.self),
        ])
    }

    func put(_ signature: RememberedSignature) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO signature (statement, signature, fingerprint)
                VALUES (?, ?, ?)
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            Data(signature.statement.bytes), Data(signature.signature.bytes), signature.fingerprint,
        ])
    }
}
