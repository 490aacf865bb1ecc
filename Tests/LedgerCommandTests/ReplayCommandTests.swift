import Foundation
import GRDB
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite struct ReplayCommandTests {
    @Test func untouchedViewsEqualTheRecords() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.run("status")

        let result = try ledger.run("replay")

        #expect(result.code == 0, "\(result.notes)")
        #expect(result.output.components(separatedBy: "equals the views").count == 5)
        let lines = try ledger.json("replay")
        #expect(lines.map { $0["projection"]?.string } == ["releases", "ledger", "roster", "pipelines"])
        #expect(lines.allSatisfy { $0["views"] == "equal" })
        let records = lines.compactMap { $0["records"]?.integer }.reduce(0, +)
        #expect(records == lines[0]["size"]?.integer)
    }

    @Test func anEditedViewEndsWithEightAndIsNamed() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.run("status")
        try DatabaseQueue(path: ledger.views).write {
            try $0.execute(
                sql: """
                    UPDATE release
                    SET state = replace(state, '"status":"succeeded"', '"status":"failed"')
                    """)
        }

        let result = try ledger.run("replay")

        #expect(result.code == 8)
        #expect(result.output.contains("releases: release/autocli/v0.1.0: stages[0].status"))
        #expect(result.output.contains("the view says     \"failed\""))
        #expect(result.output.contains("the records say   \"succeeded\""))
        // The views were made again.
        #expect(try ledger.run("replay").code == 0)
    }

    @Test func oneReleaseIsComparedToo() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.run("status")
        #expect(try ledger.run("replay", "--release", "v0.1.0").code == 0)
        try DatabaseQueue(path: ledger.views).write {
            try $0.execute(sql: "UPDATE release SET is_over = 1")
        }

        let result = try ledger.run("replay", "--release", "v0.1.0")

        #expect(result.code == 8)
        #expect(result.output.contains("is over"))
    }

    @Test func viewsOfAnotherLedgerAreNoticed() throws {
        let (ledger, other) = (try LivedInLedger(), try LivedInLedger("other"))
        try other.reachTestGate()
        try ledger.reachTestGate()
        try other.run("status")
        try FileManager.default.copyItem(atPath: other.views, toPath: ledger.views)

        let replay = try ledger.run("replay")

        #expect(replay.code == 8)
        #expect(replay.output.contains("built from another ledger (or the ledger was restored)"))
        try FileManager.default.removeItem(atPath: ledger.views)
        try FileManager.default.copyItem(atPath: other.views, toPath: ledger.views)
        let status = try ledger.run("status")
        #expect(status.code == 4)
        #expect(status.notes.contains("another ledger"))
        #expect(try ledger.run("replay").code == 0)
    }

    @Test(arguments: ["deleted", "garbage", "in the way"])
    func viewsThatCannotBeUsedAreDoneWithout(how: String) throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let before = try ledger.json("status")
        try FileManager.default.removeItem(atPath: ledger.views)
        switch how {
        case "garbage":
            try Data("nothing that SQLite knows".utf8).write(to: URL(fileURLWithPath: ledger.views))
        case "in the way":
            try FileManager.default.createDirectory(atPath: ledger.views, withIntermediateDirectories: false)
        default: break
        }

        let after = try ledger.json("status")

        #expect(after == before)
        #expect(try ledger.run("status").notes.isEmpty)
        if how != "in the way" { #expect(try ledger.run("replay").code == 0) }
    }

    @Test func aStateOfThePastIsShown() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        let records = try ledger.json("log", "--stream", "v0.1.0")
        let opened = try #require(records.first { $0["type"] == "gate.opened" })
        let (index, time) = (try #require(opened["index"]?.integer), try #require(opened["time"]?.string))

        let past = try ledger.run("replay", "--at", "\(index)")
        let then = try ledger.run("replay", "--at", time)
        let now = try ledger.run("replay", "--at", "\(try #require(records.last?["index"]?.integer))")

        #expect(past.code == 0 && then.code == 0 && now.code == 0)
        #expect(past.output.contains("waits on bob"))
        #expect(past.output == then.output)
        #expect(now.output.contains("✓ deploy_pypi_test"))
        #expect(try ledger.run("replay", "--at", "0", "--release", "v0.1.0").code == 6)
        #expect(try ledger.run("replay", "--at", "1999-01-01T00:00:00Z").code == 6)
        #expect(try ledger.run("replay", "--at", "100000").code == 2)
        #expect(try ledger.run("replay", "--at", "yesterday").code == 2)
    }

    @Test func thePastIsWhatALedgerThatEndsThereIsNow() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let size = try ledger.read { try $0.head().size.value }
        let then = try ledger.json("replay").map { $0["digest"] }
        try ledger.approveTestGate()

        let past = try ledger.json("replay", "--at", "\(size - 1)")

        #expect(past.prefix(4).map { $0["digest"] } == then)
        #expect(try ledger.json("replay").map { $0["digest"] } != then)
    }

    @Test func gatesAreJudgedAgain() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()

        let result = try ledger.run("replay", "--check")

        // Production was never started.
        #expect(result.code == 4)
        let verdicts = try ledger.json("replay", "--check").filter { $0["gate"]?.string != nil }
        #expect(verdicts.map { $0["verdict"] } == ["satisfied", "pending"])
        #expect(verdicts[0]["approvals"]?.array?.count == 1)
    }

    @Test func aStartWithoutApprovalIsRefused() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.write { try $0.start("deploy_pypi_test", of: ledger.release) }

        let result = try ledger.run("replay", "--check")

        #expect(result.code == 3)
        #expect(result.output.contains("1 more approval needed"))
    }

    @Test func aMismatchCountsMoreThanARefusal() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.write { try $0.start("deploy_pypi_test", of: ledger.release) }
        try ledger.run("status")
        try DatabaseQueue(path: ledger.views).write { try $0.execute(sql: "UPDATE release SET is_over = 1") }

        #expect(try ledger.run("replay", "--check").code == 8)
    }

    @Test func aReplayChangesNothingButTheViews() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.approveTestGate()
        func files() throws -> [String: Data] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: ledger.path)
            let kept = names.filter { !$0.hasPrefix("views.") && !$0.hasSuffix("-shm") }
            return try Dictionary(
                uniqueKeysWithValues: kept.compactMap { name in
                    let url = URL(fileURLWithPath: "\(ledger.path)/\(name)")
                    return url.hasDirectoryPath ? nil : (name, try Data(contentsOf: url))
                })
        }
        // A stage is due: whoever could act would.
        #expect(try ledger.run("status").output.contains("it is ready to run"))
        let before = try files()

        for arguments in [[], ["--check"], ["--explain"], ["--at", "3"], ["--release", "v0.1.0"]] {
            try LedgerProgram.run(["replay"] + arguments, in: ledger.folder)
        }

        #expect(try files() == before)
    }

    @Test func aStoryTellsWhoSignedWhat() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        let key = try #require(
            try ledger.json("search", "bob").first { $0["kind"] == "key" || $0["kind"] == "person" })
        #expect(key["count"]?.integer ?? 0 > 0)

        let story = try ledger.run("replay", "--release", "v0.1.0", "--explain").output

        for part in [
            "the tag v0.1.0 was pushed by alice", "bob approved at the gate TestGate", "key          SHA256:",
            "“I approve publication of exactly these files to testpypi.”", "policy       sha256:",
            "autocli-0.1.0-py3-none-any.whl  sha256:", "was shown", "evidence     statement.json",
            "published 2 files to testpypi",
        ] { #expect(story.contains(part), "\(part)") }
        let tagged = try #require(story.range(of: "was pushed"))
        let approved = try #require(story.range(of: "bob approved"))
        #expect(tagged.lowerBound < approved.lowerBound)
    }

    @Test func anEmptyLedgerHasNothingToReplay() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("project: autocli\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/config.yml"))
        _ = try SQLiteLog.create(
            at: "\(folder)/ledger.db", origin: World.origin, clock: AdjustableClock(World.start).clock)

        let result = try LedgerProgram.run(["replay", "--ledger", folder], in: "/tmp")

        #expect(result.code == 6)
        #expect(result.notes.contains("nothing to replay"))
    }

    @Test func aKilledReplayLeavesTheOldViews() throws {
        let ledger = try LivedInLedger()
        let clock = AdjustableClock(World.start)
        let big = "\(ledger.folder)/big"
        try FileManager.default.copyItem(atPath: ledger.path, toPath: big)
        for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "views.db"] {
            try? FileManager.default.removeItem(atPath: "\(big)/\(file)")
        }
        let log = try SQLiteLog.create(at: "\(big)/ledger.db", origin: World.origin, clock: clock.clock)
        var generator = LedgerGenerator(records: 15_000, people: World(), clock: clock)
        try log.write { writer in
            try WorldWriter(writer, people: World()).found(logKey: "k")
            _ = try generator.add(15_000, to: writer)
        }
        try ledger.run("status", "--ledger", big)
        let views = try Data(contentsOf: URL(fileURLWithPath: "\(big)/views.db"))

        let running = try LedgerProgram.start(arguments: ["replay", "--ledger", big], in: ledger.folder)
        let draft = "\(big)/views.db.new-\(running.process.processIdentifier)"
        while running.process.isRunning, !FileManager.default.fileExists(atPath: draft) { usleep(500) }
        kill(running.process.processIdentifier, SIGKILL)
        running.process.waitUntilExit()

        try #require(FileManager.default.fileExists(atPath: draft), "killed in the middle of it")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(big)/views.db")) == views)
        #expect(try ledger.run("doctor", "--ledger", big).output.contains("views.db.new-"))
        #expect(try ledger.run("replay", "--ledger", big).code == 0)
        #expect(!FileManager.default.fileExists(atPath: draft))
    }
}
