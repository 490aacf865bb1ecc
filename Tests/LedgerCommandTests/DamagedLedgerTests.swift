import Foundation
import LedgerTesting
import Testing

/// What is wrong with a ledger is not signed, handed out, or said to be good.
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3"), "there is no sqlite3 shell")
) struct DamagedLedgerTests {
    private func ledger(_ sql: String, checkpoint: Bool = false) throws -> LivedInLedger {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        if checkpoint { try ledger.done("checkpoint") }
        let edit = try LedgerProgram.run(
            "sqlite3", ["\(ledger.path)/ledger.db", Tampering.dropTriggers + sql], in: ledger.folder)
        try #require(edit.code == 0, "\(edit.notes)")
        return ledger
    }

    private static let change =
        "UPDATE log SET record = replace(record, 'v0.1.0', 'v0.1.1') WHERE log_index = "
        + "(SELECT max(log_index) - 2 FROM log)"

    @Test func aLogWithAChangedRecordIsNeitherSignedNorHandedOut() throws {
        let ledger = try ledger(Self.change)
        try #require(try ledger.run("verify").code == 5)

        for command in [["checkpoint"], ["export", "bundle"]] {
            let result = try LedgerProgram.run(command, in: ledger.folder)
            #expect(result.code == 5, "\(command): \(result.notes)")
            #expect(result.notes.contains("ledger verify"))
        }
        #expect(!FileManager.default.fileExists(atPath: "\(ledger.folder)/bundle"))
    }

    /// What was signed before the change is not signed again, and not handed out either.
    @Test func anOlderCheckpointDoesNotVouchForAChangedRecord() throws {
        let ledger = try ledger(Self.change, checkpoint: true)

        let result = try ledger.run("export", "bundle")

        #expect(result.code == 5 && result.notes.contains("Nothing was written"), "\(result.notes)")
        #expect(!FileManager.default.fileExists(atPath: "\(ledger.folder)/bundle"))
    }

    /// The records that are left are good by themselves; the ledger's own checkpoint is not theirs.
    @Test(arguments: [["verify"], ["verify", "--fast"]])
    func aLogThatDoesNotContinueItsOwnCheckpointIsBroken(command: [String]) throws {
        let ledger = try ledger(
            "DELETE FROM log WHERE log_index = (SELECT max(log_index) FROM log)", checkpoint: true)

        #expect(try LedgerProgram.run(command, in: ledger.folder).code == 5)
    }

    @Test func bothVerifiersHoldABundleAgainstACheckpointThatWasKept() throws {
        let ledger = try LivedInLedger()
        try ledger.keepCopy(as: "old")
        try ledger.reachTestGate()
        let kept = try ledger.run("checkpoint").output
        try kept.write(toFile: "\(ledger.folder)/kept", atomically: true, encoding: .utf8)
        try ledger.approveTestGate()
        try ledger.done("export", "good")
        try ledger.putBack("old")
        try ledger.pushTags(1...40)
        // On a machine that has kept nothing of it.
        let state = ["LEDGER_STATE": "\(ledger.folder)/elsewhere"]
        try #require(try ledger.run("export", "other", environment: state).code == 0)

        func codes(_ bundle: String, _ more: String...) throws -> [Int32] {
            [
                try LedgerProgram.run(["verify", "--bundle", bundle] + more, in: ledger.folder).code,
                try LedgerProgram.run("python3", ["\(bundle)/verify.py", bundle] + more, in: ledger.folder)
                    .code,
            ]
        }
        #expect(try codes("good", "--against", "kept") == codes("good"))
        #expect(try !codes("other").contains(5))
        #expect(try codes("other", "--against", "kept") == [5, 5])
        try "nonsense".write(toFile: "\(ledger.folder)/none", atomically: true, encoding: .utf8)
        #expect(try codes("good", "--against", "none") == [5, 5])
    }

    @Test func aCommentThatIsTooLongIsRefusedAndNothingRecorded() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let before = try ledger.json("log").count

        let result = try ledger.run(
            "gate", "approve", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob", "--comment",
            String(repeating: "a", count: 4097))

        #expect(result.code == 2 && result.notes.contains("4096 bytes"), "\(result.notes)")
        #expect(try ledger.json("log").count == before)
        try ledger.done(
            "gate", "approve", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob", "--comment",
            String(repeating: "ä", count: 2048))
        #expect(try ledger.run("verify").code == 0)
    }
}
