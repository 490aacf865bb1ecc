import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// What an approver is given to sign, and what of it may be recorded: the decider refuses what the judge
/// would not count.
struct ApprovalDeciderTests {
    private static func world(_ steps: [ReleaseWorld.Step]) throws -> ReleaseWorld {
        let world = try ReleaseWorld()
        try world.run(steps)
        return world
    }

    private static let atTestGate: [ReleaseWorld.Step] = [.tag, .build, .backup, .openTestGate]
    private static let atProduction: [ReleaseWorld.Step] =
        atTestGate + [.approveTestGate, .publishTest, .openProduction]

    @Test(arguments: ["alice", "bob"]) func whatTheDeciderOffersToSignIsAcceptedAndCounts(person: String)
        throws
    {
        let world = try Self.world(Self.atTestGate)

        try world.approveAsOffered("TestGate", by: person)
        try world.take(.publishTest)

        let verdict = try world.judge().stages[2].verdict
        #expect(verdict.kind == .satisfied)
        #expect(verdict.approvals.count == 1)
    }

    struct Attempt: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        var by = "alice"
        var key: String?
        var edit: @Sendable (inout JSONObject) -> Void = { _ in }
        var testDescription: String { name }
    }

    static let attempts: [Attempt] = [
        Attempt(name: "somebody without the role", code: "approval.role", by: "tess"),
        Attempt(name: "a bot", code: "approval.kind", by: "robo"),
        Attempt(name: "the tagger", code: "approval.role", by: "carol"),
        Attempt(name: "nobody enrolled", code: "approval.key", by: "mallory"),
        Attempt(name: "another's key", code: "approval.key", key: "bob"),
        Attempt(name: "another nonce", code: "approval.nonce") {
            $0["nonce"] = .string(String(repeating: "0", count: 32))
        },
        Attempt(name: "another attempt", code: "approval.attempt") { $0["attempt"] = 2 },
        Attempt(name: "another policy", code: "approval.policy") {
            $0["policy"] = .string(Digest.text(Hash.sha256([1])))
        },
        Attempt(name: "another target", code: "approval.target") { $0["target"] = "pypi" },
        Attempt(name: "expired", code: "approval.expired") { $0["expires"] = "2026-11-22T20:00:00.000000Z" },
        Attempt(name: "for ever", code: "approval.expiry") { $0["expires"] = "2099-01-01T00:00:00.000000Z" },
        Attempt(name: "evidence not shown", code: "approval.evidence") { $0["evidence"] = [] },
        Attempt(name: "another history", code: "seen.root") {
            var seen = $0["seen"]!.object!
            seen["root"] = .string(Hash.sha256([1]).bytes.base64)
            $0["seen"] = .object(seen)
        },
    ]

    @Test(arguments: attempts) func whatWouldNotCountIsRefusedBeforeItIsRecorded(_ attempt: Attempt) throws {
        let world = try Self.world(Self.atTestGate)

        let refusal = #expect(throws: Refusal.self) {
            try world.approveAsOffered("TestGate", by: attempt.by, key: attempt.key, edit: attempt.edit)
        }

        #expect(refusal?.kind == .forbidden)
        #expect(refusal?.findings.first?.code == attempt.code)
    }

    @Test func nobodyApprovesTwice() throws {
        let world = try Self.world(Self.atTestGate + [.approveTestGate])

        let refusal = #expect(throws: Refusal.self) { try world.approveAsOffered("TestGate", by: "alice") }

        #expect(refusal?.message.contains("each person counts once") == true)
    }

    @Test func productionNeedsTheInstallTestFirst() throws {
        let world = try Self.world(Self.atProduction)

        let refusal = #expect(throws: Refusal.self) { try world.approveAsOffered("Production", by: "bob") }

        #expect(refusal?.findings.first?.code == "mandate.missing")
    }

    @Test func productionIsNotApprovedOnAFailedTest() throws {
        let world = try Self.world(Self.atProduction)
        try world.test(by: "tess", hasPassed: false)

        let refusal = #expect(throws: Refusal.self) { try world.approveAsOffered("Production", by: "bob") }

        #expect(refusal?.findings.first?.code == "mandate.failed")
    }

    @Test func productionMayAlwaysBeRejected() throws {
        let world = try Self.world(Self.atProduction)

        try world.approveAsOffered("Production", by: "bob", .reject)

        #expect(
            try world.context().release(world.release)?.fold.gates.values.contains { $0.status == .rejected }
                == true)
    }

    @Test func aGateThatIsNotOpenYetIsTooEarly() throws {
        let world = try Self.world([.tag, .build])

        let refusal = #expect(throws: Refusal.self) { try world.approveAsOffered("TestGate", by: "alice") }

        #expect(refusal?.kind == .tooEarly)
    }

    @Test func aGateThatWasRejectedOpensOnlyWithARetry() throws {
        let world = try Self.world(Self.atTestGate)
        try world.approveAsOffered("TestGate", by: "bob", .reject)

        let refusal = #expect(throws: Refusal.self) { try world.approveAsOffered("TestGate", by: "alice") }
        try world.retry("deploy_pypi_test", to: 2)
        try world.open("TestGate", stage: "deploy_pypi_test", attempt: 2)
        try world.approveAsOffered("TestGate", by: "alice")

        #expect(refusal?.message.contains("retry") == true)
    }

    @Test func whoMayApproveAndWhoIsBarredIsSaidWithTheReason() throws {
        let world = try Self.world(Self.atTestGate)
        try world.act(.grant(role: "releaser", to: "carol"), by: "owner")

        let people = try ApprovalDecider(world.context(), release: world.release, gate: "TestGate")
            .candidates()

        #expect(people.filter { $0.barred == nil }.map(\.person) == ["alice", "bob"])
        #expect(people.first { $0.person == "carol" }?.barred == "carol pushed the tag")
        #expect(people.first { $0.person == "robo" }?.barred == "robo is not a human")
        #expect(people.first { $0.person == "tess" }?.barred?.contains("roles") == true)
    }
}

extension ReleaseWorld {
    /// What `ledger gate approve` does: the offered statement, changed by `edit`, signed, decided and
    /// recorded.
    func approveAsOffered(
        _ gate: String, by person: String, _ decision: ApprovalStatement.Decision = .approve,
        key: String? = nil,
        edit: (inout JSONObject) -> Void = { _ in }
    ) throws {
        let decider = try ApprovalDecider(context(), release: release, gate: gate)
        var statement = try JSONObject(canonical: decider.statement(by: person, decision, comment: "").bytes)
        var predicate = statement["predicate"]!.object!
        edit(&predicate)
        statement["predicate"] = .object(predicate)
        let bytes = statement.canonicalBytes
        let act = try decider.act(statement: bytes, signature: Self.sign(bytes, by: key ?? person))
        try decider.check(act, by: person)
        try append(act.stream, act.type.text, "person:\(person)", act.what, evidence: act.evidence)
    }
}
