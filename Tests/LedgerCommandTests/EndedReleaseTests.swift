import Foundation
import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

/// What a release asks for after something went another way: it was given up, tried again, or bypassed.
@Suite struct EndedReleaseTests {
    private func abandon(_ ledger: LivedInLedger) throws {
        try ledger.done("release", "abandon", "v0.1.0", "--reason", "broken", "--as", "alice")
    }

    @Test func aReleaseThatWasGivenUpMakesNobodyWait() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        #expect(try ledger.run("verify", "--gates").code == 4)

        #expect(
            try ledger.run("release", "abandon", "v0.1.0", "--reason", "broken", "--as", "alice").output
                .contains("gave up autocli/v0.1.0"))

        let again = try ledger.run("release", "retry", "v0.1.0", "build", "--as", "alice")
        #expect(again.code == 3 && again.notes.contains("is given up"), "\(again.notes)")
        for command in [["verify", "--gates"], ["status"], ["replay", "--check"]] {
            let result = try LedgerProgram.run(command, in: ledger.folder)
            #expect(result.code == 0, "\(command): \(result.output) \(result.notes)")
        }
        let verified = try ledger.run("verify", "--gates")
        #expect(verified.output.contains("autocli/v0.1.0  ◆ pending  (given up: its gates wait for nobody)"))
        let told = try #require(try ledger.json("verify", "--gates").first)
        #expect(told["releases"]?.array?.first?.object?["ending"] == "failed")
    }

    @Test func bothVerifiersOfABundleSaySo() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.done("export", "open")
        try abandon(ledger)
        try ledger.done("export", "ended")

        for (bundle, code) in [("open", 4), ("ended", 0)] {
            let ours = try ledger.run("verify", "--bundle", bundle)
            let theirs = try LedgerProgram.run("python3", ["\(bundle)/verify.py", bundle], in: ledger.folder)
            #expect(ours.code == code && theirs.code == code, "\(bundle): \(theirs.output) \(theirs.notes)")
            #expect(theirs.lines.last == "pending")
        }
    }

    @Test func aFailedStageOfAReleaseThatWasGivenUpAsksForNothing() throws {
        let ledger = try LivedInLedger()
        try ledger.write { writer in
            try writer.pushTag(ledger.release, tagger: "alice")
            try writer.start("build", of: ledger.release)
            try writer.end("build", of: ledger.release, "stage.failed", reason: "no wheel")
        }
        #expect(try ledger.run("status").code == 10)

        try abandon(ledger)

        #expect(try ledger.run("status").code == 0)
    }

    @Test func whoSaysCompleteWithAGateThatNeverStartedStillWaits() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.write { try $0.complete(ledger.release) }

        #expect(try ledger.run("verify", "--gates").code == 4)
    }

    @Test func afterARetryTheApprovalsOfTheAttemptThatIsJudgedAreNamed() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.approveTestGate()
        try ledger.write { writer in
            try writer.start("deploy_pypi_test", of: ledger.release)
            try writer.end("deploy_pypi_test", of: ledger.release, "stage.failed", reason: "no network")
            try writer.retry("deploy_pypi_test", of: ledger.release, attempt: 2, by: "alice")
            try writer.openGate("TestGate", of: ledger.release, attempt: 2)
        }
        try ledger.approveTestGate()
        let approval = try ledger.read { try $0.head().size.value - 1 }
        try ledger.write { writer in
            try writer.start("deploy_pypi_test", of: ledger.release, attempt: 2)
            try writer.succeed("deploy_pypi_test", of: ledger.release, attempt: 2)
        }

        let result = try ledger.run("verify", "--gates")

        let line = result.lines.first { $0.contains("TestGate") }
        #expect(line?.contains("approved in record \(approval)") == true, "\(result.output)")
    }

    @Test func aStoppedStageHasTwoWaysOn() throws {
        let ledger = try LivedInLedger()
        try ledger.write { writer in
            try writer.pushTag(ledger.release, tagger: "alice")
            try writer.start("build", of: ledger.release)
            try writer.end("build", of: ledger.release, "stage.failed", reason: "no wheel")
        }

        let failure = try ledger.read { try $0.head().size.value - 1 }
        let status = try ledger.run("status")
        let run = try ledger.run("run")
        #expect(try ledger.run("show", "\(failure)", "--evidence", "stage.log").code == 0)

        for text in [status.output, run.notes] {
            #expect(text.contains("ledger release retry autocli/v0.1.0 build --as NAME"), "\(text)")
            #expect(text.contains("ledger release abandon autocli/v0.1.0 --reason TEXT --as NAME"), "\(text)")
            #expect(text.contains("it builds the same commit again"), "\(text)")
            #expect(text.contains("ledger show \(failure) --evidence stage.log"), "\(text)")
            #expect(text.contains("tag a new version"), "\(text)")
        }
        let wait = try ledger.json("status").first?["waits"]?.array?.first?.object
        #expect(wait?["next"] == "ledger release retry autocli/v0.1.0 build --as NAME")
        #expect(wait?["or"] == "ledger release abandon autocli/v0.1.0 --reason TEXT --as NAME")
    }

    @Test(arguments: [
        ["gate", "approve", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob"],
        ["gate", "bypass", "v0.1.0", "TestGate", "--reason", "x", "--until", "2999-01-01", "--as", "alice"],
        ["gate", "show", "v0.1.0", "TestGate"],
    ])
    func aGateOfANewAttemptMustBeOpenedFirst(_ command: [String]) throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.done("gate", "reject", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob")
        try ledger.done("release", "retry", "v0.1.0", "deploy_pypi_test", "--as", "alice")

        let key = command.contains("alice") ? ["--key", "alice"] : []
        let result = try LedgerProgram.run(command + key, in: ledger.folder)

        #expect(result.code == 4, "\(result.notes)")
        #expect(result.notes.contains("not open yet in attempt 2"), "\(result.notes)")
        #expect(result.notes.contains("ledger run"))
    }

    @Test func aBypassShows() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        #expect(try !ledger.run("status").output.contains("bypassed"))
        try ledger.done(
            "gate", "bypass", "v0.1.0", "TestGate", "--reason", "urgent", "--until", "2999-01-01", "--as",
            "alice", "--key", "alice")

        let before = try ledger.run("status")
        try ledger.write { writer in
            try writer.start("deploy_pypi_test", of: ledger.release)
            try writer.succeed("deploy_pypi_test", of: ledger.release)
        }
        let after = try ledger.run("status", "v0.1.0")
        try ledger.pushTags(2...6)
        let table = try ledger.run("status")

        #expect(before.code == 7 && before.output.contains("its gate was bypassed"), "\(before.output)")
        #expect(after.code == 7 && after.output.contains("bypassed: deploy_pypi_test"), "\(after.output)")
        #expect(table.output.contains("bypassed: deploy_pypi_test"), "\(table.output)")
        let status = try ledger.json("status", "v0.1.0").first
        let stages = status?["stages"]?.array?.compactMap(\.object) ?? []
        #expect(stages.filter { $0["bypassed"] == true }.map { $0["stage"] } == ["deploy_pypi_test"])
    }

    /// The retry needed no bypass, but what an earlier attempt did stays done.
    @Test func aBypassOfAnEarlierAttemptShowsToo() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.done(
            "gate", "bypass", "v0.1.0", "TestGate", "--reason", "urgent", "--until", "2999-01-01", "--as",
            "alice", "--key", "alice")
        try ledger.write { writer in
            try writer.start("deploy_pypi_test", of: ledger.release)
            try writer.end("deploy_pypi_test", of: ledger.release, "stage.failed", reason: "no network")
            try writer.retry("deploy_pypi_test", of: ledger.release, attempt: 2, by: "alice")
            try writer.openGate("TestGate", of: ledger.release, attempt: 2)
        }
        try ledger.approveTestGate()

        #expect(try ledger.run("status").output.contains("bypassed: deploy_pypi_test"))
    }
}
