public import LedgerProof

/// The tree head that a signer had before them.
public struct SeenHead: Hashable, Sendable {
    public let origin: Origin
    public let size: TreeSize
    public let root: Hash

    public init(origin: Origin, size: TreeSize, root: Hash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    init?(json: JSONValue?) {
        guard let object = json?.object, object.count == 3,
            let origin = object["origin"]?.string.flatMap({ Origin($0) }),
            let size = object["size"]?.integer, size >= 0,
            let root = object["root"]?.string.flatMap({ [UInt8](base64: $0) }).flatMap({ Hash(bytes: $0) })
        else { return nil }
        self.init(origin: origin, size: TreeSize(Int(size)), root: root)
    }

    var json: JSONValue {
        [
            "origin": .string(origin.text), "root": .string(root.bytes.base64),
            "size": .integer(Int64(size.value)),
        ]
    }
}

/// What both kinds of statement share: an in-toto Statement v1 in canonical form.
enum InToto {
    static let type: JSONValue = "https://in-toto.io/Statement/v1"

    static func statement(predicateType: String, predicate: JSONObject, subject: JSONValue) -> JSONObject {
        [
            "_type": type, "predicate": .object(predicate), "predicateType": .string(predicateType),
            "subject": subject,
        ]
    }

    /// - Returns: nil unless `bytes` are canonical and have exactly the four members.
    static func parse(_ bytes: [UInt8], predicateType: String) -> (predicate: JSONObject, subject: JSONValue)?
    {
        guard let object = try? JSONObject(canonical: bytes), object.count == 4, object["_type"] == type,
            object["predicateType"] == .string(predicateType), let predicate = object["predicate"]?.object,
            let subject = object["subject"]
        else { return nil }
        return (predicate, subject)
    }

    static func subject(_ digest: Hash, name: String) -> JSONValue {
        ["digest": ["sha256": .string(digest.hex)], "name": .string(name)]
    }
}

/// The statement of a signed act: that `by` wants this record, and nothing else, in this stream. `FORMAT.md`
/// §5.
public struct ActStatement: Hashable, Sendable {
    public let by: String
    public let seen: SeenHead
    public let stream: StreamName
    public let type: EventType
    /// SHA-256 of the canonical `what` without `statement` and `signature`.
    public let whatDigest: Hash

    public static let predicateType = "urn:ledger:act:v1"

    /// - Parameter by: the person's bare name.
    public init(by: String, seen: SeenHead, stream: StreamName, type: EventType, what: JSONObject) {
        self.by = by
        self.seen = seen
        self.stream = stream
        self.type = type
        whatDigest = Self.digest(of: what)
    }

    /// - Returns: nil unless `bytes` are exactly such a statement.
    public init?(_ bytes: [UInt8]) {
        guard let (predicate, subject) = InToto.parse(bytes, predicateType: Self.predicateType),
            predicate.count == 4, let by = predicate["by"]?.string, by.hasPrefix("person:"),
            let seen = SeenHead(json: predicate["seen"]),
            let stream = predicate["stream"]?.string.flatMap({ StreamName($0) }),
            let type = predicate["type"]?.string.flatMap({ EventType($0) }),
            let subjects = subject.array, subjects.count == 1,
            let digest = subjects[0].object?["digest"]?.object?["sha256"]?.string.flatMap({ Hash(hex: $0) }),
            subject == [InToto.subject(digest, name: "what")]
        else { return nil }
        self.by = String(by.dropFirst("person:".count))
        self.seen = seen
        self.stream = stream
        self.type = type
        whatDigest = digest
    }

    public var bytes: [UInt8] {
        InToto.statement(
            predicateType: Self.predicateType,
            predicate: [
                "by": .string("person:\(by)"), "seen": seen.json, "stream": .string(stream.text),
                "type": .string(type.text),
            ], subject: [InToto.subject(whatDigest, name: "what")]
        ).canonicalBytes
    }

    public static func digest(of what: JSONObject) -> Hash {
        Hash.sha256(what.removing("statement", "signature").canonicalBytes)
    }
}

/// The statement an approver signs. `FORMAT.md` §4: exactly these members.
public struct ApprovalStatement: Hashable, Sendable {
    public enum Decision: String, Hashable, Sendable { case approve, reject }

    /// A record that the approver was shown.
    public struct Shown: Hashable, Sendable {
        public let index: LogIndex
        public let leaf: Hash

        public init(index: LogIndex, leaf: Hash) {
            self.index = index
            self.leaf = leaf
        }
    }

    /// The person's bare name.
    public let approver: String
    public let attempt: Int
    public let comment: String
    public let decision: Decision
    public let evidence: [Shown]
    public let expires: Timestamp
    public let gate: String
    public let meaning: String
    public let nonce: String
    public let policy: Hash
    public let release: String
    public let seen: SeenHead
    public let target: String
    /// Name and digest of every file, sorted by name. Sizes are not part of a statement.
    public let subject: [Subject]

    public struct Subject: Hashable, Sendable {
        public let name: String
        public let digest: Hash
    }

    public static let predicateType = "urn:ledger:release-approval:v1"

    public static func meaning(_ decision: Decision, target: String) -> String {
        let verb = decision == .approve ? "approve" : "reject"
        return "I \(verb) publication of exactly these files to \(target)."
    }

    public init(
        approver: String, attempt: Int, comment: String, decision: Decision, evidence: [Shown],
        expires: Timestamp, gate: String, nonce: String, policy: Hash, release: ReleaseID, seen: SeenHead,
        target: String, files: [ArtifactFile]
    ) {
        self.approver = approver
        self.attempt = attempt
        self.comment = comment
        self.decision = decision
        self.evidence = evidence.sorted { $0.index < $1.index }
        self.expires = expires
        self.gate = gate
        meaning = Self.meaning(decision, target: target)
        self.nonce = nonce
        self.policy = policy
        self.release = release.text
        self.seen = seen
        self.target = target
        subject = files.sortedByName.map { Subject(name: $0.name, digest: $0.digest) }
    }

    /// - Returns: nil unless `bytes` are canonical and have exactly the members of an approval.
    public init?(_ bytes: [UInt8]) {
        guard let (predicate, subject) = InToto.parse(bytes, predicateType: Self.predicateType),
            predicate.count == 13, let approver = predicate["approver"]?.string,
            approver.hasPrefix("person:"),
            let attempt = predicate["attempt"]?.integer, let comment = predicate["comment"]?.string,
            let decision = predicate["decision"]?.string.flatMap({ Decision(rawValue: $0) }),
            let evidence = predicate["evidence"].flatMap({ Self.shown($0) }),
            let expires = predicate["expires"]?.string.flatMap({ Timestamp($0) }),
            let gate = predicate["gate"]?.string, let meaning = predicate["meaning"]?.string,
            let nonce = predicate["nonce"]?.string,
            let policy = predicate["policy"]?.string.flatMap({ Digest.parse($0) }),
            let release = predicate["release"]?.string, let seen = SeenHead(json: predicate["seen"]),
            let target = predicate["target"]?.string, let subjects = Self.subjects(subject)
        else { return nil }
        self.approver = String(approver.dropFirst("person:".count))
        self.attempt = Int(attempt)
        self.comment = comment
        self.decision = decision
        self.evidence = evidence
        self.expires = expires
        self.gate = gate
        self.meaning = meaning
        self.nonce = nonce
        self.policy = policy
        self.release = release
        self.seen = seen
        self.target = target
        self.subject = subjects
    }

    public var bytes: [UInt8] {
        InToto.statement(
            predicateType: Self.predicateType,
            predicate: [
                "approver": .string("person:\(approver)"), "attempt": .integer(Int64(attempt)),
                "comment": .string(comment), "decision": .string(decision.rawValue),
                "evidence": .array(
                    evidence.map {
                        ["index": .integer(Int64($0.index.value)), "leaf": .string($0.leaf.hex)]
                    }),
                "expires": .string(expires.description), "gate": .string(gate), "meaning": .string(meaning),
                "nonce": .string(nonce), "policy": .string(Digest.text(policy)), "release": .string(release),
                "seen": seen.json, "target": .string(target),
            ], subject: .array(subject.map { InToto.subject($0.digest, name: $0.name) })
        ).canonicalBytes
    }

    /// Ascending, none twice.
    private static func shown(_ value: JSONValue) -> [Shown]? {
        guard let elements = value.array else { return nil }
        var shown: [Shown] = []
        for element in elements {
            guard let object = element.object, object.count == 2, let index = object["index"]?.integer,
                index >= 0,
                let leaf = object["leaf"]?.string.flatMap({ Hash(hex: $0) })
            else { return nil }
            if let last = shown.last, last.index.value >= Int(index) { return nil }
            shown.append(Shown(index: LogIndex(Int(index)), leaf: leaf))
        }
        return shown
    }

    private static func subjects(_ value: JSONValue) -> [Subject]? {
        guard let elements = value.array else { return nil }
        var subjects: [Subject] = []
        for element in elements {
            guard let name = element.object?["name"]?.string, ArtifactFile.isName(name),
                let digest = element.object?["digest"]?.object?["sha256"]?.string.flatMap({ Hash(hex: $0) }),
                element == InToto.subject(digest, name: name)
            else { return nil }
            if let last = subjects.last, !last.name.utf8.lexicographicallyPrecedes(name.utf8) { return nil }
            subjects.append(Subject(name: name, digest: digest))
        }
        return subjects
    }
}
