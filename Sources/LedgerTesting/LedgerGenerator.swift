public import LedgerEvents
internal import LedgerPipeline
internal import LedgerProof

/// Makes a ledger of any size as a busy project would: a hundred records for each release, about two hundred
/// releases under way at a time, some stages tried many times. The same seed gives the same releases.
public struct LedgerGenerator {
    private let people: World
    private let clock: AdjustableClock
    private let underWay: Int
    private let records: Int
    private var random: SeededGenerator
    private var open: [Life] = []
    private var made = 0

    public static let recordsPerRelease = 100

    /// - Parameters:
    ///   - records: how many the ledger shall have.
    ///   - clock: the log's clock, which this sets.
    public init(records: Int, people: World, clock: AdjustableClock, seed: UInt64 = 20_261_122) {
        self.records = records
        self.people = people
        self.clock = clock
        random = SeededGenerator(seed: seed)
        underWay = max(1, min(200, records / Self.recordsPerRelease / 4))
    }

    /// Adds about `count` records, in the writer's transaction.
    ///
    /// - Returns: how many records the log has then.
    public mutating func add(_ count: Int, to log: any LogWriter) throws -> Int {
        let writer = WorldWriter(log, people: people)
        let end = min(records, try log.head().size.value + count)
        while try log.head().size.value < end {
            clock.time = clock.time.adding(microseconds: Int64.random(in: 1...40_000_000, using: &random))
            let life = lifeForNext()
            var current = open[life]
            try current.step(writer, at: clock.time)
            if current.isOver { open.remove(at: life) } else { open[life] = current }
        }
        return try log.head().size.value
    }

    private mutating func lifeForNext() -> Int {
        guard open.count < underWay else { return Int.random(in: 0..<open.count, using: &random) }
        made += 1
        let release = ReleaseID(project: "autocli", tag: "v\(made / 1000).\(made / 20 % 50).\(made % 20)")!
        // Three records for each failed try, nineteen for a release that has none.
        let tries = Int.random(in: 0...(2 * (Self.recordsPerRelease - 19) / 3), using: &random)
        open.append(Life(release: release, tries: tries))
        return open.count - 1
    }
}

/// One release from its tag to its end, a step at a time.
private struct Life {
    let release: ReleaseID
    private var steps: [Step]
    private var attempt = 1
    private var built: Receipt?
    private var opened: Receipt?
    private var tested: Receipt?

    private enum Step {
        case tag, start(String), succeed(String), fail(String), retry(String), open(String), approve(String),
            test
        case complete
    }

    init(release: ReleaseID, tries: Int) {
        self.release = release
        let flaky = "deploy_github_packages"
        let failures = (0..<tries).flatMap { _ in [Step.start(flaky), .fail(flaky), .retry(flaky)] }
        steps =
            [.tag, .start("build"), .succeed("build")] + failures + [.start(flaky), .succeed(flaky)]
            + [.open("TestGate"), .approve("TestGate"), .start("deploy_pypi_test")]
            + [.succeed("deploy_pypi_test"), .test, .open("Production"), .approve("Production")]
            + [.start("deploy_pypi_prod"), .succeed("deploy_pypi_prod"), .complete]
        steps.reverse()
    }

    var isOver: Bool { steps.isEmpty }

    mutating func step(_ writer: WorldWriter, at time: Timestamp) throws {
        let isFlaky = { (stage: String) in stage == "deploy_github_packages" }
        switch steps.removeLast() {
        case .tag: try writer.pushTag(release, tagger: "dora")
        case .start(let stage): try writer.start(stage, of: release, attempt: isFlaky(stage) ? attempt : 1)
        case .succeed(let stage):
            try writer.succeed(stage, of: release, attempt: isFlaky(stage) ? attempt : 1)
            if stage == "build" { built = try builtReceipt(writer) }
        case .fail(let stage):
            try writer.end(
                stage, of: release, "stage.failed", attempt: attempt,
                reason: "ghcr.io answered 503 Service Unavailable")
        case .retry(let stage):
            attempt += 1
            try writer.retry(stage, of: release, attempt: attempt, by: "dora")
        case .open(let gate): opened = try writer.openGate(gate, of: release)
        case .approve(let gate):
            let shown = [built, tested, opened].compactMap { $0 }
            try writer.approve(gate, of: release, by: "bob", shown: shown, at: time)
        case .test: tested = try writer.test(release, by: "carol")
        case .complete: try writer.complete(release)
        }
    }

    /// `artifact.built` lies just before the `stage.succeeded` of the build.
    private func builtReceipt(_ writer: WorldWriter) throws -> Receipt? {
        guard let index = try writer.log.positions(in: release.stream, fromRevision: 3).first,
            let record = try writer.log.record(at: index)
        else { return nil }
        return Receipt(
            index: record.index, revision: record.revision, leaf: record.leaf, time: record.time,
            wasDuplicate: false)
    }
}
