public import LedgerEvents
public import LedgerPipeline
public import LedgerProof

/// A ledger with people and a pipeline, in which a test records what it likes, allowed or not.
///
/// Nothing is decided here: each step appends the record it is told to, so that the judges can be given what
/// the decider would have refused. Signatures are real.
///
/// owner is the admin; alice and bob are releasers; carol pushes tags; tess tests; robo is a bot with the
/// role releaser.
public final class ReleaseWorld {
    public let log: InMemoryLog
    public let clock: AdjustableClock
    public let release = ReleaseID(project: "autocli", tag: "v0.1.0")!
    public private(set) var definition: PipelineDefinition
    /// The nonce of the newest opening of each gate.
    public private(set) var nonces: [String: String] = [:]
    private var ids = 0
    let meddle: Meddling

    public typealias Meddling = (_ point: Point, _ index: Int, _ content: inout JSONObject) -> Void

    /// Where something may be changed on its way into the log.
    public enum Point: Sendable, CaseIterable {
        /// `what`, before an act is signed.
        case unsigned
        /// A statement, before it is signed.
        case statement
        /// The record's own members (`actor`, `type`, `v`, `what`), before it is appended.
        case record
    }

    public static let origin = Origin("example.com/autocli-ledger")!
    public static let wheel = ArtifactFile(
        name: "autocli-0.1.0-py3-none-any.whl", digest: Hash.sha256(Array("wheel".utf8)), size: 5)!
    public static let sdist = ArtifactFile(
        name: "autocli-0.1.0.tar.gz", digest: Hash.sha256(Array("sdist!".utf8)), size: 6)!
    public static let files = [wheel, sdist]
    public static let otherFiles = [
        ArtifactFile(name: wheel.name, digest: Hash.sha256(Array("other".utf8)), size: 5)!, sdist,
    ]

    /// - Parameters:
    ///   - edit: changes the definition before it is recorded.
    ///   - bootstrapKey: whose key signs the first acts; nil for the owner's, as it must be.
    ///   - meddle: changes what is recorded; told the index, and at which point.
    public init(
        bootstrapKey: String? = nil, edit: (inout JSONObject) -> Void = { _ in },
        meddle: @escaping Meddling = { _, _, _ in }
    ) throws {
        self.meddle = meddle
        clock = AdjustableClock(Timestamp("2026-11-22T20:00:00.000000Z")!)
        log = InMemoryLog(origin: Self.origin, clock: clock.clock)
        var json = Self.definition
        edit(&json)
        definition = try PipelineDefinition(json, strictness: .judging)
        try append(
            .ledger, "ledger.opened", "ledger:self",
            [
                "format": 1,
                "key": "example.com/autocli-ledger+596f4d0f+AUjgW0k/ifzcgyVjX9IWULGe+1D6pl4bRPrYer6KCTfe",
                "origin": .string(Self.origin.text),
            ])
        try enrol("owner", roles: ["admin"], key: bootstrapKey)
        try enrol("alice", roles: ["releaser"])
        try enrol("bob", roles: ["releaser"])
        try enrol("carol", roles: [])
        try enrol("tess", roles: ["tester"])
        try enrol("robo", roles: ["releaser"], kind: .bot)
        try act(.define(definition), by: "owner")
    }

    /// The key of a person; each name has its own.
    public static func key(_ person: String) -> SSHPublicKey { secret(person).publicKey }

    private static func secret(_ person: String) -> SoftwareSSHKey {
        SoftwareSSHKey(seed: Hash.sha256(Array("key of \(person)".utf8)).bytes)
    }

    // MARK: Recording

    /// Appends anything.
    @discardableResult
    public func append(
        _ stream: StreamName, _ type: String, _ actor: String, _ what: JSONObject,
        evidence: [Hash: StoredEvidence] = [:], version: Int = 1
    ) throws -> Receipt {
        clock.time = clock.time.adding(microseconds: 1_000_000)
        ids += 1
        let id = EventID(bytes: Array(Hash.sha256(Array("id \(ids)".utf8)).bytes.prefix(16)))!
        let index = try log.read { try $0.head().size.value }
        var members: JSONObject = [
            "actor": .string(actor), "type": .string(type), "v": .integer(Int64(version)),
            "what": .object(what),
        ]
        meddle(.record, index, &members)
        let draft = RecordDraft(
            actor: members["actor"]?.string.flatMap { Actor($0) } ?? Actor(actor)!, cause: nil, id: id,
            stream: stream, type: members["type"]?.string.flatMap { EventType($0) } ?? EventType(type)!,
            version: members["v"]?.integer.map { max(1, Int($0)) } ?? version,
            what: members["what"]?.object ?? what)
        return try log.write { writer in
            for (digest, content) in evidence { try writer.keep(content, digest: digest) }
            return try writer.append(draft, expecting: .any)
        }
    }

    /// Appends a signed act. `edit` changes what is signed, `forge` what is recorded beside the signature.
    @discardableResult
    public func act(
        _ act: Act, by person: String, key: String? = nil, edit: (inout JSONObject) -> Void = { _ in },
        forge: (inout JSONObject) -> Void = { _ in }
    ) throws -> Receipt {
        var what = act.what
        edit(&what)
        meddle(.unsigned, try seen().size.value, &what)
        let edited = Act(act.stream, act.type.text, what, evidence: act.evidence)
        let signed = try signed(edited, by: person, key: key)
        var recorded = signed.what
        forge(&recorded)
        return try append(act.stream, act.type.text, "person:\(person)", recorded, evidence: signed.evidence)
    }

    /// The act with statement and signature, not recorded.
    public func signed(_ act: Act, by person: String, key: String? = nil) throws -> Act {
        let seen = try seen()
        var content = try JSONObject(
            canonical: ActStatement(
                by: person, seen: seen, stream: act.stream, type: act.type, what: act.what
            ).bytes)
        meddle(.statement, seen.size.value, &content)
        let statement = content.canonicalBytes
        return act.signed(statement: statement, signature: Self.secret(key ?? person).sign(statement))
    }

    public func seen() throws -> SeenHead {
        let head = try log.read { try $0.head() }
        return SeenHead(origin: Self.origin, size: head.size, root: head.root)
    }

    public func enrol(
        _ person: String, roles: [String], kind: Roster.Kind = .human, key: String? = nil
    ) throws {
        let admin = person == "owner" ? person : "owner"
        try act(.enrol(person: person, kind: kind, accounts: [], profile: nil), by: admin, key: key)
        try act(.enrol(key: Self.key(person), of: person, reason: "first key"), by: admin, key: key)
        for role in roles { try act(.grant(role: role, to: person), by: admin, key: key) }
    }

    /// The revisions of the streams now.
    public func heads() throws -> Heads {
        try log.read { reader in
            Heads(
                ledger: try reader.revision(of: .ledger),
                pipeline: try reader.revision(of: StreamName.pipeline(definition.name)!),
                roster: try reader.revision(of: .roster))
        }
    }

    // MARK: Judging

    public func context() throws -> LedgerContext {
        var context: LedgerContext?
        let now = clock.time
        try log.read { context = try LedgerContext($0, now: now, files: { _ in nil }) }
        return context!
    }

    public func judge() throws -> ReleaseJudgement { try context().release(release)!.judge.judge() }

    func remember(nonce: String, of gate: String) { nonces[gate] = nonce }
    public static func sign(_ statement: [UInt8], by person: String) -> [UInt8] {
        secret(person).sign(statement)
    }

    private static let definition: JSONObject = {
        func gate(_ requires: JSONValue?) -> JSONValue {
            var gate: JSONObject = [
                "approvals": 1, "expires": "7d", "roles": ["releaser"], "separate": ["tagger"],
            ]
            gate["requires"] = requires
            return .object(gate)
        }
        return [
            "artifact": "python-package-distributions",
            "gates": ["Production": gate([["install-test": "testpypi"]]), "TestGate": gate(nil)],
            "on": ["tags": ["v*"]], "pipeline": "python-package",
            "stages": [
                "build": ["executor": "python-build"],
                "deploy_github_packages": [
                    "executor": "oci", "needs": ["build"], "target": "github-packages",
                ],
                "deploy_pypi_prod": [
                    "executor": "pypi", "gate": "Production", "needs": ["deploy_pypi_test"], "target": "pypi",
                ],
                "deploy_pypi_test": [
                    "executor": "pypi", "gate": "TestGate", "needs": ["deploy_github_packages"],
                    "target": "testpypi",
                ],
            ],
            "targets": [
                "github-packages": ["registry": "ghcr.io/example/autocli"],
                "pypi": [
                    "index": "https://pypi.example/simple/", "upload": "https://upload.pypi.example/legacy/",
                ],
                "testpypi": [
                    "index": "https://test.pypi.example/simple/",
                    "upload": "https://test.pypi.example/legacy/",
                ],
            ],
        ]
    }()
}
