import LedgerPipeline
import LedgerProof
import LedgerTesting

/// Where two verifiers may easily differ: acts of which nobody can say whether they are good, and records
/// that are almost what they should be.
extension JudgedMutation {
    private static let early = Timestamp("2026-11-22T20:00:00.000000Z")!

    static let unclear: [JudgedMutation] = [
        after("the tester's key revoked with effect from before", .indeterminate, "mandate.unclear") {
            try $0.act(
                .revoke(key: ReleaseWorld.key("tess"), of: "tess", from: early, reason: "stolen"), by: "owner"
            )
        },
        after("the tester's role revoked with effect from before", .indeterminate, "mandate.unclear") {
            try $0.act(.revoke(role: "tester", of: "tess", from: early), by: "owner")
        },
        after(
            "an approver's key revoked with effect from just before the start", .indeterminate,
            "approval.key-in-doubt"
        ) { world in
            let reading = try world.context().release(world.release)!.reading
            let start = reading.starts.first { $0.stage == "deploy_pypi_test" }!
            try world.act(
                .revoke(key: ReleaseWorld.key("alice"), of: "alice", from: start.time, reason: "stolen"),
                by: "owner")
        },
        after("a revoked key revoked again with effect from before", .indeterminate, "approval.key-in-doubt")
        { world in
            for from in [nil, early] {
                try world.act(
                    .revoke(key: ReleaseWorld.key("alice"), of: "alice", from: from, reason: "stolen"),
                    by: "owner")
            }
        },
        before(.tag, "a key enrolled in a version not known here", .indeterminate, "critical.unknown") {
            try $0.append(
                .roster, "key.enrolled", "person:owner",
                Act.enrol(key: ReleaseWorld.key("bob"), of: "bob", reason: "new").what, version: 2)
        },
        withdrawal("of another gate", gate: "Production", attempt: 1),
        withdrawal("of another attempt", gate: "TestGate", attempt: 2),
        at(.publishTest, "a start whose epoch is a text", .refused, "act.members") {
            try $0.start("deploy_pypi_test") { $0["epoch"] = "1" }
            try $0.published("deploy_pypi_test", to: "testpypi")
            try $0.succeed("deploy_pypi_test")
        },
        at(.tag, "a tag whose statement is for something else", .satisfied, "tagger.asserted") {
            try $0.act(
                .pushTag(
                    release: $0.release, version: "0.1.0", commit: String(repeating: "c", count: 40),
                    tagger: "carol", repository: "https://example.com/autocli", policy: $0.definition.digest),
                by: "carol", forge: { $0["commit"] = .string(String(repeating: "d", count: 40)) })
        },
        at(.approveTestGate, "rejected, and bypassed by an admin", .bypassed, "gate.bypassed") {
            try $0.decide("TestGate", by: "bob", .reject)
            try bypass("TestGate", $0)
        },
        at(.installTest, "bypassed, but nobody tested", .refused, "mandate.missing") {
            try bypass("Production", $0)
        },
        before(.approveProduction, "an approval that came before the test passed", .refused, "mandate.failed")
        {
            try $0.test(by: "tess", hasPassed: false)
            try $0.decide("Production", by: "alice")
            try $0.test(by: "tess")
        },
    ]

    private static func after(
        _ name: String, _ kind: VerdictKind, _ code: String,
        _ act: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        JudgedMutation(name: name, kind: kind, code: code, after: act)
    }

    /// One that names an approval, but not as it is: it has no effect, and is a finding.
    private static func withdrawal(_ name: String, gate: String, attempt: Int) -> JudgedMutation {
        before(.publishTest, "a withdrawal \(name)", .satisfied, "withdrawal.nothing") { world in
            let index = try world.context().release(world.release)!.reading.decisions[0].index
            try world.act(
                .withdraw(
                    release: world.release, gate: gate, attempt: attempt, approval: index, by: "alice",
                    reason: "bug"), by: "alice")
        }
    }

    private static func bypass(_ gate: String, _ world: ReleaseWorld) throws {
        try world.act(
            .bypass(
                release: world.release, gate: gate, attempt: 1, by: "owner", reason: "CVE",
                until: Timestamp("2026-11-23T00:00:00.000000Z")!), by: "owner")
    }
}
