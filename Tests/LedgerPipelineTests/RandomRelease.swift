import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting

/// A release stream with records of every type, in any order, with texts that nobody would write: what a
/// hostile or newer writer may have recorded.
struct RandomRelease {
    private var random: SeededGenerator
    private(set) var records: [Record] = []
    private var previous = World.origin.seed
    private var time = World.start

    static let types = [
        "tag.pushed", "stage.started", "stage.succeeded", "stage.failed", "stage.unknown", "stage.retried",
        "artifact.built", "artifact.published", "publish.conflicted", "gate.opened", "gate.approved",
        "gate.rejected", "approval.withdrawn", "gate.expired", "gate.bypassed", "install.tested",
        "release.completed", "release.failed", "release.superseded", "release.yanked", "moon.seen",
    ]
    private static let texts = [
        "build", "deploy_pypi_test", "", " ", "é", "e\u{301}", "a\"b\\c", "\u{0}\n\u{7F}", "日本", "x y",
        "TestGate",
    ]

    init(seed: Int, count: Int) {
        random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<count { add() }
    }

    private mutating func text() -> JSONValue { .string(Self.texts.randomElement(using: &random)!) }

    private mutating func number() -> JSONValue { .integer(Int64.random(in: 0...5, using: &random)) }

    private mutating func add() {
        var what: JSONObject = [
            "attempt": number(), "epoch": number(),
            "micros": .integer(Int64.random(in: 0...1 << 40, using: &random)),
            "stage": text(), "gate": text(), "approver": text(), "reason": text(), "target": text(),
            "url": text(), "how": text(), "tester": text(), "nonce": text(), "approval": number(),
            "verdict": random.oneIn(2) ? "passed" : "failed", "commit": text(), "tagger": text(),
            "repository": text(), "version": text(), "tag": text(), "project": text(),
            "files": World.files(of: ReleaseID(project: "autocli", tag: "v1.0")!).json,
            "pipeline": random.oneIn(2) ? text() : .string(Digest.text(World.origin.seed)),
        ]
        for name in what.names where random.oneIn(12) { what[name] = random.oneIn(2) ? .null : .array([]) }
        time = time.adding(microseconds: Int64.random(in: 0...90_000_000, using: &random))
        let draft = RecordDraft(
            actor: .ledger, cause: nil, id: EventID.make(at: time, using: &random),
            stream: StreamName("release/autocli/v1.0")!,
            type: EventType(Self.types.randomElement(using: &random)!)!, version: random.oneIn(20) ? 2 : 1,
            what: what)
        let bytes = draft.linked(
            index: LogIndex(records.count * 3), previous: previous, revision: records.count + 1, time: time)
        guard let record = try? Record(bytes) else { preconditionFailure("a linked draft is a record") }
        previous = record.leaf
        records.append(record)
    }
}
