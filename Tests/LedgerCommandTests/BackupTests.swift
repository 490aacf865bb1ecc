import Foundation
import GRDB
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// A backup is the ledger as it was at one moment, or there is none.
@Suite struct BackupTests {
    private func lived() throws -> LivedInLedger {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.keepLargeEvidence()
        return ledger
    }

    @Test func whatIsRestoredIsWhatWasBackedUp() throws {
        let ledger = try lived()
        try ledger.done("checkpoint")
        try ledger.done("backup", "copy.ledger")
        try ledger.done("restore", "copy.ledger", "--ledger", "other")

        #expect(try ledger.run("verify", "--ledger", "other").code == 0)
        try ledger.done("export", "one")
        try ledger.done("export", "two", "--ledger", "other")
        #expect(try ledger.isSame("one", "two"))
        #expect(try ledger.isSame(".ledger/evidence", "other/evidence"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(ledger.folder)/copy.ledger")
        #expect(mode[.posixPermissions] as? Int == 0o600)
        #expect(try ledger.run("restore", "copy.ledger", "--ledger", "other").code == 2)
    }

    @Test func noPrivateKeyIsInABackup() throws {
        let ledger = try lived()
        try ledger.done("backup", "copy.ledger")
        try ledger.done("restore", "copy.ledger", "--ledger", "other")

        let key = try Data(contentsOf: URL(fileURLWithPath: "\(ledger.path)/keys/log.key"))
        let backup = try Data(contentsOf: URL(fileURLWithPath: "\(ledger.folder)/copy.ledger"))
        let secret = try #require(String(decoding: key, as: UTF8.self).split(separator: "+").last)
        #expect(backup.range(of: Data(secret.utf8.dropLast(1))) == nil)
        #expect(try ledger.names(in: "other/keys") == [])
        let refused = try ledger.run("checkpoint", "--ledger", "other")
        #expect(refused.code == 1 && refused.notes.contains("log.key"), "\(refused.notes)")
        // Records can be added all the same.
        try ledger.done(
            "release", "yank", "v0.1.0", "--reason", "x", "--as", "alice", "--key", "alice", "--ledger",
            "other")
    }

    @Test func aFileThatIsThereIsKeptUnlessItIsToldOtherwise() throws {
        let ledger = try lived()
        let path = "\(ledger.folder)/copy.ledger"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))

        let refused = try ledger.run("backup", "copy.ledger")
        #expect(refused.code == 2 && refused.notes.contains("--replace"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
        let nowhere = try ledger.run("backup", "nobody/../../x/y.ledger")
        #expect(nowhere.code == 1 && nowhere.notes.contains("there is no folder"), "\(nowhere.notes)")
        try ledger.done("backup", "b")
        try ledger.done("export", "e")
        try ledger.done("restore", "b", "--ledger", "l")
        #expect(try ledger.run("backup", ".ledger", "--replace").code == 2)
        try ledger.done("backup", "copy.ledger", "--replace")
        try ledger.done("restore", "./sub/../copy.ledger", "--ledger", "sub/../other")
        #expect(try ledger.names().filter { $0.contains(".new-") } == [])
    }

    @Test func aBackupIsNoLedgerAndALedgerNoBackup() throws {
        let ledger = try lived()
        try ledger.done("backup", "copy.ledger")
        try FileManager.default.createDirectory(
            atPath: "\(ledger.folder)/fake", withIntermediateDirectories: false)
        try FileManager.default.copyItem(
            atPath: "\(ledger.folder)/copy.ledger", toPath: "\(ledger.folder)/fake/ledger.db")
        try Data("project: autocli\n".utf8).write(
            to: URL(fileURLWithPath: "\(ledger.folder)/fake/config.yml"))

        let asLedger = try ledger.run("verify", "--ledger", "fake")
        #expect(asLedger.code == 1 && asLedger.notes.contains("ledger restore"), "\(asLedger.notes)")
        for file in [".ledger/ledger.db", "alice.pub", "nothing"] {
            let asBackup = try ledger.run("restore", file, "--ledger", "other")
            #expect(asBackup.code == 1, "\(file): \(asBackup.notes)")
        }
        #expect(try !ledger.names().contains { $0.hasPrefix("other") })
    }

    @Test func aBrokenLedgerIsNotBackedUp() throws {
        let ledger = try lived()
        let database = try DatabaseQueue(path: "\(ledger.path)/ledger.db")
        try database.write { database in
            try database.execute(sql: "DROP TRIGGER log_append_only_update")
            try database.execute(
                sql: "UPDATE log SET record = replace(record, 'alice', 'mallo') WHERE log_index = 2")
        }
        try database.close()

        let refused = try ledger.run("backup", "copy.ledger")

        #expect(refused.code == 5 && refused.notes.contains("No backup was written"), "\(refused.notes)")
        #expect(try !ledger.names().contains { $0.hasPrefix("copy.ledger") })
    }

    @Test func missingEvidenceIsSaidAndTheRestIsKept() throws {
        let ledger = try lived()
        let folder = "\(ledger.path)/evidence/sha256"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().first)
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")

        let backup = try ledger.run("backup", "copy.ledger")
        let restore = try ledger.run("restore", "copy.ledger", "--ledger", "other")

        #expect(backup.code == 1 && backup.notes.contains("lacks 1 piece of evidence"), "\(backup.notes)")
        #expect(restore.code == 1 && restore.notes.contains("lacks 1 piece of evidence"), "\(restore.notes)")
        #expect(try ledger.run("verify", "--ledger", "other").code == 1)
    }

    /// An edit of a backup, in SQL.
    static let damages = [
        "UPDATE log SET record = replace(record, 'alice', 'mallo') WHERE log_index = 2",
        "DELETE FROM log WHERE log_index = (SELECT max(log_index) FROM log)",
        "DELETE FROM log WHERE log_index = 3", "DELETE FROM log",
        "UPDATE note SET note = replace(note, 'example', 'exbmple')",
        "UPDATE evidence SET content = CAST(content || 'x' AS BLOB)",
        "UPDATE backup_part SET content = zeroblob(length(content)) WHERE part = 1",
        "UPDATE backup_part SET part = 9 WHERE part = 0 AND evidence_id = 1",
        "UPDATE backup_evidence SET salt = zeroblob(16) WHERE salt IS NOT NULL",
        "UPDATE identity SET origin = '../x'", "UPDATE identity SET origin = 'example.com/other'",
        "DROP TABLE evidence", "DROP TABLE backup_part", "PRAGMA user_version = 99",
        "UPDATE log SET record = CAST(x'fffe' AS TEXT) WHERE log_index = 1",
    ]

    @Test func aDamagedBackupIsRefused() throws {
        let ledger = try lived()
        try ledger.done("checkpoint")
        try ledger.done("backup", "good.ledger")
        for damage in Self.damages {
            let path = "\(ledger.folder)/copy.ledger"
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: "\(ledger.folder)/good.ledger", toPath: path)
            try edit(path, damage)

            let refused = try ledger.run("restore", "copy.ledger", "--ledger", "other")

            #expect(
                [1, 5, 6].contains(refused.code) && !refused.notes.isEmpty,
                "\(damage): \(refused.code): \(refused.notes)")
            #expect(try !ledger.names().contains { $0.hasPrefix("other") }, "\(damage)")
        }
    }

    private func edit(_ path: String, _ sql: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { database in
            let triggers = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: sql)
        }
        try database.close()
    }

    @Test func aCutBackupIsRefused() throws {
        let ledger = try lived()
        try ledger.done("backup", "copy.ledger")
        let path = "\(ledger.folder)/copy.ledger"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for byteCount in [0, 100, 4096, 40_000, whole.count / 2, whole.count - 8192] {
            try whole.prefix(byteCount).write(to: URL(fileURLWithPath: path))

            let refused = try ledger.run("restore", "copy.ledger", "--ledger", "other")

            #expect([1, 5].contains(refused.code), "\(byteCount): \(refused.code): \(refused.notes)")
            #expect(try !ledger.names().contains { $0.hasPrefix("other") }, "\(byteCount)")
        }
    }

    @Test func aBackupWhileFourProcessesAppendIsOneMoment() throws {
        let ledger = try lived()
        let before = try ledger.read { try $0.head().size.value }
        let script = """
            for number in $(seq 8); do
              "$0" release start "v$1.$number.0" --repo repo --as alice --key alice || exit 1
            done
            """
        try LedgerProgram.run(
            "sh",
            [
                "-c",
                """
                git init -q repo && cd repo && git -c user.name=C -c user.email=c@example.org \
                  commit -q --allow-empty -m x && for a in 1 2 3 4; do for n in $(seq 8); do git tag v$a.$n.0; done; done
                """,
            ], in: ledger.folder)
        let writers = try (1...4).map {
            try LedgerProgram.start(
                "sh", arguments: ["-c", script, LedgerProgram.path, "\($0)"], in: ledger.folder)
        }

        var sizes: [Int] = []
        while writers.contains(where: { $0.process.isRunning }) {
            let name = "copy-\(sizes.count)"
            let backup = try ledger.run("backup", name, "--output", "json")
            #expect(backup.code == 0, "\(backup.notes)")
            let json = try JSONObject(canonical: Array(backup.output.utf8.dropLast()))
            sizes.append(Int(json["size"]?.integer ?? -1))
            let restored = try ledger.run("restore", name, "--ledger", "from-\(name)")
            #expect(restored.code == 0, "\(restored.notes)")
        }

        let codes = writers.map { $0.result() }
        #expect(codes.allSatisfy { $0.code == 0 }, "\(codes.map(\.notes))")
        #expect(sizes.count > 1 && sizes == sizes.sorted() && sizes[0] >= before, "\(sizes)")
        #expect(try ledger.read { try $0.head().size.value } == before + 32)
        #expect(try ledger.run("verify").code == 0)
    }

    @Test func theLedgerThatIsReplacedIsKeptAside() throws {
        let ledger = try lived()
        try ledger.done("backup", "copy.ledger")
        try ledger.done("release", "yank", "v0.1.0", "--reason", "x", "--as", "alice", "--key", "alice")

        let refused = try ledger.run("restore", "copy.ledger")
        #expect(refused.code == 2 && refused.notes.contains("--replace"))
        try ledger.done("restore", "copy.ledger", "--replace")

        let aside = try #require(try ledger.names(in: ".").first { $0.hasPrefix(".ledger.aside-") })
        let (kept, now) = try (
            ledger.json("log", "--limit", "1000", "--ledger", aside), ledger.json("log", "--limit", "1000")
        )
        #expect(kept.count == now.count + 1)
        // The key of the ledger that was replaced is this log's.
        try ledger.done("checkpoint")
    }
}
