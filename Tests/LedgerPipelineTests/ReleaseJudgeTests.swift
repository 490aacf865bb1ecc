import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// `FORMAT.md` §7, rules 3-6: a good release is satisfied, and each broken rule is found under its own code.
struct ReleaseJudgeTests {
    @Test func aReleaseThatKeptEveryRuleIsSatisfied() throws {
        let world = try ReleaseWorld()

        try world.run()
        let judgement = try world.judge()

        #expect(judgement.verdict.kind == .satisfied)
        #expect(judgement.verdict.reasons == [])
        #expect(judgement.findings == [])
        #expect(
            judgement.stages.map(\.verdict.kind) == [.notApplicable, .notApplicable, .satisfied, .satisfied])
    }

    @Test func everyStepThatIsMissingShowsInTheVerdict() throws {
        let expected: [ReleaseWorld.Step: VerdictKind] = [
            .tag: .refused, .build: .refused, .backup: .refused, .openTestGate: .refused,
            .approveTestGate: .refused,
            .publishTest: .refused, .openProduction: .refused, .installTest: .refused,
            .approveProduction: .refused,
            .publishProduction: .pending, .complete: .satisfied,
        ]
        for (step, kind) in expected {
            let world = try ReleaseWorld()

            try world.run { $0 == step }
            let judgement = try world.judge()

            #expect(judgement.verdict.kind == kind, "without \(step)")
        }
    }

    @Test func aReleaseThatStandsAtAGateIsPending() throws {
        let world = try ReleaseWorld()

        try world.run([.tag, .build, .backup, .openTestGate])
        let judgement = try world.judge()

        #expect(judgement.verdict.kind == .pending)
        #expect(judgement.stages[2].verdict.reasons.map(\.code) == ["gate.not-started"])
    }

    @Test(arguments: JudgedMutation.all) func aBrokenRuleIsFoundUnderItsOwnCode(_ mutation: JudgedMutation)
        throws
    {
        let world = try ReleaseWorld(edit: mutation.definition)

        try world.run { try mutation.instead($0, world) }
        try mutation.after(world)
        let judgement = try world.judge()

        #expect(judgement.verdict.kind == mutation.kind, "\(judgement.verdict)")
        #expect(
            (judgement.verdict.reasons + judgement.findings).contains { $0.code == mutation.code },
            "\(judgement.verdict.reasons) \(judgement.findings)")
    }

    @Test func anAssertedTaggerIsNamedButDoesNotChangeTheVerdict() throws {
        let world = try ReleaseWorld()

        try world.run { step in
            guard step == .tag else { return false }
            try world.tag(isSigned: false)
            return true
        }
        let judgement = try world.judge()

        #expect(judgement.verdict.kind == .satisfied)
        #expect(judgement.verdict.reasons.contains { $0.code == "tagger.asserted" })
    }

    @Test func twoApprovalsOfOnePersonCountOnce() throws {
        let world = try ReleaseWorld { $0["gates"] = Self.gates($0, ["approvals": 2]) }

        try world.run { step in
            guard step == .approveTestGate else { return false }
            try world.decide("TestGate", by: "alice")
            try world.decide("TestGate", by: "alice")
            return true
        }
        let judgement = try world.judge()

        #expect(judgement.stages[2].verdict.kind == .refused)
        #expect(judgement.stages[2].verdict.reasons.contains { $0.code == "gate.approvals" })
    }

    @Test func aQuorumOfTwoIsMetByTwoPeople() throws {
        let world = try ReleaseWorld { $0["gates"] = Self.gates($0, ["approvals": 2]) }

        try world.run { step in
            switch step {
            case .approveTestGate:
                for person in ["alice", "bob"] { try world.decide("TestGate", by: person) }
            case .approveProduction:
                for person in ["alice", "bob"] { try world.decide("Production", by: person) }
            default: return false
            }
            return true
        }

        #expect(try world.judge().verdict.kind == .satisfied)
    }

    @Test func aLaterDefinitionNeverReachesBack() throws {
        let world = try ReleaseWorld()
        var stricter = world.definition.json
        stricter["gates"] = Self.gates(stricter, ["approvals": 2])

        try world.run()
        try world.act(.define(PipelineDefinition(stricter, strictness: .judging)), by: "owner")

        #expect(try world.judge().verdict.kind == .satisfied)
    }

    @Test func aTakeoverIsJudgedLikeTheStartBefore() throws {
        let world = try ReleaseWorld()

        try world.run { step in
            guard step == .publishTest else { return false }
            try world.start("deploy_pypi_test")
            try world.start("deploy_pypi_test", epoch: 2)
            try world.published("deploy_pypi_test", to: "testpypi") { $0["how"] = "already-present" }
            try world.succeed("deploy_pypi_test")
            return true
        }

        #expect(try world.judge().verdict.kind == .satisfied)
    }

    @Test func anApprovalNeverCarriesOverToAnotherAttempt() throws {
        let world = try ReleaseWorld()
        try world.run([.tag, .build, .backup, .openTestGate, .approveTestGate])

        try world.start("deploy_pypi_test")
        try world.end("stage.failed", "deploy_pypi_test", reason: "index down")
        try world.retry("deploy_pypi_test", to: 2)
        try world.open("TestGate", stage: "deploy_pypi_test", attempt: 2)
        try world.publish("deploy_pypi_test", to: "testpypi", attempt: 2)
        let judgement = try world.judge()

        #expect(judgement.stages[2].verdict.kind == .refused)
        #expect(judgement.stages[2].verdict.reasons.contains { $0.code == "gate.approvals" })
    }

    @Test func anAttemptThatBeganAfterRejectionsIsInOrder() throws {
        let world = try ReleaseWorld()
        try world.run([.tag, .build, .backup])

        for attempt in 1...2 {
            try world.open("TestGate", stage: "deploy_pypi_test", attempt: attempt)
            try world.decide("TestGate", by: "bob", .reject, attempt: attempt)
            try world.retry("deploy_pypi_test", to: attempt + 1)
        }
        try world.open("TestGate", stage: "deploy_pypi_test", attempt: 3)
        try world.decide("TestGate", by: "alice", attempt: 3)
        try world.publish("deploy_pypi_test", to: "testpypi", attempt: 3)
        let judgement = try world.judge()

        #expect(judgement.stages[2].verdict.kind == .satisfied)
        #expect(judgement.findings == [])
    }

    /// The definition's gates, each with some members replaced.
    static func gates(_ definition: JSONObject, _ members: JSONObject) -> JSONValue {
        let gates = definition["gates"]!.object!
        return .object(
            JSONObject(
                Dictionary(
                    uniqueKeysWithValues: gates.names.map { name in
                        (name, .object(gates[name]!.object!.merging(members)))
                    })))
    }
}
