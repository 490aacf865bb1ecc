public import LedgerEvents
public import LedgerPipeline
public import LedgerProof

/// Writes what people, gates and executors record, in real form and with real signatures, so that a reader
/// cannot tell it from a ledger that was lived in. It decides nothing: a test may write what a decider would
/// refuse.
///
/// Good inside one transaction.
public struct WorldWriter {
    public let log: any LogWriter
    public let people: World
    /// Of the pipeline that every release here follows.
    private let policy = WorldPipeline.definition.digest

    public init(_ log: any LogWriter, people: World) {
        self.log = log
        self.people = people
    }

    // MARK: Acts

    @discardableResult
    public func append(_ act: Act, actor: String = "ledger:self", cause: LogIndex? = nil) throws -> Receipt {
        for (digest, evidence) in act.evidence { try log.keep(evidence, digest: digest) }
        let head = try log.head()
        var generator = SeededGenerator(seed: UInt64(head.size.value) &+ 77)
        let draft = RecordDraft(
            actor: Actor(actor)!, cause: cause,
            id: EventID.make(at: head.lastTime ?? World.start, using: &generator), stream: act.stream,
            type: act.type, what: act.what)
        return try log.append(draft, expecting: .any)
    }

    @discardableResult
    public func append(_ act: Act, signedBy person: String) throws -> Receipt {
        let statement = ActStatement(
            by: person, seen: try seen(), stream: act.stream, type: act.type, what: act.what
        ).bytes
        return try append(
            act.signed(statement: statement, signature: people.key(of: person).sign(statement)),
            actor: "person:\(person)")
    }

    private func seen() throws -> SeenHead {
        let head = try log.head()
        return SeenHead(origin: log.origin, size: head.size, root: head.root)
    }

    private func heads() throws -> JSONValue {
        Heads(
            ledger: try log.revision(of: .ledger),
            pipeline: try log.revision(of: StreamName.pipeline(WorldPipeline.definition.name)!),
            roster: try log.revision(of: .roster)
        ).json
    }

    // MARK: Governance

    /// The ledger, its first admin, everybody else, and the pipeline.
    public func found(logKey: String, project: String = "autocli") throws {
        try append(
            Act(
                .ledger, "ledger.opened",
                [
                    "format": 1, "key": .string(logKey), "origin": .string(log.origin.text),
                    "project": .string(project),
                ]))
        try enrol(World.admin, roles: ["admin"])
        try append(.define(WorldPipeline.definition), signedBy: World.admin)
        for person in people.names where person != World.admin {
            try enrol(person, roles: World.roles(of: person))
        }
    }

    private func enrol(_ person: String, roles: [String]) throws {
        try append(.enrol(person: person, kind: .human, accounts: [], profile: nil), signedBy: World.admin)
        try append(
            .enrol(key: people.key(of: person).publicKey, of: person, reason: "first key"),
            signedBy: World.admin)
        for role in roles { try append(.grant(role: role, to: person), signedBy: World.admin) }
    }

    // MARK: Releases

    @discardableResult
    public func pushTag(_ release: ReleaseID, tagger: String, isSigned: Bool = false) throws -> Receipt {
        let act = Act.pushTag(
            release: release, version: PythonVersion(release.tag)?.normalized ?? "0",
            commit: Hash.sha256(Array(release.text.utf8)).hex.prefix(40).description, tagger: tagger,
            repository: "https://example.com/\(release.project).git", policy: policy)
        return isSigned ? try append(act, signedBy: tagger) : try append(act, actor: "ledger:cli")
    }

    @discardableResult
    public func start(_ stage: String, of release: ReleaseID, attempt: Int = 1, epoch: Int = 1) throws
        -> Receipt
    {
        try append(
            Act(
                release.stream, "stage.started",
                [
                    "attempt": .integer(Int64(attempt)), "epoch": .integer(Int64(epoch)),
                    "executor": .string(stage),
                    "files": stage == "build" ? [] : World.files(of: release).json, "heads": try heads(),
                    "stage": .string(stage),
                ]), actor: "executor:\(stage)")
    }

    /// `stage.succeeded`, after the record of what the stage made.
    public func succeed(_ stage: String, of release: ReleaseID, attempt: Int = 1) throws {
        let files = World.files(of: release).json
        let (type, what): (String, JSONObject)
        if let target = WorldPipeline.definition.stage(stage)?.target {
            type = "artifact.published"
            what = [
                "files": files, "how": "uploaded", "observed": files, "target": .string(target),
                "url": .string("https://\(target).example/\(release.text)/"),
            ]
        } else {
            type = "artifact.built"
            what = [
                "files": files, "name": "python-package-distributions", "sourceDate": 1_700_000_000,
                "tools": ["build": "1.2.2", "python": "3.11.2"],
            ]
        }
        let place: JSONObject = ["attempt": .integer(Int64(attempt)), "stage": .string(stage)]
        try append(Act(release.stream, type, what.merging(place)), actor: "executor:\(stage)")
        try end(stage, of: release, "stage.succeeded", attempt: attempt, reason: "")
    }

    /// `stage.succeeded`, `stage.failed` or `stage.unknown`.
    public func end(
        _ stage: String, of release: ReleaseID, _ type: String, attempt: Int = 1, reason: String
    ) throws {
        let log = Array("\(stage)\n".utf8)
        let reference = EvidenceReference(
            digest: Hash.sha256(log), media: "text/plain", name: "stage.log", size: log.count)
        try append(
            Act(
                release.stream, type,
                [
                    "attempt": .integer(Int64(attempt)), "log": reference.json, "micros": 3_200_000,
                    "reason": .string(reason), "stage": .string(stage),
                ], evidence: [reference.digest: StoredEvidence(content: log)]), actor: "executor:\(stage)")
    }

    public func retry(_ stage: String, of release: ReleaseID, attempt: Int, by person: String) throws {
        try append(
            Act(
                release.stream, "stage.retried",
                [
                    "attempt": .integer(Int64(attempt)), "by": .string(person),
                    "reason": "the network is back", "stage": .string(stage),
                ]), actor: "person:\(person)")
    }

    @discardableResult
    public func openGate(_ gate: String, of release: ReleaseID, attempt: Int = 1) throws -> Receipt {
        let definition = WorldPipeline.definition
        let stage = definition.stages(behind: gate)[0].name
        return try append(
            Act(
                release.stream, "gate.opened",
                [
                    "attempt": .integer(Int64(attempt)), "files": World.files(of: release).json,
                    "gate": .string(gate), "heads": try heads(),
                    "nonce": .string(World.nonce(gate, release, attempt)),
                    "policy": .string(Digest.text(policy)),
                    "requirements": .array(definition.gates[gate]!.requirements.map { .string($0) }),
                    "stage": .string(stage),
                ]))
    }

    /// - Parameter shown: the records before the approver: the opening, the build, the install test.
    public func approve(
        _ gate: String, of release: ReleaseID, by person: String, shown: [Receipt], attempt: Int = 1,
        at time: Timestamp
    ) throws {
        let stage = WorldPipeline.definition.stages(behind: gate)[0]
        let statement = ApprovalStatement(
            approver: person, attempt: attempt, comment: "looks good", decision: .approve,
            evidence: shown.map { .init(index: $0.index, leaf: $0.leaf) },
            expires: time.adding(microseconds: 6 * 86_400_000_000), gate: gate,
            nonce: World.nonce(gate, release, attempt), policy: policy, release: release, seen: try seen(),
            target: stage.target!, files: World.files(of: release)
        ).bytes
        let key = people.key(of: person)
        let decision = Act(
            release.stream, "gate.approved",
            [
                "approver": .string(person), "attempt": .integer(Int64(attempt)),
                "fingerprint": .string(key.publicKey.fingerprint), "gate": .string(gate),
                "heads": try heads(),
            ])
        try append(
            decision.signed(statement: statement, signature: key.sign(statement)), actor: "person:\(person)")
    }

    @discardableResult
    public func test(_ release: ReleaseID, by person: String) throws -> Receipt {
        let act = Act.tested(
            release: release, target: "testpypi", index: "https://test.pypi.org/simple/",
            requirement: "\(release.project)==\(PythonVersion(release.tag)?.normalized ?? "0")",
            files: World.files(of: release), report: Array("{}".utf8), log: Array("ok\n".utf8),
            commands: ["autocli --version"], hasPassed: true, tester: person, reason: "")
        return try append(act, signedBy: person)
    }

    public func complete(_ release: ReleaseID) throws {
        try append(.end(release, "release.completed", by: "ledger:self", reason: "every stage succeeded"))
    }
}
