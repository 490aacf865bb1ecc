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
    /// Digests that were erased, with the last record that says so.
    public private(set) var erased: [Hash: LogIndex] = [:]
    public private(set) var findings: [Finding] = []
    /// The fingerprint of the first admin's key; nil while the bootstrap is not complete or was not good.
    public private(set) var bootstrapFingerprint: String?

    /// Acts of which nobody can say whether they are good: a statement is not at hand, or the head that its
    /// signer saw is not proved. They have their effect, but for what ends something.
    private(set) var unclear: [Finding] = []
    /// Pipelines of which a definition was recorded that nobody here can read, and from where on.
    private(set) var unreadable: [String: [LogIndex]] = [:]

    /// Where statements and nonces are carried first. Of the whole log where somebody looked there before
    /// (``FirstUses/init(in:)``), otherwise of the records that were applied.
    private(set) var firstUses: FirstUses
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
        let role: String
    }

    public init() { firstUses = FirstUses() }

    /// - Parameter firstUses: of all records at hand, those of releases as well.
    init(firstUses: FirstUses) { self.firstUses = firstUses }

    /// - Precondition: `record` is of one of the three streams, and comes after all that were applied.
    public mutating func apply(_ record: Record, source: some HistorySource) {
        precondition(!record.stream.isRelease, "releases are judged by themselves")
        positions[record.stream, default: []].append(record.index)
        firstUses.note(record)
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
        guard case .holder(let role) = schema.signer,
            let (by, act) = checkedSigner(record, role: role, source: source)
        else { return }
        let known = findings.count
        effect(of: record, by: by)
        if let act, findings.count == known { goodActs.append(act) }
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

    /// A pipeline in force just before `index` whose definition cannot be read: nobody can say if it matches.
    func unreadableInForce(at index: LogIndex) -> LogIndex? {
        unreadable.compactMap { name, indexes in
            guard let last = indexes.last(where: { $0 < index }) else { return nil }
            let readable = definitions[name]?.last { $0.index < index }
            return readable.map { $0.index > last } ?? false ? nil : last
        }.min()
    }

    /// Who the log is for a tree of `size`; for the empty one, who it is when it opens.
    public func identity(at size: TreeSize) -> Identity? {
        identities.last { $0.index.value < max(size.value, 1) }
    }

    /// The first record whose effect this program cannot know, if there is one. Every gate reads all of these
    /// streams to their end: a later record may revoke with effect from before, and any pipeline may match.
    public var firstObscured: LogIndex? { obscured.values.min() }

    /// What rests on acts of which nobody can say whether they are good is indeterminate: those that could
    /// not be checked, and those whose key or role was revoked later with effect from before them.
    /// `FORMAT.md` §5, "Keys and persons".
    public var doubts: [Finding] {
        guard roster.hasReachingRevocation else { return unclear }
        return unclear
            + goodActs.compactMap { act in
                let standings = [
                    roster.standing(ofKey: act.fingerprint, person: act.person, at: act.moment),
                    roster.standing(ofRole: act.role, person: act.person, at: act.moment),
                ]
                for case .inDoubt(let text) in standings {
                    return Finding("act.doubted", at: act.moment.index, "\(act.type) is in doubt: \(text)")
                }
                return nil
            }
    }

    // MARK: Signed acts

    /// The person whose act this is; nil, with a finding, if it has no effect. `act` is nil where it is
    /// unclear.
    private mutating func checkedSigner(
        _ record: Record, role: String, source: some HistorySource
    ) -> (by: String, act: GoodAct?)? {
        switch ActJudge(governance: self, source: source).judge(record, role: role) {
        case .good(let signer):
            let moment = Roster.Moment(index: record.index, time: record.time)
            let act = GoodAct(
                moment: moment, type: record.type.text, person: signer.person,
                fingerprint: signer.fingerprint, role: role)
            return (signer.person, act)
        case .bad(let finding):
            findings.append(finding)
            return nil
        case .unclear(let finding):
            findings.append(finding)
            unclear.append(finding)
            // To believe an end that may be none could refuse what was allowed.
            let ends = ["person.removed", "role.revoked", "key.revoked"].contains(record.type.text)
            return ends ? nil : (record.actor.name, nil)
        }
    }

    private mutating func open(_ record: Record) {
        guard record.index.value == 0 else {
            findings.append(
                Finding(
                    "ledger.opened", at: record.index, "ledger.opened has effect only as the first record"))
            return
        }
        project = record.text("project")
        guard record.number("format") == 1, EventSchema.of(record.type)?.missing(in: record.what) == [],
            let origin = record.text("origin").flatMap({ Origin($0) }), let key = record.text("key")
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
            case .good: continue
            case .unclear(let finding):
                findings.append(finding)
                unclear.append(finding)
            case .bad(let finding):
                findings.append(finding)
                findings.append(
                    Finding(
                        "bootstrap", at: record.index, "the bootstrap is not good: this ledger has no admin"))
                return
            }
        }
        var complete = roster
        for record in bootstrap {
            var fault = complete.apply(record)
            if !bootstrap[1...].allSatisfy({ $0.holdsWindow(at: record.time) }) {
                fault = Finding(
                    "bootstrap", at: record.index, "the first key or role is not good when it is used")
            }
            if let fault {
                findings.append(fault)
                return
            }
        }
        roster = complete
        bootstrapFingerprint = key.fingerprint
        goodActs += bootstrap.map { record in
            GoodAct(
                moment: Roster.Moment(index: record.index, time: record.time), type: record.type.text,
                person: person, fingerprint: key.fingerprint, role: "admin")
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
        guard let json = record.what["definition"]?.object, let name = json["pipeline"]?.string,
            StreamName.pipeline(name) == record.stream,
            record.text("digest").flatMap({ Digest.parse($0) }) == Hash.sha256(json.canonicalBytes)
        else {
            findings.append(
                Finding(
                    "pipeline.definition", at: record.index,
                    "the definition is not of this stream, or not of its digest"))
            return
        }
        guard let definition = try? PipelineDefinition(json, strictness: .judging) else {
            unreadable[name, default: []].append(record.index)
            return
        }
        definitions[definition.name, default: []].append(
            DefinitionRecord(index: record.index, time: record.time, definition: definition, by: by))
    }

    private mutating func erase(_ record: Record) {
        for text in record.what["digests"]?.array?.compactMap(\.string) ?? [] {
            if let digest = Digest.parse(text) { erased[digest] = record.index }
        }
    }
}
