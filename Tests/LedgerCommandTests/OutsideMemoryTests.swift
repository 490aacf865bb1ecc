import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// What a checkpoint outside of the ledger knows, the ledger cannot forget.
@Suite struct OutsideMemoryTests {
    /// A ledger whose last records are gone: an old copy was put back.
    private func shortened() throws -> LivedInLedger {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.done("backup", "old.ledger")
        try ledger.keepCopy(as: "old")
        try ledger.done("release", "yank", "v0.1.0", "--reason", "x", "--as", "alice", "--key", "alice")
        try ledger.done("checkpoint")
        try ledger.putBack("old")
        return ledger
    }

    private func add(to ledger: LivedInLedger, _ name: String = "dora") throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name], in: ledger.folder)
        return try ledger.run(
            "person", "enroll", name, "--public-key", "\(name).pub", "--as", "alice", "--key", "alice")
    }

    @Test func aLedgerThatLostItsEndIsNotAppendedTo() throws {
        let ledger = try shortened()
        let size = try ledger.read { try $0.head().size.value }

        let refused = try add(to: ledger)

        #expect(refused.code == 5, "\(refused.notes)")
        #expect(refused.notes.contains("the last 1 record is missing here"), "\(refused.notes)")
        #expect(refused.notes.contains("ledger restore --acknowledge"))
        #expect(try ledger.run("run").code == 5)
        #expect(try ledger.run("checkpoint").code == 5)
        #expect(try ledger.run("export", "bundle").code == 5)
        #expect(try ledger.read { try $0.head().size.value } == size)
        let verified = try ledger.run("verify")
        #expect(verified.code == 5 && verified.output.contains("missing here"), "\(verified.output)")
        let doctor = try ledger.run("doctor")
        #expect(doctor.code == 1 && doctor.output.contains("missing here"), "\(doctor.output)")
        // Looking goes on.
        #expect(try ledger.run("log").code == 0)
    }

    @Test func afterItIsRecordedTheLogGoesOnUnderANewName() throws {
        let ledger = try shortened()
        let size = try ledger.read { try $0.head().size.value }

        let recorded = try ledger.run(
            "restore", "--acknowledge", "--reason", "the disk died", "--as", "alice", "--key", "alice")

        #expect(recorded.code == 0, "\(recorded.notes)")
        #expect(recorded.output.contains("records \(size) to \(size) of the old history are lost"))
        #expect(try add(to: ledger).code == 0)
        let record = try #require(try ledger.json("show", "\(size)").first)
        let what = try #require(record["record"]?.object?["what"]?.object ?? record["what"]?.object)
        #expect(what["lost"] == [.integer(Int64(size)), .integer(Int64(size))])
        #expect(what["reason"] == "the disk died")
        let origin = try #require(what["origin"]?.string)
        #expect(origin.hasPrefix("example.com/autocli.restored-"))
        let checkpoint = try ledger.run("checkpoint")
        #expect(checkpoint.output.hasPrefix("\(origin)\n\(size + 3)\n"), "\(checkpoint.output)")
        #expect(try ledger.run("verify").code == 0)
        try ledger.done("export", "bundle")
        #expect(try ledger.run("verify", "--bundle", "bundle").code != 5)
        let stranger = try LedgerProgram.run("python3", ["bundle/verify.py", "bundle"], in: ledger.folder)
        #expect(stranger.code != 5, "\(stranger.output)\(stranger.notes)")
        // Once: there is nothing left to record as lost.
        let again = try ledger.run("restore", "--acknowledge", "--as", "alice", "--key", "alice")
        #expect(
            again.code == 0 && again.output.contains("nothing was recorded"), "\(again.output)\(again.notes)")
    }

    @Test func anotherHistoryIsNotAppendedTo() throws {
        let ledger = try shortened()
        // Written before anything was kept that knew better.
        for name in ["dora", "erin"] {
            #expect(try addUnseen(to: ledger, name).code == 0)
        }

        let refused = try add(to: ledger, "frank")

        #expect(refused.code == 5 && refused.notes.contains("not the ledger that it was"), "\(refused.notes)")
        try ledger.done("restore", "--acknowledge", "--as", "alice", "--key", "alice")
        #expect(try add(to: ledger, "gina").code == 0)
        #expect(try ledger.run("verify").code == 0)
    }

    /// As on a machine that has kept nothing.
    private func addUnseen(to ledger: LivedInLedger, _ name: String) throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name], in: ledger.folder)
        return try ledger.run(
            "person", "enroll", name, "--public-key", "\(name).pub", "--as", "alice", "--key", "alice",
            environment: ["LEDGER_STATE": "\(ledger.folder)/elsewhere"])
    }

    @Test func aBackupThatLacksRecordsIsSaidAtOnce() throws {
        let ledger = try shortened()

        let restored = try ledger.run(
            "restore", "old.ledger", "--replace", "--as", "alice", "--key", "alice")

        #expect(restored.code == 0, "\(restored.notes)")
        #expect(restored.notes.contains("missing here"), "\(restored.notes)")
        #expect(restored.output.contains("are lost"), "\(restored.output)")
        #expect(try add(to: ledger).code == 0)
    }

    @Test func aCheckpointKeptByHandTellsToo() throws {
        let ledger = try LivedInLedger()
        try ledger.keepCopy(as: "old")
        #expect(try add(to: ledger).code == 0)
        let kept = try ledger.run("checkpoint", "--to", ".", environment: ["LEDGER_STATE": "/nonexistent/x"])
        try ledger.putBack("old")
        try Data("checkpoints: none\nproject: autocli\n".utf8)
            .write(to: URL(fileURLWithPath: "\(ledger.path)/config.yml"))
        let name = try #require(try ledger.names().first { $0.hasSuffix(".checkpoint") })

        #expect(kept.code == 0, "\(kept.notes)")
        let recorded = try ledger.run(
            "restore", "--acknowledge", "--against", name, "--as", "alice", "--key", "alice")

        #expect(recorded.code == 0 && recorded.output.contains("are lost"), "\(recorded.notes)")
    }

    @Test func thatNothingWasLostCanBeRecorded() throws {
        let ledger = try LivedInLedger()
        try ledger.done("checkpoint")
        let size = try ledger.read { try $0.head().size.value }

        try ledger.done(
            "restore", "--acknowledge", "--reason", "from the backup of Monday", "--as", "alice", "--key",
            "alice")

        let record = try ledger.read { try #require(try $0.record(at: LogIndex(size))) }
        #expect(record.type.text == "ledger.restored" && record.what["lost"] == .null)
        #expect(record.what["key"] == nil)
        #expect(try ledger.run("checkpoint").output.hasPrefix("example.com/autocli\n\(size + 1)\n"))
        #expect(try ledger.run("verify").code == 0)
    }

    @Test func onlyAnAdminRecordsWhatWasLost() throws {
        let ledger = try shortened()

        let refused = try ledger.run("restore", "--acknowledge", "--as", "bob", "--key", "bob")

        #expect(refused.code == 3, "\(refused.notes)")
        #expect(try add(to: ledger).code == 5)
    }

    /// Recorded as lost, then an even older backup: its key is one of those that the ledger has kept.
    @Test func whatWasLostOnceCanBeLostAgain() throws {
        let ledger = try shortened()
        try ledger.done("restore", "--acknowledge", "--as", "alice", "--key", "alice")

        let restored = try ledger.run(
            "restore", "old.ledger", "--replace", "--as", "alice", "--key", "alice")

        #expect(restored.code == 0 && restored.output.contains("are lost"), "\(restored.notes)")
        #expect(!restored.notes.contains("private key is in no backup"), "\(restored.notes)")
        #expect(try add(to: ledger).code == 0)
        try ledger.done("checkpoint")
        #expect(try ledger.run("verify").code == 0)
    }

    @Test func aCopyMayBeOlderThanWhatWasKept() throws {
        let ledger = try LivedInLedger()
        try ledger.done("export", "bundle")
        #expect(try add(to: ledger).code == 0)
        try ledger.done("checkpoint")
        try ledger.done("import", "bundle", "--ledger", "copy")

        #expect(try ledger.run("verify", "--ledger", "copy").code == 0)
        try ledger.done("export", "again", "--ledger", "copy")
        #expect(try ledger.isSame("bundle", "again"))
    }

    @Test func theNewestIsKept() throws {
        let ledger = try LivedInLedger()
        try ledger.done("checkpoint")
        let folder = ".state/checkpoints"
        let name = try #require(try ledger.names(in: folder).first { $0.hasSuffix(".checkpoint") })
        let path = "\(ledger.folder)/\(folder)/\(name)"
        let first = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try add(to: ledger).code == 0)
        let second = try ledger.run("checkpoint").output

        #expect(first != second)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == second)
        #expect(name.hasPrefix("example.com_autocli+"))
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
        let refused = try add(to: ledger, "erin")
        #expect(refused.code == 5 && refused.notes.contains("none any more"), "\(refused.notes)")
    }

    @Test func anotherLedgerOfThatNameIsOnlyMentioned() throws {
        let (ledger, other) = (try LivedInLedger(), try LivedInLedger())
        let state = ["LEDGER_STATE": "\(ledger.folder)/.state"]
        try ledger.done("checkpoint")

        let first = try other.run("checkpoint", environment: state)
        let second = try other.run("checkpoint", environment: state)

        #expect(first.code == 0 && first.notes.contains("another ledger called"), "\(first.notes)")
        #expect(second.code == 0 && second.notes.isEmpty, "\(second.notes)")
        #expect(try add(to: ledger).code == 0)
    }
}
