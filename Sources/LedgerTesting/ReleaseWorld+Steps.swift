public import LedgerEvents
public import LedgerPipeline
public import LedgerProof

/// The steps of a release. Each takes `edit`, which changes the record before it is appended.
extension ReleaseWorld {
    public typealias Edit = (inout JSONObject) -> Void

    /// What a complete release is made of, so that one step can be left out, changed or repeated.
    public enum Step: Hashable, Sendable, CaseIterable {
        case tag, build, backup, openTestGate, approveTestGate, publishTest, openProduction, installTest
        case approveProduction, publishProduction, complete
    }

    /// Takes the steps in order; `instead` may do something else for a step and return true.
    public func run(_ steps: [Step] = Step.allCases, instead: (Step) throws -> Bool = { _ in false }) throws {
        for step in steps where try !instead(step) { try take(step) }
    }

    public func take(_ step: Step) throws {
        switch step {
        case .tag: try tag()
        case .build:
            try start("build", files: [])
            try built()
            try succeed("build")
        case .backup: try publish("deploy_github_packages", to: "github-packages")
        case .openTestGate: try open("TestGate", stage: "deploy_pypi_test")
        case .approveTestGate: try decide("TestGate", by: "alice")
        case .publishTest: try publish("deploy_pypi_test", to: "testpypi")
        case .openProduction: try open("Production", stage: "deploy_pypi_prod")
        case .installTest: try test(by: "tess")
        case .approveProduction: try decide("Production", by: "bob")
        case .publishProduction: try publish("deploy_pypi_prod", to: "pypi")
        case .complete:
            try append(
                release.stream, "release.completed", "ledger:self", ["by": "ledger:self", "reason": "done"])
        }
    }

    @discardableResult
    public func tag(tagger: String = "carol", isSigned: Bool = true, edit: Edit = { _ in }) throws -> Receipt
    {
        let act = Act.pushTag(
            release: release, version: "0.1.0", commit: String(repeating: "c", count: 40), tagger: tagger,
            repository: "https://example.com/autocli", policy: definition.digest)
        if isSigned { return try self.act(act, by: tagger, edit: edit) }
        var what = act.what
        edit(&what)
        return try append(release.stream, "tag.pushed", "ledger:cli", what)
    }

    @discardableResult
    public func start(
        _ stage: String, attempt: Int = 1, epoch: Int = 1, files: [ArtifactFile] = files,
        edit: Edit = { _ in }
    ) throws -> Receipt {
        var what: JSONObject = [
            "attempt": .integer(Int64(attempt)), "epoch": .integer(Int64(epoch)), "executor": .string(stage),
            "files": files.json, "heads": try heads().json, "stage": .string(stage),
        ]
        edit(&what)
        return try append(release.stream, "stage.started", "executor:\(stage)", what)
    }

    @discardableResult
    public func built(files: [ArtifactFile] = files, edit: Edit = { _ in }) throws -> Receipt {
        var what: JSONObject = [
            "attempt": 1, "files": files.json, "name": "python-package-distributions",
            "sourceDate": 1_795_377_600,
            "stage": "build", "tools": ["python": "3.12.3"],
        ]
        edit(&what)
        return try append(release.stream, "artifact.built", "executor:build", what)
    }

    @discardableResult
    public func end(_ type: String, _ stage: String, attempt: Int = 1, reason: String = "") throws -> Receipt
    {
        let content = Array("log of \(stage)\n".utf8)
        let log = EvidenceReference(
            digest: Hash.sha256(content), media: "text/plain", name: "stage.log", size: content.count)
        return try append(
            release.stream, type, "executor:\(stage)",
            [
                "attempt": .integer(Int64(attempt)), "log": log.json, "micros": 1000,
                "reason": .string(reason),
                "stage": .string(stage),
            ], evidence: [log.digest: StoredEvidence(content: content)])
    }

    @discardableResult
    public func succeed(_ stage: String, attempt: Int = 1) throws -> Receipt {
        try end("stage.succeeded", stage, attempt: attempt)
    }

    @discardableResult
    public func retry(_ stage: String, to attempt: Int) throws -> Receipt {
        try append(
            release.stream, "stage.retried", "person:carol",
            ["attempt": .integer(Int64(attempt)), "by": "carol", "reason": "", "stage": .string(stage)])
    }

    /// Start, publication and success.
    public func publish(
        _ stage: String, to target: String, attempt: Int = 1, edit: Edit = { _ in }
    ) throws {
        try start(stage, attempt: attempt)
        try published(stage, to: target, attempt: attempt, edit: edit)
        try succeed(stage, attempt: attempt)
    }

    @discardableResult
    public func published(
        _ stage: String, to target: String, attempt: Int = 1, edit: Edit = { _ in }
    ) throws -> Receipt {
        var what: JSONObject = [
            "attempt": .integer(Int64(attempt)), "files": Self.files.json, "how": "uploaded",
            "observed": Self.files.json, "stage": .string(stage), "target": .string(target),
            "url": .string("https://\(target).example/"),
        ]
        edit(&what)
        return try append(release.stream, "artifact.published", "executor:\(stage)", what)
    }

    @discardableResult
    public func open(_ gate: String, stage: String, attempt: Int = 1, edit: Edit = { _ in }) throws -> Receipt
    {
        let nonce = String(Hash.sha256(Array("nonce \(gate) \(attempt)".utf8)).hex.prefix(32))
        remember(nonce: nonce, of: gate)
        var what: JSONObject = [
            "attempt": .integer(Int64(attempt)), "files": Self.files.json, "gate": .string(gate),
            "heads": try heads().json, "nonce": .string(nonce),
            "policy": .string(Digest.text(definition.digest)),
            "requirements": .array(definition.gates[gate]?.requirements.map { .string($0) } ?? []),
            "stage": .string(stage),
        ]
        edit(&what)
        return try append(release.stream, "gate.opened", "ledger:self", what)
    }

    /// An approval or rejection: the statement that the decider would make, changed by `predicate` and
    /// `subject`, signed with `key`, recorded as changed by `record`.
    @discardableResult
    public func decide(
        _ gate: String, by person: String, _ decision: ApprovalStatement.Decision = .approve,
        key: String? = nil,
        attempt: Int = 1, predicate: Edit = { _ in }, subject: (inout JSONValue) -> Void = { _ in },
        record: Edit = { _ in }
    ) throws -> Receipt {
        let stage = definition.stages(behind: gate)[0]
        let context = try context()
        let reading = try context.release(release)!.reading
        let shown =
            ([reading.opened.last { $0.gate == gate }?.record, reading.built.first]
            + (definition.gates[gate]?.installTests ?? []).map {
                reading.lastTest(of: $0, before: context.moment.index)?.record
            })
            .compactMap { $0 }
        let statement = ApprovalStatement(
            approver: person, attempt: attempt, comment: "seen", decision: decision,
            evidence: shown.map { ApprovalStatement.Shown(index: $0.index, leaf: $0.leaf) },
            expires: clock.time.adding(microseconds: 6 * 86_400 * 1_000_000), gate: gate,
            nonce: nonces[gate] ?? "", policy: definition.digest, release: release, seen: try seen(),
            target: stage.target ?? "", files: Self.files)
        let index = context.head.size.value
        let bytes = try edited(statement.bytes, at: index, predicate: predicate, subject: subject)
        return try recordDecision(
            bytes, signature: Self.sign(bytes, by: key ?? person), gate, person, decision, attempt, key,
            record)
    }

    /// Records a statement that was signed before.
    @discardableResult
    public func recordDecision(
        _ statement: [UInt8], signature: [UInt8], _ gate: String, _ person: String,
        _ decision: ApprovalStatement.Decision, _ attempt: Int, _ key: String?, _ edit: Edit
    ) throws -> Receipt {
        let references = [
            EvidenceReference(
                digest: Hash.sha256(statement), media: "application/vnd.in-toto+json", name: "statement.json",
                size: statement.count),
            EvidenceReference(
                digest: Hash.sha256(signature), media: "application/x-sshsig", name: "statement.sig",
                size: signature.count),
        ]
        var what: JSONObject = [
            "approver": .string(person), "attempt": .integer(Int64(attempt)),
            "fingerprint": .string(Self.key(key ?? person).fingerprint), "gate": .string(gate),
            "heads": try heads().json, "signature": references[1].json, "statement": references[0].json,
        ]
        edit(&what)
        return try append(
            release.stream, decision == .approve ? "gate.approved" : "gate.rejected", "person:\(person)",
            what,
            evidence: [
                references[0].digest: StoredEvidence(content: statement),
                references[1].digest: StoredEvidence(content: signature),
            ])
    }

    private func edited(
        _ bytes: [UInt8], at index: Int, predicate: Edit, subject: (inout JSONValue) -> Void
    ) throws -> [UInt8] {
        var object = try JSONObject(canonical: bytes)
        var inner = object["predicate"]!.object!
        predicate(&inner)
        object["predicate"] = .object(inner)
        var files = object["subject"]!
        subject(&files)
        object["subject"] = files
        meddle(.statement, index, &object)
        return object.canonicalBytes
    }

    @discardableResult
    public func test(by tester: String, hasPassed: Bool = true, edit: Edit = { _ in }) throws -> Receipt {
        try act(
            .tested(
                release: release, target: "testpypi", index: definition.targets["testpypi"]?.index ?? "",
                requirement: "autocli==0.1.0", files: [Self.wheel], report: Array("{}".utf8),
                log: Array("ok\n".utf8), commands: ["autocli --help"], hasPassed: hasPassed, tester: tester,
                reason: ""),
            by: tester, edit: edit)
    }
}
