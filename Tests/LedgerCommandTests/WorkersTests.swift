import Foundation
import LedgerTesting
import Testing

/// Several workers on one ledger: at once, one paused while another goes on, one dead whose children live on.
@Suite(.serialized) struct WorkersTests {
    private static let isSoak = CrashPlan.isSoak

    @Test(.timeLimit(.minutes(120)), arguments: [CrashStage.registry, .testIndex, .index])
    func runsAtOnceDoEachThingOnce(stage: CrashStage) async throws {
        let world = try await CrashWorld.make()
        try await world.prepare(stage)

        for round in 0..<(Self.isSoak ? 25 : 2) {
            try world.bringBack(stage.rawValue)
            let check = StageCheck(world, stage)
            let endings = try await withThrowingTaskGroup(of: RealProgram.Ending.self) { group in
                for _ in 0..<4 { group.addTask { try await world.attempt(["run"]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            // Busy where another one works; done or waiting otherwise.
            for ending in endings {
                #expect(
                    [9, stage.endCode].contains(ending.code), "round \(round): \(ending.code) \(ending.words)"
                )
            }
            try await check.expectNoFaults(after: endings, "round \(round)")
        }
        await world.end()
    }

    /// Where a worker is paused for longer than its lease.
    enum Pause: String, CaseIterable, Sendable {
        /// `stage.started` is durable, nothing has been done.
        case afterStart
        /// The index is being asked, and answers that nothing is there.
        case beforeUpload
        /// One file is on its way, and arrives.
        case betweenUploads
        /// Between the last look at the lease and the upload: only the index can tell.
        case tooLateToNotice
        /// All is done and seen, the outcome not recorded.
        case beforeOutcome

        func place(in places: [CrashPlace]) throws -> CrashPlace {
            func all(_ call: String, _ part: String, _ process: String = "ledger") -> [Int] {
                places.indices.filter {
                    let point = places[$0].point
                    return point.process == process && point.call == call && point.target.contains(part)
                }
            }
            let settings = all("openat", "/pypirc")
            guard let first = settings.first, let last = settings.last else { throw Missing("no upload") }
            let found: Int? =
                switch self {
                case .afterStart: all("mkdir", "/tmp/ledger-deploy").first
                case .beforeUpload: all("sendto", "socket", "curl").last { $0 < first }
                case .betweenUploads: all("sendto", "socket", "python").last { $0 < last }
                case .tooLateToNotice: first
                case .beforeOutcome: all("fdatasync", "ledger.db-wal").dropFirst().first
                }
            guard let found else { throw Missing("the run has no place for \(rawValue)") }
            return places[found]
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func aWorkerPausedBeyondItsLeaseDoesNothingAfterTheTakeover() async throws {
        let world = try await CrashWorld.make()
        try await world.prepare(.testIndex)
        let places = try await world.places(of: .testIndex)

        for pause in Pause.allCases {
            try world.bringBack(CrashStage.testIndex.rawValue)
            var check = StageCheck(world, .testIndex)
            check.allowsRefusedUpload = pause == .tooLateToNotice
            let (process, rest) = try await world.begin(.stop(try pause.place(in: places)), leaseSeconds: 1)
            try await Task.sleep(for: .milliseconds(1500))
            let taken = try await world.attempt(["run"])
            kill(process, SIGCONT)
            let late = try await rest.value

            if pause == .beforeOutcome {
                // A commit is under way and holds the writers' lock: nobody can take over in the middle of
                // it.
                #expect(taken.code == 9, "\(pause): \(taken.words)")
            } else {
                #expect(taken.code == 4, "\(pause): \(taken.words)")
                #expect(late.words.contains("another worker took over"), "\(pause): \(late.words)")
            }
            #expect(late.code == 4, "\(pause): \(late.words)")
            try await check.expectNoFaults(after: [taken, late], "\(pause)")
        }

        // Where nobody took over, the work goes on in its own epoch.
        try world.bringBack(CrashStage.testIndex.rawValue)
        let check = StageCheck(world, .testIndex)
        let (process, rest) = try await world.begin(
            .stop(try Pause.beforeUpload.place(in: places)), leaseSeconds: 1)
        try await Task.sleep(for: .milliseconds(1500))
        kill(process, SIGCONT)
        let late = try await rest.value
        #expect(late.code == 4, "\(late.words)")
        #expect(!late.words.contains("taking over") && !late.words.contains("took over"), "\(late.words)")
        try await check.expectNoFaults(after: [late], "paused alone")
        await world.end()
    }

    @Test(.timeLimit(.minutes(30)))
    func aWorkerInAnotherContainerIsNotTakenForDead() async throws {
        let world = try await CrashWorld.make()
        try await world.prepare(.testIndex)
        let place = try Pause.afterStart.place(in: try await world.places(of: .testIndex))
        try world.bringBack(CrashStage.testIndex.rawValue)
        let check = StageCheck(world, .testIndex)
        let container = ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc"]

        let (process, rest) = try await world.begin(.stop(place), leaseSeconds: 60)
        let trial = try await RealProgram.run(container + ["/bin/true"], in: world.folder)
        if trial.code == 0 {
            // It counts processes from 1: the number of the holder says nothing to it.
            let other = try await RealProgram.run(
                container + [try RealProgram.built("ledger"), "run"], environment: world.environment,
                in: world.folder)
            #expect(other.code == 9, "\(other.words)")
        } else {
            print("aWorkerInAnotherContainerIsNotTakenForDead: skipped, no namespaces here: \(trial.words)")
        }
        kill(process, SIGCONT)
        let ending = try await rest.value

        #expect(ending.code == 4, "\(ending.words)")
        try await check.expectNoFaults(after: [ending], "beside another container")
        await world.end()
    }

    @Test(.timeLimit(.minutes(30)))
    func toolsThatWereHalfPreparedAreRemoved() async throws {
        let world = try await CrashWorld.make()
        try await world.prepare(.testIndex)
        let check = StageCheck(world, .testIndex)
        let tools = world.folder + "/tools"
        let point = CrashPoint(process: "python3", isOwn: false, call: "mkdir", target: "*/site-packages*")

        let place = CrashPlace(point: point, pattern: "python* mkdir */site-packages*", number: 5)
        let (report, killed) = try await world.tool.run(
            .kill(place), [try RealProgram.built("ledger"), "run"],
            environment: world.environment.merging(["LEDGER_TOOLS": tools]) { $1 })
        let half = try FileManager.default.contentsOfDirectory(atPath: tools).filter { $0.contains(".new-") }
        let next = try await world.attempt(["run"], environment: ["LEDGER_TOOLS": tools])

        #expect(report.ended != nil && half.count == 1, "\(killed.words) \(half)")
        #expect(next.code == 4, "\(next.words)")
        let left = try FileManager.default.contentsOfDirectory(atPath: tools).filter {
            !$0.hasSuffix(".lock")
        }
        #expect(left.count == 1 && left[0].hasPrefix("tools-") && !left[0].contains(".new-"), "\(left)")
        try await check.expectNoFaults(after: [killed, next], "tools half prepared")
        await world.end()
    }

    /// The places at which an upload by `twine` begins, and the one in the middle of it.
    private static func uploads(in places: [CrashPlace]) -> (starts: [CrashPlace], sends: [CrashPlace]) {
        let sends = places.filter { $0.point.process == "python" && $0.point.call == "sendto" }
        let starts = places.indices.filter { places[$0].pattern.hasSuffix("execve /usr/bin/setpriv") }
        let programs = places.indices.filter {
            places[$0].point.call == "execve" && places[$0].point.target.hasSuffix("/bin/python")
        }
        return (programs.compactMap { program in starts.last { $0 < program }.map { places[$0] } }, sends)
    }

    @Test(.timeLimit(.minutes(30)))
    func childrenOfADeadWorkerDoNothingOrNoHarm() async throws {
        let world = try await CrashWorld.make()
        try await world.prepare(.testIndex)
        let (starts, sends) = Self.uploads(in: try await world.places(of: .testIndex))
        try #require(starts.count == 2 && sends.count == 4)

        // Between fork and the parent-death signal: the child finds nobody who would read what it says, and
        // ends.
        for place in starts {
            let result = try await CrashTrial(world: world, stage: .testIndex, place: place).run()
            #expect(result.wasHit)
            #expect(result.survivors == [], "killed \(place)")
            #expect(result.faults == [], "killed \(place)")
        }

        // Without a parent-death signal an upload goes on beside the next run. It arrives once all the same.
        for var place in sends {
            place.leavesOrphans = true
            try world.bringBack(CrashStage.testIndex.rawValue)
            var check = StageCheck(world, .testIndex)
            check.allowsRefusedUpload = true
            let (_, rest) = try await world.begin(.kill(place), leaseSeconds: 30)
            let next = try await world.attempt(["run"])
            let killed = try await rest.value
            #expect(killed.code == 137 && next.code == 4, "killed \(place): \(killed.code), \(next.words)")
            try await check.expectNoFaults(after: [killed, next], "killed \(place)")
        }
        await world.end()
    }
}

extension CrashWorld {
    /// Starts `ledger run`, and returns when it was stopped or killed.
    func begin(
        _ action: CrashTool.Action, leaseSeconds: Int
    ) async throws -> (process: Int32, rest: Task<RealProgram.Ending, any Error>) {
        try await tool.begin(
            action, [try RealProgram.built("ledger"), "run"],
            environment: environment.merging(["LEDGER_LEASE_SECONDS": "\(leaseSeconds)"]) { $1 })
    }
}
