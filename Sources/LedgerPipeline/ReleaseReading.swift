public import LedgerProof

/// A release stream, sorted by what its records mean. Acts that are not good for their signer are findings,
/// and not in the lists.
public struct ReleaseReading: Sendable {
    /// `stage.started`, or a start that is only being considered.
    public struct Start: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp
        public let stage: String
        public let attempt: Int
        public let epoch: Int
        public let files: [ArtifactFile]?
        public let heads: Heads?
        /// Not recorded: "what if it started now?".
        public let isHypothetical: Bool
    }

    public struct Opened: Hashable, Sendable {
        public let record: Record
        public let gate: String
        public let stage: String
        public let attempt: Int
        public let nonce: String
        public let policy: Hash?
        public let files: [ArtifactFile]?
    }

    public struct Publication: Hashable, Sendable {
        public let record: Record
        public let stage: String
        public let attempt: Int
        public let target: String
        public let files: [ArtifactFile]?
        public let observed: [ArtifactFile]?
        public let how: String
    }

    public struct Withdrawal: Hashable, Sendable {
        public let index: LogIndex
        public let approval: LogIndex
        /// Nobody can say whether the act is good.
        let isUnclear: Bool
    }

    public struct Bypass: Hashable, Sendable {
        public let index: LogIndex
        public let gate: String
        public let attempt: Int
        public let until: Timestamp?
        public let by: String
        let isUnclear: Bool
    }

    public struct InstallTest: Hashable, Sendable {
        public let record: Record
        public let target: String
        public let indexURL: String
        public let files: [ArtifactFile]?
        public let hasPassed: Bool
        public let tester: String
        /// Nobody can say whether the tester's act is good.
        public let isUnclear: Bool
    }

    public let release: ReleaseID
    public let records: [Record]
    /// The record with revision 1, if it is a `tag.pushed` of this stream.
    public private(set) var tag: Record?
    /// The tagger's statement is good.
    public private(set) var isTagSigned = false
    /// Nobody can say whether it is.
    private(set) var unclearTag: Finding?
    public private(set) var starts: [Start] = []
    public private(set) var opened: [Opened] = []
    /// `gate.approved` and `gate.rejected`.
    public private(set) var decisions: [Record] = []
    public private(set) var withdrawals: [Withdrawal] = []
    public private(set) var expirations: [Record] = []
    public private(set) var bypasses: [Bypass] = []
    public private(set) var built: [Record] = []
    public private(set) var publications: [Publication] = []
    public private(set) var tests: [InstallTest] = []
    /// `stage.succeeded`, `stage.failed`, `stage.unknown`, `stage.retried`.
    public private(set) var stageRecords: [Record] = []
    /// How the release is over; nil for one that is open.
    public private(set) var ending: ReleaseFold.Ending?
    /// Records that have effect, or may have.
    private(set) var effective: [Record] = []
    public private(set) var findings: [Finding] = []
    /// Records on which a verdict rests that lack a member: what they would say is missing. Rules 3 to 5.
    private(set) var incomplete: [Finding] = []
    /// The first record of a type or version that this program does not know: what it changes, and from where
    /// on, nobody here can say.
    public private(set) var unknown: LogIndex?
    /// Where statements and nonces are carried first, in this stream or in all that the governance knows of.
    private(set) var firstUses: FirstUses
    /// More than one `tag.pushed`, or a first record that is none.
    private(set) var tagFault: Finding?

    /// - Precondition: `records` are those of one release stream, in order.
    public init(release: ReleaseID, records: [Record], governance: Governance, source: some HistorySource) {
        self.release = release
        self.records = records
        firstUses = governance.firstUses
        for record in records { read(record, governance: governance, source: source) }
    }

    public func openedGate(_ gate: String, stage: String, attempt: Int, before index: LogIndex) -> Opened? {
        opened.first {
            $0.gate == gate && $0.stage == stage && $0.attempt == attempt && $0.record.index < index
        }
    }

    public func lastTest(of target: String, before index: LogIndex) -> InstallTest? {
        tests.last { $0.target == target && $0.record.index < index }
    }

    // MARK: Reading

    private mutating func note(_ finding: Finding) { findings.append(finding) }

    private mutating func read(_ record: Record, governance: Governance, source: some HistorySource) {
        firstUses.note(record)
        if record.obscures, unknown == nil { unknown = record.index }
        guard record.isKnown, let schema = EventSchema.of(record.type) else {
            if EventSchema.of(record.type) != nil {
                note(
                    Finding(
                        "type.stream", at: record.index,
                        "\(record.type) has no effect here, or not in this version"))
            }
            return
        }
        let missing = schema.missing(in: record.what)
        guard missing.isEmpty else {
            let finding = Finding(
                "act.members", at: record.index,
                "\(record.type): \(missing.joined(separator: ", ")) missing or not in its form")
            note(finding)
            if Self.isWeighty(record) { incomplete.append(finding) }
            if record.type.text == "tag.pushed" { tagFault = tagFault ?? finding }
            return
        }
        let judge = ActJudge(governance: governance, source: source, firstUses: firstUses)
        switch schema.signer {
        case .nobody, .approver: sort(record, isUnclear: false)
        case .taggerIfAny: readTag(record, judge: judge)
        case .holder(let role): take(record, judge.judge(record, role: role))
        case .approverOrAdmin:
            guard let decision = withdrawn(by: record) else {
                note(
                    Finding(
                        "withdrawal.nothing", at: record.index,
                        "it names no approval or rejection of its gate and attempt, and has no effect"))
                return
            }
            let approver = decision.text("approver")
            take(record, judge.judge(record) { $0 == approver ? nil : "admin" })
        }
    }

    private mutating func take(_ record: Record, _ check: Check<ActJudge<some HistorySource>.Signer>) {
        switch check {
        case .good: sort(record, isUnclear: false)
        case .bad(let finding): note(finding)
        case .unclear(let finding):
            note(finding)
            sort(record, isUnclear: true)
        }
    }

    /// The decision that a withdrawal names by gate, attempt and index.
    private func withdrawn(by record: Record) -> Record? {
        records.first {
            $0.index.value == record.number("approval") ?? -1 && $0.index < record.index
                && ["gate.approved", "gate.rejected"].contains($0.type.text)
                && $0.what["gate"] == record.what["gate"] && $0.what["attempt"] == record.what["attempt"]
        }
    }

    private mutating func readTag(_ record: Record, judge: ActJudge<some HistorySource>) {
        guard record.revision == 1 else {
            tagFault =
                tagFault
                ?? Finding(
                    "order.tag", at: record.index, "the tag was pushed again: a release has one tag.pushed")
            return
        }
        guard record.text("project") == release.project, record.text("tag") == release.tag else {
            tagFault = Finding(
                "order.tag", at: record.index, "tag.pushed is of another project or tag than its stream")
            return
        }
        tag = record
        effective.append(record)
        guard record.what["statement"] != nil || record.what["signature"] != nil else { return }
        switch judge.judge(record, role: nil) {
        case .good: isTagSigned = true
        case .bad(let finding): note(finding)
        case .unclear(let finding): unclearTag = finding
        }
    }

    private mutating func sort(_ record: Record, isUnclear: Bool) {
        effective.append(record)
        switch record.type.text {
        case "stage.started": readStart(record)
        case "stage.succeeded", "stage.failed", "stage.unknown", "stage.retried": stageRecords.append(record)
        case "artifact.built": built.append(record)
        case "artifact.published": readPublication(record)
        case "gate.opened": readOpened(record)
        case "gate.approved", "gate.rejected": decisions.append(record)
        case "gate.expired": expirations.append(record)
        case "approval.withdrawn":
            withdrawals.append(
                Withdrawal(
                    index: record.index, approval: LogIndex(record.number("approval")!), isUnclear: isUnclear)
            )
        case "gate.bypassed":
            bypasses.append(
                Bypass(
                    index: record.index, gate: record.text("gate")!, attempt: record.number("attempt")!,
                    until: record.time("until") ?? nil, by: record.text("by")!, isUnclear: isUnclear))
        case "install.tested":
            tests.append(
                InstallTest(
                    record: record, target: record.text("target")!, indexURL: record.text("index")!,
                    files: record.files("files"), hasPassed: record.text("verdict") == "passed",
                    tester: record.text("tester")!, isUnclear: isUnclear))
        case "release.completed": ending = .completed
        case "release.failed": ending = .failed
        case "release.superseded": ending = .superseded
        default: break
        }
    }

    private static func isWeighty(_ record: Record) -> Bool {
        ["artifact.built", "artifact.published", "gate.opened", "stage.started"].contains(record.type.text)
    }

    private mutating func readStart(_ record: Record) {
        starts.append(
            Start(
                index: record.index, time: record.time, stage: record.text("stage")!,
                attempt: record.number("attempt")!, epoch: record.number("epoch")!,
                files: record.files("files"), heads: record.heads, isHypothetical: false))
    }

    private mutating func readPublication(_ record: Record) {
        publications.append(
            Publication(
                record: record, stage: record.text("stage") ?? "", attempt: record.number("attempt") ?? 0,
                target: record.text("target") ?? "", files: record.files("files"),
                observed: record.files("observed"), how: record.text("how") ?? ""))
    }

    private mutating func readOpened(_ record: Record) {
        opened.append(
            Opened(
                record: record, gate: record.text("gate") ?? "", stage: record.text("stage") ?? "",
                attempt: record.number("attempt") ?? 0, nonce: record.text("nonce") ?? "",
                policy: record.text("policy").flatMap { Digest.parse($0) }, files: record.files("files")))
    }
}
