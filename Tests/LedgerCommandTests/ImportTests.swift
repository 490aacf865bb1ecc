import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// A ledger that was made from a bundle is the one that the bundle was made from.
@Suite struct ImportTests {
    private func exported() throws -> LivedInLedger {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.keepLargeEvidence()
        try ledger.done("export", "bundle")
        return ledger
    }

    @Test func anImportedLedgerGivesTheSameBundle() throws {
        let ledger = try exported()

        let imported = try ledger.run(
            "import", "bundle", "--ledger", "copy", "--log-key", "bundle/log.vkey")

        #expect(imported.code == 0 && imported.notes.contains("copy to look at"), "\(imported.notes)")
        #expect(try ledger.run("verify", "--ledger", "copy").code == 0)
        try ledger.done("export", "again", "--ledger", "copy")
        #expect(try ledger.isSame("bundle", "again"))
        #expect(try ledger.isSame(".ledger/evidence", "copy/evidence"))
        #expect(try ledger.json("status") == ledger.json("status", "--ledger", "copy"))
        for folder in [".ledger", "copy"] { try ledger.done("tiles", "tiles-\(folder)", "--ledger", folder) }
        #expect(try ledger.isSame("tiles-.ledger", "tiles-copy"))
        #expect(try ledger.run("prove", "3").output == ledger.run("prove", "3", "--ledger", "copy").output)
        #expect(try ledger.run("import", "bundle", "--ledger", "copy").code == 2)
    }

    @Test func nothingIsAppendedToACopy() throws {
        let ledger = try exported()
        try ledger.done("import", "bundle", "--ledger", "copy")

        let refused = try ledger.run(
            "gate", "approve", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob", "--ledger", "copy")

        #expect(refused.code == 2 && refused.notes.contains("--log-key-file"), "\(refused.notes)")
        #expect(try ledger.run("run", "--ledger", "copy").code == 2)
    }

    @Test func withItsKeyALogGoesOn() throws {
        let ledger = try exported()
        try ledger.done("import", "bundle", "--ledger", "copy", "--log-key-file", ".ledger/keys/log.key")

        try ledger.done(
            "release", "yank", "v0.1.0", "--reason", "x", "--as", "alice", "--key", "alice", "--ledger",
            "copy")
        try ledger.done("checkpoint", "--ledger", "copy")
        #expect(try ledger.run("verify", "--ledger", "copy").code == 0)
    }

    @Test func anotherLogsKeyIsRefused() throws {
        let (ledger, other) = (try exported(), try LivedInLedger("other"))
        try FileManager.default.copyItem(
            atPath: "\(other.path)/keys/log.key", toPath: "\(ledger.folder)/other.key")

        let refused = try ledger.run(
            "import", "bundle", "--ledger", "copy", "--log-key-file", "other.key")

        #expect(refused.code == 2 && refused.notes.contains("not the log's"), "\(refused.notes)")
        #expect(try !ledger.names().contains { $0.hasPrefix("copy") })
    }

    @Test func aBundleOfOneReleaseLacksRecords() throws {
        let ledger = try exported()
        try ledger.done("export", "one", "--release", "v0.1.0")

        let refused = try ledger.run("import", "one", "--ledger", "copy")

        #expect(refused.code == 2 && refused.notes.contains("bundle of the whole log"), "\(refused.notes)")
        #expect(try !ledger.names().contains { $0.hasPrefix("copy") })
    }

    /// Damages a bundle, as a shell command in its folder.
    static let damages = [
        "sed -i '3s/alice/mallo/' records.jsonl", "sed -i '$d' records.jsonl", "sed -i '4d' records.jsonl",
        "printf x >> records.jsonl", ": > records.jsonl", "rm records.jsonl", "rm checkpoint",
        "sed -i 's/^[0-9][0-9]*$/3/' checkpoint", "rm MANIFEST.json",
        "sed -i 's/\"evidence\":\\[\"/&..\\/x\",\"/' MANIFEST.json",
        "rm evidence/sha256/$(ls -S evidence/sha256 | head -1)",
        "printf x >> evidence/sha256/$(ls -S evidence/sha256 | head -1)",
        "rm evidence/sha256/*.salt", "rm -r evidence",
        "f=$(ls evidence/sha256 | head -1); mv evidence/sha256/$f ..; ln -s ../../../$f evidence/sha256/$f",
    ]

    @Test func aDamagedBundleIsRefused() throws {
        let ledger = try exported()
        for (number, damage) in Self.damages.enumerated() {
            let bundle = "\(ledger.folder)/bundle-\(number)"
            try FileManager.default.copyItem(atPath: "\(ledger.folder)/bundle", toPath: bundle)
            let edit = try LedgerProgram.run("sh", ["-c", damage], in: bundle)
            #expect(edit.code == 0, "\(damage): \(edit.notes)")

            let refused = try ledger.run("import", "bundle-\(number)", "--ledger", "copy")

            #expect(
                [1, 5].contains(refused.code) && !refused.notes.isEmpty,
                "\(damage): \(refused.code): \(refused.notes)")
            #expect(try !ledger.names().contains { $0.hasPrefix("copy") }, "\(damage)")
        }
    }
}
