import Foundation
import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

@testable import LedgerSQLite

@Suite struct SchemaTests {
    let folder: TemporaryFolder
    let log: SQLiteLog

    init() throws {
        folder = try TemporaryFolder()
        log = try SQLiteLog.create(
            at: folder.database, origin: ConformanceRule.origin, clock: .fixed(RandomOperations.start))
        try log.write { writer in
            for number in 0..<5 { _ = try writer.append(.numbered(number), expecting: .any) }
            try writer.keep(note: "note", size: TreeSize(3))
            let plain = StoredEvidence(content: [1])
            let salted = StoredEvidence(salt: [UInt8](repeating: 1, count: 16), content: [2])
            try writer.keep(plain, digest: plain.digest)
            try writer.keep(salted, digest: salted.digest)
        }
    }

    static let attacks = [
        "UPDATE log SET record = 'x' WHERE log_index = 2", "UPDATE log SET record = record",
        "UPDATE log SET log_index = 9 WHERE log_index = 4",
        "UPDATE OR REPLACE log SET log_index = 1 WHERE log_index = 2",
        "UPDATE OR IGNORE log SET record = 'x' WHERE log_index = 4", "DELETE FROM log",
        "DELETE FROM log WHERE log_index = 4",
        "INSERT OR REPLACE INTO log VALUES (2, 'x')", "INSERT OR REPLACE INTO log VALUES (4, 'x')",
        "REPLACE INTO log VALUES (0, 'x')", "INSERT OR IGNORE INTO log VALUES (4, 'x')",
        "INSERT INTO log VALUES (6, 'a gap')", "INSERT INTO log VALUES (-1, 'x')",
        "INSERT INTO log (record) VALUES ('x')",
        "INSERT INTO log VALUES (4, 'x') ON CONFLICT (log_index) DO UPDATE SET record = excluded.record",
        "INSERT INTO log VALUES (4, 'x') ON CONFLICT DO NOTHING",
        "INSERT INTO log SELECT log_index, 'x' FROM log",
        "PRAGMA recursive_triggers = OFF; INSERT OR REPLACE INTO log VALUES (2, 'x')",
        "PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO log VALUES (2, 'x')",
        "UPDATE identity SET origin = 'x'", "DELETE FROM identity",
        "INSERT OR REPLACE INTO identity VALUES (0, 'x')",
        "UPDATE note SET note = 'x'", "DELETE FROM note", "INSERT OR REPLACE INTO note VALUES (0, 1, 'x')",
        "UPDATE evidence SET content = x'00'", "DELETE FROM evidence WHERE salt IS NULL",
        "DELETE FROM evidence",
        "INSERT OR REPLACE INTO evidence SELECT digest, salt, x'00' FROM evidence",
    ]

    @Test(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"), arguments: attacks)
    func theStockShellCannotChangeWhatIsTrue(attack: String) throws {
        let before = try SQLiteShell.run(Self.truth, on: folder.database).text

        let result = try SQLiteShell.run(attack, on: folder.database)

        #expect(!result.isSuccess, "\(result.text)")
        #expect(try SQLiteShell.run(Self.truth, on: folder.database).text == before)
        #expect(try LogVerifier.verify(log, depth: .full).goodSize != nil, "not good")
    }

    private static let truth = """
        SELECT * FROM log; SELECT * FROM identity; SELECT * FROM note;
        SELECT hex(digest), hex(salt), hex(content) FROM evidence;
        """

    @Test(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"))
    func theShellCanAddALineButVerifyFindsIt() throws {
        #expect(try SQLiteShell.run("INSERT INTO log VALUES (5, 'x')", on: folder.database).isSuccess)

        let verdict = try LogVerifier.verify(log, depth: .full)

        let fault = try #require(verdict.fault, "\(verdict)")
        #expect(fault.index == LogIndex(5) && fault.cause == .inserted)
        let error = #expect(throws: LogError.self) {
            try log.write { try $0.append(.numbered(9), expecting: .any) }
        }
        #expect(error?.code == .broken)
    }

    private static let statements = HotSQL.allCases.map(\.sql) + OrdinarySQL.allCases.map(\.rawValue)

    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: statements.filter {
            !["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].contains(where: $0.hasPrefix)
        })
    func everyStatementSearchesByKey(sql: String) throws {
        let plan = try SQLiteShell.run("EXPLAIN QUERY PLAN \(sql)", on: folder.database).text

        // Only these walk a table, and stop after their first row.
        let walks = sql.hasSuffix("DESC LIMIT 1")
        #expect(walks || !plan.contains("SCAN "), "\(plan)")
        let sorts = [OrdinarySQL.streams, .notes].map(\.rawValue).contains(sql)
        #expect(sorts || !plan.contains("TEMP B-TREE"), "\(plan)")
    }

    @Test func theFileIsSetUpAsTheDesignSays() throws {
        let facts = try log.engineFacts()

        #expect(facts.journalMode == "wal")
        #expect(facts.synchronous == "full")
        #expect(facts.pageByteCount == 8192)
        #expect(facts.formatVersion == 1)
    }

    @Test(arguments: [
        ("3.40.1", true), ("3.51.2", true), ("3.51.3", false), ("3.52.0", false), ("4.0.0", false),
    ])
    func theWALResetFaultIsKnownByVersion(version: String, hasFault: Bool) {
        #expect(EngineFacts.isBefore(version, [3, 51, 3]) == hasFault)
    }
}
