import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// One way in which a release breaks a rule, and what must be said of it.
struct JudgedMutation: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: VerdictKind
    let code: String
    var definition: @Sendable (inout JSONObject) -> Void = { _ in }
    var instead: @Sendable (ReleaseWorld.Step, ReleaseWorld) throws -> Bool = { _, _ in false }
    var after: @Sendable (ReleaseWorld) throws -> Void = { _ in }

    var testDescription: String { name }

    static let all = approvals + people + gates + mandates + artifacts + orders + unclear

    /// Another TestGate approval than the good one.
    private static func approval(
        _ name: String, _ kind: VerdictKind, _ code: String,
        _ approve: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        at(.approveTestGate, name, kind, code, approve)
    }

    /// Something else in place of a step.
    static func at(
        _ step: ReleaseWorld.Step, _ name: String, _ kind: VerdictKind, _ code: String,
        _ act: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        JudgedMutation(
            name: name, kind: kind, code: code,
            instead: { taken, world in
                guard taken == step else { return false }
                try act(world)
                return true
            })
    }

    /// Something more right before a step.
    static func before(
        _ step: ReleaseWorld.Step, _ name: String, _ kind: VerdictKind, _ code: String,
        _ act: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        JudgedMutation(
            name: name, kind: kind, code: code,
            instead: { taken, world in
                if taken == step { try act(world) }
                return false
            })
    }

    // MARK: What the statement says

    private static func saying(
        _ name: String, _ code: String, _ edit: @escaping @Sendable (inout JSONObject) -> Void
    ) -> JudgedMutation {
        approval(name, .refused, code) { try $0.decide("TestGate", by: "alice", predicate: edit) }
    }

    private static let approvals: [JudgedMutation] = [
        saying("another nonce", "approval.nonce") {
            $0["nonce"] = .string(String(repeating: "0", count: 32))
        },
        saying("another attempt", "approval.attempt") { $0["attempt"] = 2 },
        saying("another release", "approval.release") { $0["release"] = "autocli/v0.1.1" },
        saying("another gate", "approval.gate") { $0["gate"] = "Production" },
        saying("another target", "approval.target") { $0["target"] = "pypi" },
        saying("another policy", "approval.policy") {
            $0["policy"] = .string("sha256:" + String(repeating: "a", count: 64))
        },
        saying("a rejection recorded as approval", "approval.decision") { $0["decision"] = "reject" },
        saying("another meaning", "approval.meaning") { $0["meaning"] = "I approve." },
        saying("a member too many", "approval.statement") { $0["extra"] = 1 },
        saying("a member too few", "approval.statement") { $0["comment"] = nil },
        saying("evidence missing", "approval.evidence") { $0["evidence"] = [] },
        saying("evidence with a wrong leaf", "approval.evidence") {
            var shown = $0["evidence"]!.array!
            shown[0] = [
                "index": shown[0].object!["index"]!, "leaf": .string(String(repeating: "b", count: 64)),
            ]
            $0["evidence"] = .array(shown)
        },
        saying("seen before the gate opened", "seen.size") {
            var seen = $0["seen"]!.object!
            seen["size"] = 3
            $0["seen"] = .object(seen)
        },
        saying("another root", "seen.root") {
            var seen = $0["seen"]!.object!
            seen["root"] = .string(Hash.sha256([1]).bytes.base64)
            $0["seen"] = .object(seen)
        },
        saying("another log", "seen.origin") {
            var seen = $0["seen"]!.object!
            seen["origin"] = "example.com/other"
            $0["seen"] = .object(seen)
        },
        saying("expired when recorded", "approval.expired") { $0["expires"] = "2026-11-22T20:00:00.000000Z" },
        saying("longer than the gate allows", "approval.expiry") {
            $0["expires"] = "2026-12-31T00:00:00.000000Z"
        },
        approval("other files", .refused, "approval.subject") {
            try $0.decide(
                "TestGate", by: "alice",
                subject: {
                    $0 = [
                        ["digest": ["sha256": .string(Hash.sha256([7]).hex)], "name": "autocli-0.1.0.tar.gz"]
                    ]
                })
        },
        approval("signed with another's key", .refused, "approval.key") {
            try $0.decide("TestGate", by: "alice", key: "bob")
        },
        approval("another fingerprint in the record", .refused, "approval.fingerprint") {
            try $0.decide(
                "TestGate", by: "alice",
                record: { $0["fingerprint"] = .string(ReleaseWorld.key("bob").fingerprint) })
        },
        approval("another approver in the record", .refused, "approval.approver") {
            try $0.decide("TestGate", by: "alice", record: { $0["approver"] = "bob" })
        },
        approval("heads that differ", .indeterminate, "heads") {
            try $0.decide(
                "TestGate", by: "alice", record: { $0["heads"] = ["ledger": 1, "pipeline": 1, "roster": 3] })
        },
        approval("statement not at hand", .indeterminate, "evidence.missing") {
            try $0.decide(
                "TestGate", by: "alice",
                record: {
                    var reference = $0["statement"]!.object!
                    reference["digest"] = .string(Digest.text(Hash.sha256([9])))
                    $0["statement"] = .object(reference)
                })
        },
    ]

    // MARK: Who

    private static let people: [JudgedMutation] = [
        approval("nobody's role", .refused, "approval.role") { try $0.decide("TestGate", by: "tess") },
        approval("a bot", .refused, "approval.kind") { try $0.decide("TestGate", by: "robo") },
        approval("the tagger", .refused, "approval.tagger") {
            try $0.act(.grant(role: "releaser", to: "carol"), by: "owner")
            try $0.decide("TestGate", by: "carol")
        },
        before(.publishTest, "role revoked before the start", .refused, "approval.role") {
            try $0.act(.revoke(role: "releaser", of: "alice", from: nil), by: "owner")
        },
        before(.publishTest, "key revoked before the start", .refused, "approval.key") {
            try $0.act(
                .revoke(key: ReleaseWorld.key("alice"), of: "alice", from: nil, reason: "lost"), by: "owner")
        },
        before(.publishTest, "person removed before the start", .refused, "approval.key") {
            try $0.act(.remove(person: $0.context().governance.roster.persons["alice"]!), by: "owner")
        },
        before(.publishTest, "withdrawn before the start", .refused, "approval.withdrawn") { world in
            let index = try world.context().release(world.release)!.reading.decisions[0].index
            try world.act(
                .withdraw(
                    release: world.release, gate: "TestGate", attempt: 1, approval: index, by: "alice",
                    reason: "bug"), by: "alice")
        },
        JudgedMutation(
            name: "key revoked later with effect from before", kind: .indeterminate,
            code: "approval.key-in-doubt",
            after: {
                try $0.act(
                    .revoke(
                        key: ReleaseWorld.key("alice"), of: "alice",
                        from: Timestamp("2026-11-22T20:00:00.000000Z"), reason: "stolen"),
                    by: "owner")
            }),
        JudgedMutation(
            name: "role revoked later with effect from before", kind: .indeterminate,
            code: "approval.role-in-doubt",
            after: {
                try $0.act(
                    .revoke(role: "releaser", of: "alice", from: Timestamp("2026-11-22T20:00:00.000000Z")),
                    by: "owner")
            }),
        at(.tag, "a tagger whom nobody enrolled", .indeterminate, "approval.tagger-unknown") {
            try $0.tag(tagger: "mallory", isSigned: false)
        },
    ]

    // MARK: The gate

    private static let gates: [JudgedMutation] = [
        at(.openTestGate, "opened under another policy", .refused, "gate.policy") {
            try $0.open("TestGate", stage: "deploy_pypi_test") {
                $0["policy"] = .string(Digest.text(Hash.sha256([1])))
            }
        },
        at(.openTestGate, "a nonce that is none", .refused, "gate.nonce") {
            try $0.open("TestGate", stage: "deploy_pypi_test") { $0["nonce"] = "abc" }
        },
        at(.openProduction, "a nonce used twice", .refused, "gate.nonce") { world in
            try world.open("Production", stage: "deploy_pypi_prod") {
                $0["nonce"] = .string(world.nonces["TestGate"]!)
            }
        },
        before(.publishTest, "rejected as well", .refused, "gate.rejected") {
            try $0.decide(
                "TestGate", by: "bob", .reject,
                predicate: {
                    $0["meaning"] = "I reject publication of exactly these files to testpypi."
                })
        },
        before(.approveTestGate, "expired before the approval", .refused, "approval.gate-expired") { world in
            try world.append(
                world.release.stream, "gate.expired", "ledger:self",
                ["attempt": 1, "by": "ledger:self", "gate": "TestGate", "reason": "7d"])
        },
        approval("a statement used twice", .refused, "approval.replayed") { world in
            var statement: [UInt8] = []
            var signature: [UInt8] = []
            try world.decide("TestGate", by: "alice", record: { $0["attempt"] = 7 })
            let first = try world.context().release(world.release)!.reading.decisions[0]
            statement = try world.context().history.evidence(
                EvidenceReference(json: first.what["statement"])!)!
            signature = try world.context().history.evidence(
                EvidenceReference(json: first.what["signature"])!)!
            try world.recordDecision(statement, signature: signature, "TestGate", "alice", .approve, 1, nil) {
                _ in
            }
        },
        at(.approveTestGate, "bypassed by an admin", .bypassed, "gate.bypassed") {
            try $0.act(
                .bypass(
                    release: $0.release, gate: "TestGate", attempt: 1, by: "owner", reason: "CVE",
                    until: Timestamp("2026-11-23T00:00:00.000000Z")!), by: "owner")
        },
        at(.approveTestGate, "a bypass that had ended", .refused, "gate.approvals") {
            try $0.act(
                .bypass(
                    release: $0.release, gate: "TestGate", attempt: 1, by: "owner", reason: "CVE",
                    until: Timestamp("2026-11-22T20:00:01.000000Z")!), by: "owner")
        },
        at(.approveTestGate, "a bypass by no admin", .refused, "act.standing") {
            try $0.act(
                .bypass(
                    release: $0.release, gate: "TestGate", attempt: 1, by: "alice", reason: "hurry",
                    until: Timestamp("2026-11-23T00:00:00.000000Z")!), by: "alice")
        },
        JudgedMutation(
            name: "a gate with a member not known here", kind: .indeterminate, code: "policy.unknown",
            definition: { $0["gates"] = ReleaseJudgeTests.gates($0, ["freeze": true]) }),
        before(.approveTestGate, "a critical record not known here", .indeterminate, "critical.unknown") {
            world in
            try world.append(world.release.stream, "gate.frozen", "ledger:self", ["critical": true])
        },
        before(
            .approveTestGate, "a known type in a version not known here", .indeterminate, "critical.unknown"
        ) { world in
            try world.append(
                world.release.stream, "gate.opened", "ledger:self", ["gate": "TestGate"], version: 2)
        },
        JudgedMutation(
            name: "a known type in a version not known here, at the end", kind: .indeterminate,
            code: "critical.unknown",
            after: {
                try $0.append(
                    $0.release.stream, "release.yanked", "ledger:self", ["by": "owner", "reason": "CVE"],
                    version: 2)
            }),
        JudgedMutation(
            name: "a critical record in the roster, at the end", kind: .indeterminate,
            code: "critical.unknown",
            after: { try $0.append(.roster, "team.formed", "person:owner", ["critical": true]) }),
        at(
            .publishProduction, "a critical record and a gate never started", .indeterminate,
            "critical.unknown"
        ) {
            try $0.append($0.release.stream, "gate.frozen", "ledger:self", ["critical": true])
        },
        before(.tag, "two pipelines match the tag", .indeterminate, "policy.several") { world in
            var other = world.definition.json
            other["pipeline"] = "second"
            try world.act(.define(PipelineDefinition(other, strictness: .judging)), by: "owner")
        },
    ]

    // MARK: The install test

    private static let mandates: [JudgedMutation] = [
        at(.installTest, "the install test failed", .refused, "mandate.failed") {
            try $0.test(by: "tess", hasPassed: false)
        },
        at(.installTest, "tested from another index", .refused, "mandate.index") {
            try $0.test(by: "tess") { $0["index"] = "https://pypi.example/simple/" }
        },
        at(.installTest, "other files installed", .refused, "mandate.files") {
            try $0.test(by: "tess") { $0["files"] = [ReleaseWorld.otherFiles[0].json] }
        },
        at(.installTest, "nothing installed", .refused, "mandate.files") {
            try $0.test(by: "tess") { $0["files"] = [] }
        },
        at(.installTest, "tested by someone without the role", .refused, "act.standing") {
            try $0.test(by: "alice")
        },
        before(.publishProduction, "a later test that failed", .refused, "mandate.failed") {
            try $0.test(by: "tess", hasPassed: false)
        },
        before(.approveProduction, "published again after the test", .refused, "mandate.stale") {
            try $0.published("deploy_pypi_test", to: "testpypi")
        },
        JudgedMutation(
            name: "the tester approves where that is separated", kind: .refused, code: "approval.tester",
            definition: { $0["gates"] = ReleaseJudgeTests.gates($0, ["separate": ["tagger", "tester"]]) },
            instead: { step, world in
                if step == .tag { try world.act(.grant(role: "tester", to: "bob"), by: "owner") }
                guard step == .installTest else { return false }
                try world.test(by: "bob")
                return true
            }),
    ]

    // MARK: One artifact

    private static let artifacts: [JudgedMutation] = [
        at(.publishTest, "other bytes served", .refused, "artifact.differs") {
            try $0.publish("deploy_pypi_test", to: "testpypi") {
                $0["observed"] = ReleaseWorld.otherFiles.json
            }
        },
        at(.publishTest, "a file missing at the target", .refused, "artifact.differs") {
            try $0.publish("deploy_pypi_test", to: "testpypi") { $0["observed"] = [ReleaseWorld.wheel.json] }
        },
        at(.publishProduction, "other files published", .refused, "artifact.differs") {
            try $0.publish("deploy_pypi_prod", to: "pypi") { $0["files"] = ReleaseWorld.otherFiles.json }
        },
        at(.publishProduction, "a publication that does not say what was served", .refused, "act.members") {
            try $0.publish("deploy_pypi_prod", to: "pypi") { $0["observed"] = nil }
        },
        at(.publishProduction, "published in an unknown way", .indeterminate, "publication.how") {
            try $0.publish("deploy_pypi_prod", to: "pypi") { $0["how"] = "carried" }
        },
        before(.approveProduction, "built again to other bytes", .refused, "artifact.differs") {
            try $0.built(files: ReleaseWorld.otherFiles)
        },
        at(.publishTest, "already there before it was approved", .indeterminate, "publication.early") {
            try $0.publish("deploy_pypi_test", to: "testpypi") { $0["how"] = "already-present" }
        },
        before(.openProduction, "published without a start", .refused, "publication.unstarted") {
            try $0.published("deploy_pypi_prod", to: "pypi")
        },
        at(.publishTest, "published to another target than the stage's", .refused, "publication.target") {
            try $0.publish("deploy_pypi_test", to: "pypi")
        },
        at(.build, "a build without files", .refused, "artifact.empty") {
            try $0.start("build", files: [])
            try $0.built(files: [])
            try $0.succeed("build")
        },
    ]

    // MARK: Order

    private static let orders: [JudgedMutation] = [
        at(.tag, "a tag of another project", .refused, "order.tag") {
            try $0.tag { $0["project"] = "other" }
        },
        at(.tag, "a tag of another name", .refused, "order.tag") { try $0.tag { $0["tag"] = "v9" } },
        at(.tag, "another policy than the one in force", .refused, "policy.digest") {
            try $0.tag { $0["pipeline"] = .string(Digest.text(Hash.sha256([3]))) }
        },
        before(.build, "the tag moved", .refused, "order.tag") {
            try $0.tag { $0["commit"] = .string(String(repeating: "d", count: 40)) }
        },
        before(.build, "a stage that is not in the pipeline", .refused, "order.stage") {
            try $0.start("deploy_elsewhere", files: [])
        },
        before(.build, "a stage before those it needs", .refused, "order.needs") {
            try $0.start("deploy_github_packages", files: [])
        },
        JudgedMutation(
            name: "an attempt without stage.retried", kind: .satisfied, code: "order.attempt",
            instead: { step, world in
                guard step == .build else { return false }
                try world.start("build", files: [])
                try world.end("stage.failed", "build")
                try world.start("build", attempt: 2, files: [])
                try world.built()
                try world.succeed("build", attempt: 2)
                return true
            }),
        JudgedMutation(
            name: "an epoch that does not grow", kind: .satisfied, code: "order.epoch",
            instead: { step, world in
                guard step == .build else { return false }
                try world.start("build", files: [])
                return false
            }),
    ]
}
