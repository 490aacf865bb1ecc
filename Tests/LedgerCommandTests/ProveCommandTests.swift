import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

@Suite struct ProveCommandTests {
    /// A ledger with a release, and a folder elsewhere with the log's key.
    private struct Place {
        let ledger: LivedInLedger
        let elsewhere: String
        let size: Int

        init() throws {
            ledger = try LivedInLedger()
            try ledger.reachTestGate()
            elsewhere = "\(ledger.folder)-elsewhere"
            try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
            let opened = try ledger.read { try $0.record(at: LogIndex(0)) }
            let key = try #require(opened?.what["key"]?.string)
            try (key + "\n").write(toFile: "\(elsewhere)/log.vkey", atomically: true, encoding: .utf8)
            size = try ledger.read { try $0.head().size.value }
        }

        func end() { try? FileManager.default.removeItem(atPath: elsewhere) }

        /// Where there is no ledger.
        func verify(_ arguments: String...) throws -> LedgerProgram.Result {
            try LedgerProgram.run(["verify", "--log-key", "log.vkey"] + arguments, in: elsewhere)
        }

        func bytes(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(elsewhere)/\(name)")))
        }

        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(elsewhere)/\(name)"))
        }
    }

    @Test func aRecordIsProvenWhereThereIsNoLedger() throws {
        let place = try Place()
        defer { place.end() }

        for index in [0, 5, place.size - 1] {
            let (proof, record) = ("\(index).tlog-proof", "\(index).json")
            try place.ledger.done("prove", "\(index)", "--to", "\(place.elsewhere)/\(proof)")
            let raw = try place.ledger.run("show", "\(index)", "--raw").output
            try place.write(Array(raw.utf8), record)

            let result = try place.verify("--proof", proof, "--record", record)
            #expect(result.code == 0, "\(result)")
            #expect(result.output.contains("record \(index) is in the log of example.com/autocli"))
            #expect(result.output.contains("\(place.size) records"))
            // With the line end of an editor, too; but no other record.
            try place.write(Array((raw + "\n").utf8), record)
            #expect(try place.verify("--proof", proof, "--record", record).code == 0)
            try place.write(Array((raw + " ").utf8), record)
            let wrong = try place.verify("--proof", proof, "--record", record)
            #expect(wrong.code == 5 && wrong.output.contains("✗ wrong"), "\(wrong)")
        }
        let onOutput = try place.ledger.run("prove", "5")
        #expect(Array(onOutput.output.utf8) == (try place.bytes("5.tlog-proof")))
        // Where the ledger is, it can give the record.
        let key = "\(place.elsewhere)/log.vkey"
        let proof = "\(place.elsewhere)/5.tlog-proof"
        let here = try place.ledger.run("verify", "--proof", proof, "--log-key", key, "--record", "5")
        #expect(here.code == 0, "\(here)")
        let other = try place.ledger.run("verify", "--proof", proof, "--log-key", key, "--record", "4")
        #expect(other.code == 5, "\(other)")
    }

    @Test func theLogIsProvenToContinueACheckpoint() throws {
        let place = try Place()
        defer { place.end() }
        let kept = "\(place.elsewhere)/kept"
        try place.write(Array(try place.ledger.run("checkpoint").output.utf8), "kept")
        try place.ledger.approveTestGate()

        try place.ledger.done("prove", "--from", "\(place.size)", "--to", "\(place.elsewhere)/p")
        let result = try place.verify("--proof", "p", "--against", kept)

        #expect(result.code == 0 && result.output.contains("continues"), "\(result)")
        let lines = try place.ledger.run("prove", "--from", "\(place.size)").lines
        #expect(lines[0] == "old \(place.size)")
        // Another size than the checkpoint's, and the empty log, which proves nothing.
        try place.ledger.done("prove", "--from", "\(place.size - 1)", "--to", "\(place.elsewhere)/q")
        #expect(try place.verify("--proof", "q", "--against", kept).code == 5)
        try place.ledger.done("prove", "--from", "0", "--to", "\(place.elsewhere)/r")
        #expect(try place.verify("--proof", "r", "--against", kept).code == 6)
        #expect(try place.verify("--proof", "p").code == 6)
        let fault = try place.verify("--proof", "q", "--against", kept, "--output", "json")
        let json = try JSONObject(canonical: Array(fault.lines[0].utf8))
        #expect(json["fault"]?.string?.contains("begins at \(place.size - 1)") == true)
    }

    @Test func whatBothWaysOfOutputSayIsTheSame() throws {
        let place = try Place()
        defer { place.end() }
        try place.ledger.done("prove", "3", "--to", "\(place.elsewhere)/p")
        try place.write(Array(try place.ledger.run("show", "3", "--raw").output.utf8), "record")

        let made = try #require(try place.ledger.json("prove", "3").first)
        let result = try place.verify("--proof", "p", "--record", "record", "--output", "json")
        let checked = try JSONObject(canonical: Array(result.lines[0].utf8))

        #expect(made["proof"]?.string.map { Array($0.utf8) } == (try place.bytes("p")))
        #expect(checked["fault"] == .null && checked["proof"] == "inclusion")
        for name in ["index", "leaf", "origin", "root", "size"] { #expect(made[name] == checked[name]) }
    }

    @Test func aDamagedProofProvesNothing() throws {
        let place = try Place()
        defer { place.end() }
        try place.ledger.done("prove", "3", "--to", "\(place.elsewhere)/p")
        try place.write(Array(try place.ledger.run("show", "3", "--raw").output.utf8), "record")
        let proof = try place.bytes("p")

        for offset in stride(from: 0, to: proof.count, by: 41) {
            var changed = proof
            changed[offset] ^= 1
            try place.write(changed, "changed")
            let result = try place.verify("--proof", "changed", "--record", "record")
            #expect(result.code == 5, "byte \(offset): \(result)")
        }
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3"), "there is no sqlite3"))
    func aDamagedLedgerGivesNoProof() throws {
        let place = try Place()
        defer { place.end() }
        // What was signed before can still be proven, record by record.
        try place.ledger.done("checkpoint")
        let change =
            "DROP TRIGGER log_append_only_update; UPDATE log SET record = replace(record, 'owner', 'mallo') WHERE log_index = 2; UPDATE log SET record = replace(record, 'alice', 'malic') WHERE log_index = 3;"
        let edit = try LedgerProgram.run("sqlite3", [".ledger/ledger.db", change], in: place.ledger.folder)
        #expect(edit.code == 0, "\(edit)")

        let result = try place.ledger.run("prove", "3", "--to", "p")

        #expect(result.code == 5 && result.notes.contains("Nothing was written"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: "\(place.ledger.folder)/p"))
        #expect(try place.ledger.run("prove", "5").code == 0)
    }

    @Test func whatCannotBeProvenIsSaidWithItsRemedy() throws {
        let place = try Place()
        defer { place.end() }
        let ledger = place.ledger
        try ledger.done("prove", "3", "--to", "\(place.elsewhere)/p")
        let size = place.size

        for (arguments, code, words) in [
            (["prove"], 2, "name the record"), (["prove", "3", "--from", "2"], 2, "one of them"),
            (["prove", "\(size)"], 2, "the last one is \(size - 1)"),
            (["prove", "--from", "\(size + 1)"], 2, "smaller size"),
            (["prove", "3", "--to", "/proc/nowhere/p"], 1, "cannot write"),
            (["verify", "--proof", "p"], 2, "--log-key"), (["verify", "--record", "3"], 2, "--proof"),
            (["verify", "--proof", "p", "--bundle", "b"], 2, "different things"),
            (["verify", "--proof", "p", "--fast", "--log-key", "log.vkey"], 2, "whole ledgers"),
            (["verify", "--proof", "none", "--log-key", "\(place.elsewhere)/log.vkey"], 1, "cannot read"),
        ] {
            let result = try LedgerProgram.run(arguments, in: ledger.folder)
            #expect(result.code == Int32(code) && result.notes.contains(words), "\(arguments): \(result)")
        }
        for (arguments, code, words) in [
            (["--proof", "p"], 6, "ledger show 3 --raw"),
            (["--proof", "p", "--record", "x"], 1, "cannot read"),
            (["--proof", "p", "--record", "3"], 1, "no ledger here"),
            (["--proof", "p", "--record", "p", "--against", "p"], 5, "no checkpoint"),
            (["--proof", "log.vkey", "--record", "p"], 5, "no proof"),
        ] {
            let result = try LedgerProgram.run(
                ["verify", "--log-key", "log.vkey"] + arguments, in: place.elsewhere)
            #expect(result.code == Int32(code) && result.notes.contains(words), "\(arguments): \(result)")
        }
    }
}

@Suite struct VerifySinceCommandTests {
    private func kept(_ ledger: LivedInLedger) throws -> String {
        let path = "\(ledger.folder)/kept"
        try ledger.run("checkpoint").output.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func whatWasAddedIsVerifiedAndTheRestIsSaidNotToBe() throws {
        let ledger = try LivedInLedger()
        let kept = try kept(ledger)
        let size = try ledger.read { try $0.head().size.value }
        let nothing = try ledger.run("verify", "--since", kept)
        #expect(nothing.code == 6 && nothing.notes.contains("nothing was added"), "\(nothing)")
        try ledger.reachTestGate()

        let result = try ledger.run("verify", "--since", kept)

        #expect(result.code == 0, "\(result)")
        #expect(result.output.contains("older records were not read again"))
        let json = try #require(try ledger.json("verify", "--since", kept).first)
        let head = try ledger.read { try $0.head() }
        #expect(json["since"]?.integer == Int64(size) && json["size"]?.integer == Int64(head.size.value))
        #expect(json["root"]?.string == head.root.bytes.base64)
    }

    @Test func aCheckpointThatIsNotTheLogsIsRefused() throws {
        let (ledger, other) = (try LivedInLedger(), try LivedInLedger("other"))
        let kept = try kept(ledger)
        try ledger.reachTestGate()
        let text = try String(contentsOfFile: kept, encoding: .utf8)
        func since(_ text: String) throws -> LedgerProgram.Result {
            try text.write(toFile: "\(ledger.folder)/changed", atomically: true, encoding: .utf8)
            return try ledger.run("verify", "--since", "changed")
        }

        let foreign = try since(try other.run("checkpoint").output)
        #expect(foreign.code == 5 && foreign.notes.contains("another log"), "\(foreign)")
        var unsigned = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        unsigned[1] = "2"
        let changed = try since(unsigned.joined(separator: "\n"))
        #expect(changed.code == 5 && changed.notes.contains("not signed"), "\(changed)")
        #expect(try since("nonsense").code == 5)
        #expect(try ledger.run("verify", "--since", "nowhere").code == 1)
        #expect(try ledger.run("verify", "--since", kept, "--gates").code == 2)
        #expect(try ledger.run("verify", "--since", kept, "--against", kept).code == 2)
        // A checkpoint that the log's own key signed, of another history.
        let forged = try forge(
            Checkpoint(parsing: Array(unsigned[0...2].joined(separator: "\n").utf8) + [10]), ledger)
        let rewritten = try since(forged)
        #expect(rewritten.code == 5 && rewritten.output.contains("history was rewritten"), "\(rewritten)")
    }

    private func forge(_ checkpoint: Checkpoint, _ ledger: LivedInLedger) throws -> String {
        let secret = try String(contentsOfFile: "\(ledger.path)/keys/log.key", encoding: .utf8)
        let signer = try NoteSigner(privateText: secret.trimmingCharacters(in: .whitespacesAndNewlines))
        return String(decoding: try signer.sign(checkpoint).bytes, as: UTF8.self)
    }
}
