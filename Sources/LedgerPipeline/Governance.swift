public import LedgerProof

/// What was decided about the log, its people and its pipelines: the streams `ledger`, `roster` and
/// `pipeline/…`, judged act by act in log order.
///
/// Always true: an act that was not good for its signer at its index changed nothing here, and is a finding.
public struct Governance: Sendable {
    /// One valid `pipeline.defined`.
    public struct DefinitionRecord: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp
        public let definition: PipelineDefinition
        public let by: String
    }

    /// Who the log is from a record on.
    public struct Identity: Hashable, Sendable {
        public let index: LogIndex
        public let origin: Origin
        /// Note verifier key.
        public let key: String
    }

    /// That history was lost, and from which checkpoint this is known. `FORMAT.md` §5, `ledger.restored`.
    public struct Restoration: Hashable, Sendable {
        public let index: LogIndex
        /// The newest known checkpoint of the lost history.
        public let from: Checkpoint
        public let hasLost: Bool
    }

    public private(set) var roster = Roster()
    /// Valid definitions by pipeline, in log order.
    public private(set) var definitions: [String: [DefinitionRecord]] = [:]
    public private(set) var identities: [Identity] = []
    public private(set) var restorations: [Restoration] = []
    /// `project` of `ledger.opened`, where it says one.
    public private(set) var project: String?
    /// Digests that were erased, with the record that says so.
    public private(set) var erased: [Hash: LogIndex] = [:]
    public private(set) var findings: [Finding] = []
    /// The fingerprint of the first admin's key; nil while the bootstrap is not complete or was not good.
    public private(set) var bootstrapFingerprint: String?

    /// Statements that counted, by digest. A statement counts once in the log.
    private(set) var usedStatements: [Hash: LogIndex] = [:]
    /// Indexes of the records of each stream: its revision at a moment is how many lie before it.
    private var positions: [StreamName: [LogIndex]] = [:]
    /// Streams with a record that this program cannot know the effect of.
    private(set) var obscured: [StreamName: LogIndex] = [:]
    private var bootstrap: [Record] = []
    /// Acts that had their effect, with what they rest on.
    private var goodActs: [GoodAct] = []

    private struct GoodAct: Sendable {
        let moment: Roster.Moment
        let type: String
        let person: String
        let fingerprint: String
        let role: String?
    }

    public init() {}

    /// - Precondition: `record` is of one of the three streams, and comes after all that were applied.
    public mutating func apply(_ record: Record, source: some HistorySource) {
        precondition(!record.stream.isRelease, "releases are judged by themselves")
        positions[record.stream, default: []].append(record.index)
        if record.obscures, obscured[record.stream] == nil { obscured[record.stream] = record.index }
        guard record.isKnown, let schema = EventSchema.of(record.type) else {
            if EventSchema.of(record.type) != nil {
                findings.append(
                    Finding(
                        "type.stream", at: record.index,
                        "\(record.type) has no effect in '\(record.stream)', or not in this version"))
            }
            return
        }
        if record.stream == .roster, record.revision <= 3 {
            applyBootstrap(record, source: source)
            return
        }
        if record.type.text == "ledger.opened" {
            open(record)
            return
        }
        guard case .holder(let role) = schema.signer else { return }
        if let by = checkedSigner(record, role: role, source: source) { effect(of: record, by: by) }
    }

    // MARK: Asking

    /// The revisions of the streams when a record with `index` was judged.
    public func heads(at index: LogIndex, pipeline: String) -> Heads {
        func count(_ stream: StreamName?) -> Int {
            stream.flatMap { positions[$0] }.map { $0.prefix { $0 < index }.count } ?? 0
        }
        return Heads(
            ledger: count(.ledger), pipeline: count(StreamName.pipeline(pipeline)), roster: count(.roster))
    }

    /// How many records of `stream` were applied.
    public func revision(of stream: StreamName) -> Int { positions[stream]?.count ?? 0 }

    /// The pipeline streams that have records.
    public var definedPipelines: [StreamName] { positions.keys.filter { $0.isPipeline } }

    /// The last record that was applied.
    public var last: LogIndex? { positions.values.compactMap(\.last).max() }

    /// The definitions in force just before `index`, whose patterns match `tag`.
    public func definitions(matching tag: String, at index: LogIndex) -> [DefinitionRecord] {
        inForce(at: index).filter { $0.definition.matches(tag: tag) }
    }

    /// The last valid definition of each pipeline before `index`, by name.
    public func inForce(at index: LogIndex) -> [DefinitionRecord] {
        definitions.keys.sorted().compactMap { name in definitions[name]!.last { $0.index < index } }
    }

    /// Who the log is for a tree of `size`.
    public func identity(at size: TreeSize) -> Identity? { identities.last { $0.index.value < size.value } }

    /// The first record whose effect this program cannot know, if there is one. Every gate reads all of these
    /// streams to their end: a later record may revoke with effect from before, and any pipeline may match.
    public var firstObscured: LogIndex? { obscured.values.min() }

    /// Acts that had their effect, and whose key or role was revoked later with effect from before them: what
    /// rests on them is indeterminate. `FORMAT.md` §5, "Keys and persons".
    public var doubts: [Finding] {
        guard roster.hasReachingRevocation else { return [] }
        return goodActs.compactMap { act in
            var standings = [roster.standing(ofKey: act.fingerprint, person: act.person, at: act.moment)]
            if let role = act.role {
                standings.append(roster.standing(ofRole: role, person: act.person, at: act.moment))
            }
            for case .inDoubt(let text) in standings {
                return Finding("act.doubted", at: act.moment.index, "\(act.type) is in doubt: \(text)")
            }
            return nil
        }
    }

    // MARK: Signed acts

    /// The person whose act this is; nil, with a finding, if it is not good for the role.
    private mutating func checkedSigner(_ record: Record, role: String, source: some HistorySource) -> String?
    {
        switch checkAct(record, role: role, source: source) {
        case .good(let signer):
            goodActs.append(
                GoodAct(
                    moment: Roster.Moment(index: record.index, time: record.time), type: record.type.text,
                    person: signer.person, fingerprint: signer.fingerprint, role: role))
            return signer.person
        case .bad(let finding), .unclear(let finding):
            findings.append(finding)
            if finding.code == "evidence.missing", obscured[record.stream] == nil {
                obscured[record.stream] = record.index
            }
            return nil
        }
    }

    /// Checks an act in any stream: statement, signature, standing of its signer, and that the statement is
    /// new.
    private mutating func checkAct<Source: HistorySource>(
        _ record: Record, role: String?, source: Source
    ) -> Check<ActJudge<Source>.Signer> {
        let result = ActJudge(governance: self, source: source).judge(record, role: role)
        if case .good = result, let statement = EvidenceReference(json: record.what["statement"]) {
            if let first = usedStatements[statement.digest], first != record.index {
                return .bad(
                    Finding(
                        "act.replayed", at: record.index, "its statement was used before, in record \(first)")
                )
            }
        }
        noteStatement(of: record)
        return result
    }

    /// The first record that carries a statement is the one it counts in.
    mutating func noteStatement(of record: Record) {
        guard let statement = EvidenceReference(json: record.what["statement"]) else { return }
        if usedStatements[statement.digest] == nil { usedStatements[statement.digest] = record.index }
    }

    private mutating func open(_ record: Record) {
        guard record.index.value == 0 else {
            findings.append(
                Finding(
                    "ledger.opened", at: record.index, "ledger.opened has effect only as the first record"))
            return
        }
        project = record.text("project")
        guard let origin = record.text("origin").flatMap({ Origin($0) }), let key = record.text("key"),
            record.number("format") == 1
        else {
            findings.append(
                Finding("act.members", at: record.index, "ledger.opened: a member is not in its form"))
            return
        }
        identities.append(Identity(index: record.index, origin: origin, key: key))
    }

    /// Roster revisions 1-3 enrol one person, their key and the role admin, each signed with that very key.
    private mutating func applyBootstrap(_ record: Record, source: some HistorySource) {
        bootstrap.append(record)
        guard bootstrap.count == 3 else { return }
        let person = bootstrap[0].text("person")
        let types = ["person.enrolled", "key.enrolled", "role.granted"]
        guard let person, bootstrap.map(\.type.text) == types,
            bootstrap.allSatisfy({ $0.text("person") == person }), bootstrap[2].text("role") == "admin",
            let line = bootstrap[1].text("key"), let key = try? SSHPublicKey(line: line)
        else {
            findings.append(
                Finding(
                    "bootstrap", at: bootstrap[0].index,
                    "the first three records of the roster do not enrol one admin with a key"))
            return
        }
        for record in bootstrap {
            let judge = ActJudge(governance: self, source: source)
            switch judge.judge(record, bootstrapKey: key, person: person) {
            case .good: noteStatement(of: record)
            case .bad(let finding), .unclear(let finding):
                findings.append(finding)
                findings.append(
                    Finding(
                        "bootstrap", at: record.index, "the bootstrap is not good: this ledger has no admin"))
                return
            }
        }
        var complete = roster
        for record in bootstrap {
            if let finding = complete.apply(record) {
                findings.append(finding)
                return
            }
        }
        roster = complete
        bootstrapFingerprint = key.fingerprint
        goodActs += bootstrap.map { record in
            GoodAct(
                moment: Roster.Moment(index: record.index, time: record.time), type: record.type.text,
                person: person, fingerprint: key.fingerprint, role: nil)
        }
    }

    private mutating func effect(of record: Record, by: String) {
        switch record.type.text {
        case "pipeline.defined": define(record, by: by)
        case "evidence.erased": erase(record)
        case "ledger.restored": restore(record)
        case "ledger.rekeyed":
            guard let origin = record.text("origin").flatMap({ Origin($0) }), let key = record.text("key")
            else { return }
            identities.append(Identity(index: record.index, origin: origin, key: key))
        default:
            if let finding = roster.apply(record) { findings.append(finding) }
        }
    }

    private mutating func restore(_ record: Record) {
        func bad(_ text: String) { findings.append(Finding("ledger.lost", at: record.index, text)) }
        let from = record.text("from").flatMap { Self.checkpoint(ofNote: $0) }
        guard let lost = record.what["lost"], !lost.isNull else {
            if let from { restorations.append(Restoration(index: record.index, from: from, hasLost: false)) }
            return
        }
        guard let from, lost == [.integer(Int64(record.index.value)), .integer(Int64(from.size.value) - 1)]
        else { return bad("ledger.restored: `lost` is not as in `from`") }
        guard let origin = record.text("origin").flatMap({ Origin($0) }), let key = record.text("key"),
            (try? NoteVerifierKey(key))?.name == origin.text
        else { return bad("ledger.restored: what was lost asks for a new origin and its key") }
        restorations.append(Restoration(index: record.index, from: from, hasLost: true))
        identities.append(Identity(index: record.index, origin: origin, key: key))
    }

    /// The text of a checkpoint, alone or with its signatures.
    private static func checkpoint(ofNote text: String) -> Checkpoint? {
        let bytes = Array(text.utf8)
        return try? Checkpoint(parsing: (try? SignedNote(parsing: bytes))?.text ?? bytes)
    }

    private mutating func define(_ record: Record, by: String) {
        guard let json = record.what["definition"]?.object,
            let definition = try? PipelineDefinition(json, strictness: .judging),
            StreamName.pipeline(definition.name) == record.stream,
            record.text("digest").flatMap({ Digest.parse($0) }) == definition.digest
        else {
            findings.append(
                Finding(
                    "pipeline.definition", at: record.index,
                    "the definition is not valid, not of this stream, or not of its digest"))
            return
        }
        definitions[definition.name, default: []].append(
            DefinitionRecord(index: record.index, time: record.time, definition: definition, by: by))
    }

    private mutating func erase(_ record: Record) {
        for text in record.what["digests"]?.array?.compactMap(\.string) ?? [] {
            if let digest = Digest.parse(text), erased[digest] == nil { erased[digest] = record.index }
        }
    }
}
