public import LedgerProof

/// The event types of version 1: in which stream each has effect, what its `what` must hold, and who signs
/// it. `FORMAT.md` §5.
public struct EventSchema: Hashable, Sendable {
    public enum StreamKind: Hashable, Sendable { case ledger, roster, pipeline, release }

    public enum Signer: Hashable, Sendable {
        case nobody
        /// An act that counts only if its statement is good for a holder of the role.
        case holder(of: String)
        /// The tagger, where there is a statement.
        case taggerIfAny
        /// The approver, over an approval statement.
        case approver
        /// The approver or an admin.
        case approverOrAdmin
    }

    public let stream: StreamKind
    public let members: [String]
    public let signer: Signer

    public static func of(_ type: EventType) -> EventSchema? { all[type.text] }

    /// Known types; for a type that is not here, `critical` decides.
    private static let all: [String: EventSchema] = {
        let admin = Signer.holder(of: "admin")
        func schema(_ stream: StreamKind, _ members: String, _ signer: Signer = .nobody) -> EventSchema {
            EventSchema(
                stream: stream, members: members.split(separator: " ").map { String($0) }, signer: signer)
        }
        let outcome = schema(.release, "stage attempt micros log reason")
        let publication = schema(.release, "stage attempt target url files observed how")
        let decision = schema(
            .release, "gate attempt approver statement signature fingerprint heads", .approver)
        let ending = schema(.release, "reason by")
        return [
            "ledger.opened": schema(.ledger, "origin key format"),
            "ledger.rekeyed": schema(.ledger, "origin key from reason", admin),
            "ledger.restored": schema(.ledger, "from lost reason", admin),
            "evidence.erased": schema(.ledger, "digests reason authority", admin),
            "person.enrolled": schema(.roster, "person kind accounts profile", admin),
            "person.removed": schema(.roster, "person kind accounts profile", admin),
            "role.granted": schema(.roster, "person role from until", admin),
            "role.revoked": schema(.roster, "person role from until", admin),
            "key.enrolled": schema(.roster, "person key fingerprint from until reason", admin),
            "key.revoked": schema(.roster, "person key fingerprint from until reason", admin),
            "pipeline.defined": schema(.pipeline, "digest definition", admin),
            "tag.pushed": schema(
                .release, "project version tag commit tagger repository pipeline", .taggerIfAny),
            "stage.started": schema(.release, "stage attempt executor epoch files heads"),
            "stage.succeeded": outcome, "stage.failed": outcome, "stage.unknown": outcome,
            "stage.retried": schema(.release, "stage attempt by reason"),
            "artifact.built": schema(.release, "stage attempt name files sourceDate tools"),
            "artifact.published": publication, "publish.conflicted": publication,
            "gate.opened": schema(.release, "gate stage attempt nonce policy files requirements heads"),
            "gate.approved": decision, "gate.rejected": decision,
            "approval.withdrawn": schema(.release, "gate attempt approval by reason", .approverOrAdmin),
            "gate.expired": schema(.release, "gate attempt by reason"),
            "gate.bypassed": schema(.release, "gate attempt by reason until", admin),
            "install.tested": schema(
                .release, "target index requirement files report commands verdict tester",
                .holder(of: "tester")),
            "release.completed": ending, "release.failed": ending, "release.superseded": ending,
            "release.yanked": ending,
        ]
    }()

    /// Members that the table names and the record lacks, or has in a form that no rule can read.
    public func missing(in what: JSONObject) -> [String] {
        members.filter { name in what[name].map { !hasForm(name, $0) } ?? true }
    }

    private func hasForm(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, stream) {
        case ("from", .roster), ("until", .roster): return value.isNull || Self.isTime(value)
        case ("until", _): return Self.isTime(value)
        default: break
        }
        if Self.texts.contains(name) { return value.string != nil }
        return Self.forms[name]?(value) ?? true
    }

    private static func isTime(_ value: JSONValue) -> Bool {
        value.string.flatMap { Timestamp($0) } != nil
    }

    private static func isTexts(_ value: JSONValue) -> Bool {
        value.array?.allSatisfy { $0.string != nil } ?? false
    }

    /// Members that rules read as text; in others only their being there counts.
    private static let texts: Set<String> = [
        "approver", "by", "digest", "fingerprint", "from", "gate", "how", "index", "key", "nonce", "pipeline",
        "policy", "project", "stage", "tag", "tagger", "target", "tester", "verdict", "version",
    ]

    private static let forms: [String: @Sendable (JSONValue) -> Bool] = [
        "accounts": { isTexts($0) }, "approval": { $0.integer != nil }, "attempt": { $0.integer != nil },
        "definition": { $0.object != nil }, "digests": { isTexts($0) }, "epoch": { $0.integer != nil },
        "kind": { $0.string.flatMap { Roster.Kind(rawValue: $0) } != nil },
        "origin": { $0.string.flatMap { Origin($0) } != nil },
        "person": { $0.string.map { NameRules.isPerson($0) } ?? false },
        "role": { $0.string.map { NameRules.isPlain($0) } ?? false },
    ]
}

extension StreamName {
    public var kind: EventSchema.StreamKind {
        if self == .ledger { return .ledger }
        if self == .roster { return .roster }
        return isPipeline ? .pipeline : .release
    }
}

extension Record {
    func text(_ member: String) -> String? { what[member]?.string }
    func number(_ member: String) -> Int? { what[member]?.integer.map { Int($0) } }
    func files(_ member: String) -> [ArtifactFile]? { [ArtifactFile](json: what[member]) }
    /// A time, or nil where the member is null; `.some(nil)` is null, nil is not a time at all.
    func time(_ member: String) -> Timestamp?? {
        guard let value = what[member] else { return nil }
        if value.isNull { return .some(nil) }
        guard let time = value.string.flatMap({ Timestamp($0) }) else { return nil }
        return .some(time)
    }

    /// Whether the record's type has effect where it stands, in a version this program knows.
    var isKnown: Bool {
        guard let schema = EventSchema.of(type) else { return false }
        return schema.stream == stream.kind && version == 1
    }

    /// A record that makes the verdicts that read its stream indeterminate, because this program cannot know
    /// what it changes.
    var obscures: Bool {
        guard EventSchema.of(type) != nil else { return what["critical"]?.bool == true }
        return version != 1
    }

    /// The digest of the statement that the record carries, as it is written.
    var statementDigest: String? { what["statement"]?.object?["digest"]?.string }

    /// `heads` as recorded; nil where the member is not one.
    var heads: Heads? { Heads(json: what["heads"]) }
}

/// How long the streams were that a judgement rested on.
public struct Heads: Hashable, Sendable {
    public let ledger: Int
    public let pipeline: Int
    public let roster: Int

    public init(ledger: Int, pipeline: Int, roster: Int) {
        self.ledger = ledger
        self.pipeline = pipeline
        self.roster = roster
    }

    public init?(json: JSONValue?) {
        guard let object = json?.object, object.count == 3, let ledger = object["ledger"]?.integer,
            let pipeline = object["pipeline"]?.integer, let roster = object["roster"]?.integer
        else { return nil }
        self.init(ledger: Int(ledger), pipeline: Int(pipeline), roster: Int(roster))
    }

    public var json: JSONValue {
        [
            "ledger": .integer(Int64(ledger)), "pipeline": .integer(Int64(pipeline)),
            "roster": .integer(Int64(roster)),
        ]
    }
}
