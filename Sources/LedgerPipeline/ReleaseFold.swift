public import LedgerEvents
public import LedgerProof

/// Where one release stands, folded from its stream alone. Nothing is judged here: it says what was recorded.
public struct ReleaseFold: Projection, Hashable {
    public static let name = "releases"
    public static let version = 1

    public struct Tag: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp
        public let project: String
        public let version: String
        public let tag: String
        public let commit: String
        public let tagger: String
        public let repository: String
        public let policy: Hash?
    }

    public enum StageStatus: String, Hashable, Sendable {
        /// Not begun in this attempt.
        case waiting
        case running
        case succeeded
        case failed
        case unknown
    }

    public struct Stage: Hashable, Sendable {
        public internal(set) var attempt = 1
        public internal(set) var status = StageStatus.waiting
        public internal(set) var reason = ""
        public internal(set) var epoch = 0
        /// The target served other bytes.
        public internal(set) var isConflicted = false
        /// The record that last changed this.
        public internal(set) var index: LogIndex
        public internal(set) var since: Timestamp
        public internal(set) var micros: Int64?
    }

    public enum GateStatus: String, Hashable, Sendable { case open, rejected, expired }

    public struct Gate: Hashable, Sendable {
        public let stage: String
        public let attempt: Int
        public let opened: LogIndex
        public let since: Timestamp
        public let nonce: String
        public internal(set) var status = GateStatus.open
        /// Index of the approval by person; withdrawn ones are gone.
        public internal(set) var approvals: [String: LogIndex] = [:]
        public internal(set) var isBypassed = false
    }

    public struct Published: Hashable, Sendable {
        public let index: LogIndex
        public let target: String
        public let url: String
        public let how: String
    }

    public struct Test: Hashable, Sendable {
        public let index: LogIndex
        public let target: String
        public let tester: String
        public let hasPassed: Bool
    }

    public enum Ending: String, Hashable, Sendable {
        case completed, failed, superseded

        /// What the release is, as people say it.
        public var words: String {
            switch self {
            case .completed: "published everywhere"
            case .failed: "given up"
            case .superseded: "superseded"
            }
        }
    }

    public internal(set) var tag: Tag?
    public internal(set) var stages: [String: Stage] = [:]
    /// The newest opening of each gate, by gate and stage.
    public internal(set) var gates: [GateKey: Gate] = [:]
    public internal(set) var files: [ArtifactFile] = []
    public internal(set) var built: LogIndex?
    public internal(set) var published: [Published] = []
    public internal(set) var tests: [Test] = []
    public internal(set) var ending: Ending?
    public internal(set) var isYanked = false
    public internal(set) var last: LogIndex?
    public internal(set) var lastTime: Timestamp?
    public internal(set) var revision = 0

    public struct GateKey: Hashable, Sendable {
        public let gate: String
        public let stage: String

        public init(gate: String, stage: String) {
            self.gate = gate
            self.stage = stage
        }
    }

    public init() {}

    public mutating func apply(_ record: Record) {
        (last, lastTime, revision) = (record.index, record.time, record.revision)
        guard record.isKnown else { return }
        switch record.type.text {
        case "tag.pushed": applyTag(record)
        case "stage.started", "stage.succeeded", "stage.failed", "stage.unknown", "stage.retried",
            "publish.conflicted":
            applyStage(record)
        case "gate.opened", "gate.approved", "gate.rejected", "gate.expired", "gate.bypassed",
            "approval.withdrawn":
            applyGate(record)
        case "artifact.built":
            files = record.files("files") ?? []
            built = record.index
        case "artifact.published":
            published.append(
                Published(
                    index: record.index, target: record.text("target") ?? "", url: record.text("url") ?? "",
                    how: record.text("how") ?? ""))
        case "install.tested":
            tests.append(
                Test(
                    index: record.index, target: record.text("target") ?? "",
                    tester: record.text("tester") ?? "",
                    hasPassed: record.text("verdict") == "passed"))
        case "release.completed": ending = .completed
        case "release.failed": ending = .failed
        case "release.superseded": ending = .superseded
        case "release.yanked": isYanked = true
        default: break
        }
    }

    private mutating func applyTag(_ record: Record) {
        guard tag == nil else { return }
        tag = Tag(
            index: record.index, time: record.time, project: record.text("project") ?? "",
            version: record.text("version") ?? "", tag: record.text("tag") ?? "",
            commit: record.text("commit") ?? "", tagger: record.text("tagger") ?? "",
            repository: record.text("repository") ?? "",
            policy: record.text("pipeline").flatMap { Digest.parse($0) })
    }

    private mutating func applyStage(_ record: Record) {
        guard let name = record.text("stage") else { return }
        var stage = stages[name] ?? Stage(index: record.index, since: record.time)
        switch record.type.text {
        case "stage.started":
            stage.status = .running
            stage.attempt = record.number("attempt") ?? stage.attempt
            stage.epoch = record.number("epoch") ?? stage.epoch
        case "stage.succeeded": stage.status = .succeeded
        case "stage.failed": stage.status = .failed
        case "stage.unknown": stage.status = .unknown
        case "stage.retried":
            stage.status = .waiting
            stage.attempt = record.number("attempt") ?? stage.attempt
            stage.isConflicted = false
        default: stage.isConflicted = true
        }
        if record.type.text != "publish.conflicted" {
            stage.reason = record.text("reason") ?? ""
            stage.micros = record.number("micros").map { Int64($0) }
        }
        (stage.index, stage.since) = (record.index, record.time)
        stages[name] = stage
    }

    private mutating func applyGate(_ record: Record) {
        guard let name = record.text("gate"), let attempt = record.number("attempt") else { return }
        if record.type.text == "gate.opened" {
            guard let stage = record.text("stage") else { return }
            gates[GateKey(gate: name, stage: stage)] = Gate(
                stage: stage, attempt: attempt, opened: record.index, since: record.time,
                nonce: record.text("nonce") ?? "")
            return
        }
        for (key, open) in gates where key.gate == name && open.attempt == attempt {
            var gate = open
            switch record.type.text {
            case "gate.approved":
                if let approver = record.text("approver") { gate.approvals[approver] = record.index }
            case "gate.rejected": gate.status = .rejected
            case "gate.expired": gate.status = .expired
            case "gate.bypassed": gate.isBypassed = true
            default: gate.approvals = open.approvals.filter { $0.value.value != record.number("approval") }
            }
            gates[key] = gate
        }
    }
}

extension ReleaseFold {
    /// Nothing more will happen by itself.
    public var isOver: Bool { ending != nil }

    public func gate(_ gate: String, stage: String) -> Gate? { gates[GateKey(gate: gate, stage: stage)] }
}
