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
    }

    public struct Bypass: Hashable, Sendable {
        public let index: LogIndex
        public let gate: String
        public let attempt: Int
        public let until: Timestamp?
        public let by: String
    }

    public struct InstallTest: Hashable, Sendable {
        public let record: Record
        public let target: String
        public let indexURL: String
        public let files: [ArtifactFile]?
        public let hasPassed: Bool
        public let tester: String
    }

    public let release: ReleaseID
    public let records: [Record]
    /// The record with revision 1, if it is a `tag.pushed` of this stream.
    public private(set) var tag: Record?
    /// The tagger's statement is good.
    public private(set) var isTagSigned = false
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
    public private(set) var findings: [Finding] = []
    /// Records on which a verdict rests that lack a member: what they would say is missing. Rules 3 to 5.
    private(set) var incomplete: [Finding] = []
    /// The first record of a type or version that this program does not know: what it changes, and from where
    /// on, nobody here can say.
    public private(set) var unknown: LogIndex?
    /// The first signed act whose evidence is not at hand.
    public private(set) var obscured: LogIndex?
    /// Statements by the record that first carried them.
    private(set) var statementUse: [Hash: LogIndex] = [:]
    /// More than one `tag.pushed`, or a first record that is none.
    private(set) var tagFault: Finding?

    /// - Precondition: `records` are those of one release stream, in order.
    public init(release: ReleaseID, records: [Record], governance: Governance, source: some HistorySource) {
        self.release = release
        self.records = records
        for record in records { read(record, governance: governance, source: source) }
    }

    public func openedGate(_ gate: String, stage: String, attempt: Int, before index: LogIndex) -> Opened? {
        opened.first {
            $0.gate == gate && $0.stage == stage && $0.attempt == attempt && $0.record.index < index
        }
    }

    /// The first `artifact.built` before `index`.
    public func builtRecord(before index: LogIndex) -> Record? { built.first { $0.index < index } }

    public func lastTest(of target: String, before index: LogIndex) -> InstallTest? {
        tests.last { $0.target == target && $0.record.index < index }
    }

    // MARK: Reading

    private mutating func note(_ finding: Finding) { findings.append(finding) }

    private mutating func read(_ record: Record, governance: Governance, source: some HistorySource) {
        if record.obscures, unknown == nil { unknown = record.index }
        let isRepeated = isStatementRepeated(record)
        guard record.isKnown, let schema = EventSchema.of(record.type) else {
            if EventSchema.of(record.type) != nil {
                note(
                    Finding(
                        "type.stream", at: record.index,
                        "\(record.type) has no effect here, or not in this version"))
            }
            return
        }
        if record.revision == 1, record.type.text != "tag.pushed" {
            tagFault = Finding(
                "order.tag", at: record.index, "the first record of a release must be tag.pushed")
        }
        let missing = schema.missing(in: record.what)
        guard missing.isEmpty else {
            let finding = Finding(
                "act.members", at: record.index, "\(record.type) lacks \(missing.joined(separator: ", "))")
            note(finding)
            if Self.isWeighty(record) { incomplete.append(finding) }
            if record.type.text == "tag.pushed", record.revision == 1 {
                tagFault = Finding("order.tag", at: record.index, "tag.pushed is not complete")
            }
            return
        }
        var signer: String?
        switch schema.signer {
        case .nobody, .approver: break
        case .taggerIfAny:
            readTag(record, isRepeated: isRepeated, judge: ActJudge(governance: governance, source: source))
            return
        case .holder(let role):
            signer = actor(
                record, role: role, isRepeated: isRepeated, ActJudge(governance: governance, source: source))
            guard signer != nil else { return }
        case .approverOrAdmin:
            signer = actor(
                record, role: nil, isRepeated: isRepeated, ActJudge(governance: governance, source: source))
            guard signer != nil else { return }
        }
        sort(record, signer: signer, governance: governance)
    }

    /// Whether an earlier record carries the same statement.
    private mutating func isStatementRepeated(_ record: Record) -> Bool {
        guard let statement = EvidenceReference(json: record.what["statement"]) else { return false }
        if statementUse[statement.digest] != nil { return true }
        statementUse[statement.digest] = record.index
        return false
    }

    private mutating func actor(
        _ record: Record, role: String?, isRepeated: Bool, _ judge: ActJudge<some HistorySource>
    ) -> String? {
        guard !isRepeated else {
            note(Finding("act.replayed", at: record.index, "the statement of \(record.type) was used before"))
            return nil
        }
        switch judge.judge(record, role: role) {
        case .good(let signer): return signer.person
        case .bad(let finding):
            note(finding)
        case .unclear(let finding):
            note(finding)
            if obscured == nil { obscured = record.index }
        }
        return nil
    }

    private mutating func readTag(_ record: Record, isRepeated: Bool, judge: ActJudge<some HistorySource>) {
        guard record.revision == 1 else {
            tagFault = Finding(
                "order.tag", at: record.index, "the tag was pushed again: a release has one tag.pushed")
            return
        }
        guard record.text("project") == release.project, record.text("tag") == release.tag else {
            tagFault = Finding(
                "order.tag", at: record.index, "tag.pushed is of another project or tag than its stream")
            return
        }
        tag = record
        guard record.what["statement"] != nil || record.what["signature"] != nil else { return }
        switch judge.judge(record, role: nil) {
        case .good: isTagSigned = !isRepeated
        case .bad(let finding), .unclear(let finding): note(finding)
        }
    }

    private mutating func sort(_ record: Record, signer: String?, governance: Governance) {
        switch record.type.text {
        case "stage.started": readStart(record)
        case "stage.succeeded", "stage.failed", "stage.unknown", "stage.retried": stageRecords.append(record)
        case "artifact.built": built.append(record)
        case "artifact.published": readPublication(record)
        case "gate.opened": readOpened(record)
        case "gate.approved", "gate.rejected": decisions.append(record)
        case "gate.expired": expirations.append(record)
        case "approval.withdrawn": readWithdrawal(record, by: signer!, governance: governance)
        case "gate.bypassed":
            if let gate = record.text("gate"), let attempt = record.number("attempt") {
                bypasses.append(
                    Bypass(
                        index: record.index, gate: gate, attempt: attempt, until: record.time("until") ?? nil,
                        by: signer!))
            }
        case "install.tested": readTest(record, tester: signer!)
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
        guard let stage = record.text("stage"), let attempt = record.number("attempt"),
            let epoch = record.number("epoch")
        else {
            let finding = Finding(
                "act.members", at: record.index, "stage.started: a member is not in its form")
            note(finding)
            incomplete.append(finding)
            return
        }
        starts.append(
            Start(
                index: record.index, time: record.time, stage: stage, attempt: attempt, epoch: epoch,
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

    /// By the approver themselves, or by an admin.
    private mutating func readWithdrawal(_ record: Record, by: String, governance: Governance) {
        guard let approval = record.number("approval"), approval >= 0, approval < record.index.value else {
            note(
                Finding(
                    "act.members", at: record.index, "approval.withdrawn: 'approval' is not an earlier index")
            )
            return
        }
        let moment = Roster.Moment(index: record.index, time: record.time)
        let approver = decisions.first { $0.index.value == approval }?.text("approver")
        guard approver == by || governance.roster.standing(ofRole: "admin", person: by, at: moment) == .holds
        else {
            note(Finding("act.standing", at: record.index, "\(by) may not withdraw another's approval"))
            return
        }
        withdrawals.append(Withdrawal(index: record.index, approval: LogIndex(approval)))
    }

    private mutating func readTest(_ record: Record, tester: String) {
        tests.append(
            InstallTest(
                record: record, target: record.text("target") ?? "", indexURL: record.text("index") ?? "",
                files: record.files("files"), hasPassed: record.text("verdict") == "passed", tester: tester))
    }
}
