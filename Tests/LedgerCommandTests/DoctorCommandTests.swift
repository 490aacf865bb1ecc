import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite struct DoctorCommandTests {
    private func state(_ ledger: LivedInLedger, _ name: String) throws -> String? {
        let items = try ledger.json("doctor")
        let states = items.filter { $0["name"]?.string == name }.compactMap { $0["state"]?.string }
        return ["problem", "warning", "ok"].first { states.contains($0) }
    }

    @Test func aNewLedgerHasNoProblem() throws {
        let ledger = try LivedInLedger()

        let result = try ledger.run("doctor")

        #expect(result.code == 0, "\(result.output)")
        for part in ["SQLite", "durability", "ssh-keygen", "permissions", "clock", "disk", "log key"] {
            #expect(result.output.contains(part), "\(part)")
        }
        #expect(result.lines.allSatisfy { $0.count <= 100 || $0.contains("/") })
    }

    @Test func aKeyThatOthersCanReadIsAProblem() throws {
        let ledger = try LivedInLedger()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640], ofItemAtPath: "\(ledger.path)/keys/log.key")

        let result = try ledger.run("doctor")

        #expect(result.code == 1)
        #expect(result.output.contains("chmod 600"))
        #expect(try state(ledger, "permissions") == "problem")
    }

    @Test func aFolderThatOthersCanWriteIsAProblem() throws {
        let ledger = try LivedInLedger()

        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: ledger.path)

        #expect(try state(ledger, "permissions") == "problem")
    }

    @Test func theKeyOfAnotherLogIsAProblemAndNoSecretIsShown() throws {
        let (ledger, other) = (try LivedInLedger(), try LivedInLedger("other"))
        let key = "\(ledger.path)/keys/log.key"
        let secret = try String(contentsOfFile: key, encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines)
        for arguments in [["doctor"], ["doctor", "--output", "json"]] {
            let result = try LedgerProgram.run(arguments, in: ledger.folder)
            #expect(!result.output.contains(secret.suffix(20)) && !result.notes.contains(secret.suffix(20)))
        }

        try Data(contentsOf: URL(fileURLWithPath: "\(other.path)/keys/log.key"))
            .write(to: URL(fileURLWithPath: key))

        #expect(try state(ledger, "log key") == "problem")
        try Data("no key".utf8).write(to: URL(fileURLWithPath: key))
        #expect(try state(ledger, "log key") == "problem")
        try FileManager.default.removeItem(atPath: key)
        #expect(try state(ledger, "log key") == "warning")
    }

    @Test(arguments: [(60, "warning"), (3600, "problem")])
    func aClockBehindTheLastRecordIsSaid(seconds: Int, expected: String) throws {
        let ledger = try LivedInLedger()
        let ahead = Timestamp(
            microsecondsSince1970: Int64(Date().timeIntervalSince1970 + Double(seconds)) * 1_000_000)
        let log = try SQLiteLog.open(at: "\(ledger.path)/ledger.db", clock: .fixed(ahead))

        _ = try log.write { try WorldWriter($0, people: World()).pushTag(ledger.release, tagger: "alice") }

        #expect(try state(ledger, "clock") == expected)
    }

    @Test func leftoversOfInterruptedRunsAreNamed() throws {
        let ledger = try LivedInLedger()
        #expect(try state(ledger, "leftovers") == "ok")

        for name in ["views.db.new-999999999", "evidence/sha256/00.tmp"] {
            let file = URL(fileURLWithPath: "\(ledger.path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }

        #expect(try state(ledger, "leftovers") == "warning")
    }

    @Test func aDamagedLedgerIsAProblemAndNotACrash() throws {
        let ledger = try LivedInLedger()

        try Data("no database".utf8).write(to: URL(fileURLWithPath: "\(ledger.path)/ledger.db"))

        #expect(try ledger.run("doctor").code == 1)
        #expect(try state(ledger, "ledger.db") == "problem")
    }

    @Test func withoutALedgerTheMachineIsLookedAt() throws {
        let result = try LedgerProgram.run(["doctor"], in: "/")

        #expect(result.code == 0, "\(result.output)")
        #expect(result.output.contains("ssh-keygen"))
        #expect(try LedgerProgram.run(["doctor", "--ledger", "/nowhere"], in: "/").code == 1)
    }

    @Test func aProgramThatIsMissingIsSaid() throws {
        let ledger = try LivedInLedger()

        let result = try ledger.run("doctor", environment: ["PATH": "/nowhere"])

        #expect(result.code == 1)
        #expect(result.output.contains("openssh-client"))
    }
}
