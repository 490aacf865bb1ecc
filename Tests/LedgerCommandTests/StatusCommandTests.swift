import Foundation
import LedgerProof
import LedgerTesting
import Testing

@Suite struct StatusCommandTests {
    @Test func aLedgerWithoutReleasesHasNothingToShow() throws {
        let ledger = try LivedInLedger()

        let result = try ledger.run("status")

        #expect(result.code == 6)
        #expect(result.output.isEmpty)
        #expect(result.notes.contains("ledger release start"))
    }

    @Test func aReleaseAtAGateSaysOnWhomItWaits() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()

        let all = try ledger.run("status")
        let one = try ledger.run("status", "v0.1.0")

        #expect(all.code == 4 && one.code == 4)
        #expect(all.output == one.output.replacingOccurrences(of: "0 seconds", with: "0 seconds"))
        #expect(all.output.contains("waits on bob"))
        #expect(all.output.contains("✓ build ── ✓ deploy_github_packages ── ◆ deploy_pypi_test"))
        #expect(all.output.contains("ledger gate show autocli/v0.1.0 TestGate"))
        let status = try #require(try ledger.json("status").first)
        #expect(status["waits"]?.array?.first?.object?["people"] == ["bob"])
    }

    @Test func afterAnApprovalTheStageIsNext() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.approveTestGate()

        let result = try ledger.run("status")

        #expect(result.code == 0)
        #expect(result.output.contains("it is ready to run"))
    }

    @Test func aFailedStageEndsWithTen() throws {
        let ledger = try LivedInLedger()
        try ledger.write { writer in
            try writer.pushTag(ledger.release, tagger: "alice")
            try writer.start("build", of: ledger.release)
            try writer.end("build", of: ledger.release, "stage.failed", reason: "no\u{1B}[2Jwheel")
        }

        let result = try ledger.run("status")

        #expect(result.code == 10)
        #expect(result.output.contains("✗ build"))
        #expect(result.output.contains(#"no\u{1b}[2Jwheel"#))
        #expect(result.output.contains("ledger release retry autocli/v0.1.0 build"))
    }

    @Test func whereNobodyLooksThereIsNoColour() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()

        for command in [["status"], ["log"], ["show", "3"], ["replay", "--check", "--explain"], ["doctor"]] {
            let result = try LedgerProgram.run(command, in: ledger.folder)
            #expect(!result.output.contains("\u{1B}"), "\(command)")
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func onATerminalThereIsColourUnlessItIsNotWanted() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let command = "'\(LedgerProgram.path)' status"

        for (environment, isColoured) in [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)]
        {
            let result = try LedgerProgram.run(
                "/usr/bin/script", ["-qec", command, "/dev/null"], in: ledger.folder,
                environment: ["TERM": "xterm"].merging(environment) { _, new in new })
            #expect(result.code == 4)
            #expect(result.output.contains("\u{1B}[") == isColoured, "\(environment)")
        }
    }

    @Test func manyReleasesTakeALineEach() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.write { writer in
            for number in 2...30 {
                let release = ReleaseName.make(number)
                try writer.pushTag(release, tagger: "alice")
                try writer.start("build", of: release)
                if number < 6 {
                    try writer.succeed("build", of: release)
                    try writer.complete(release)
                }
            }
        }

        let result = try ledger.run("status")

        let rows = result.lines.filter { $0.hasPrefix("autocli/") }
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0.count <= 100 })
        #expect(rows.prefix(3).allSatisfy { $0.contains("published everywhere") })
        #expect(rows.last?.contains("build is running") == true)
        #expect(result.output.contains("6 more open, 1 more over: ledger status --all"))
        #expect(
            result.output.contains("build ─ deploy_github_packages ─ deploy_pypi_test ─ deploy_pypi_prod"))
        #expect(try ledger.json("status", "--all").count == 30)
    }

    /// An older release that is not shown still counts.
    @Test func aFailureThatIsNotShownStillCounts() throws {
        let ledger = try LivedInLedger()
        try ledger.write { writer in
            for number in 1...25 {
                let release = ReleaseName.make(number)
                try writer.pushTag(release, tagger: "alice")
                guard number == 1 else { continue }
                try writer.start("build", of: release)
                try writer.end("build", of: release, "stage.failed", reason: "broken")
            }
        }

        let result = try ledger.run("status")

        #expect(!result.output.contains("autocli/v0.1.1 "))
        #expect(result.code == 10)
    }
}
