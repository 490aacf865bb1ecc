import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// Acts on people, keys, roles and pipelines: refused before they are recorded, and without effect if they
/// were recorded all the same.
struct ActDeciderTests {
    struct Forbidden: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        let by: String
        var key: String?
        let act: @Sendable (ReleaseWorld) throws -> Act
        var testDescription: String { name }
    }

    static let forbidden: [Forbidden] = [
        Forbidden(name: "by no admin", code: "act.standing", by: "alice") { _ in
            .grant(role: "admin", to: "alice")
        },
        Forbidden(name: "with another's key", code: "act.standing", by: "owner", key: "alice") { _ in
            .grant(role: "admin", to: "alice")
        },
        Forbidden(name: "with a key of nobody", code: "act.standing", by: "owner", key: "stranger") { _ in
            .grant(role: "admin", to: "alice")
        },
        Forbidden(name: "a name used before", code: "roster.name", by: "owner") { _ in
            .enrol(person: "alice", kind: .human, accounts: [], profile: nil)
        },
        Forbidden(name: "a name that is none", code: "act.members", by: "owner") { _ in
            .enrol(person: "../x", kind: .human, accounts: [], profile: nil)
        },
        Forbidden(name: "another's key", code: "roster.key", by: "owner") { _ in
            .enrol(key: ReleaseWorld.key("bob"), of: "alice", reason: "shared")
        },
        Forbidden(name: "a key of nobody enrolled", code: "roster.person", by: "owner") { _ in
            .enrol(key: ReleaseWorld.key("mallory"), of: "mallory", reason: "first")
        },
        Forbidden(name: "a role to nobody", code: "roster.person", by: "owner") { _ in
            .grant(role: "releaser", to: "mallory")
        },
        Forbidden(name: "a role that was not granted", code: "roster.role", by: "owner") { _ in
            .revoke(role: "tester", of: "alice", from: nil)
        },
        Forbidden(name: "a key that is not theirs", code: "roster.key", by: "owner") { _ in
            .revoke(key: ReleaseWorld.key("bob"), of: "alice", from: nil, reason: "lost")
        },
        Forbidden(name: "a pipeline by no admin", code: "act.standing", by: "bob") { .define($0.definition) },
    ]

    @Test(arguments: forbidden) func anActThatIsNotAllowedIsRefused(_ forbidden: Forbidden) throws {
        let world = try ReleaseWorld()
        let act = try forbidden.act(world)

        let refusal = #expect(throws: Refusal.self) {
            let context = try world.context()
            try ActDecider(context).check(
                try world.signed(act, by: forbidden.by, key: forbidden.key), by: forbidden.by)
        }

        #expect(refusal?.findings.first?.code == forbidden.code)
    }

    @Test(arguments: forbidden) func anActRecordedAllTheSameHasNoEffectAndIsAFinding(_ forbidden: Forbidden)
        throws
    {
        let world = try ReleaseWorld()
        let before = try world.context().governance.roster

        let receipt = try world.act(try forbidden.act(world), by: forbidden.by, key: forbidden.key)
        let governance = try world.context().governance

        #expect(governance.roster == before)
        #expect(governance.findings.contains { $0.code == forbidden.code && $0.index == receipt.index })
    }

    @Test func theLastAdminCannotResign() throws {
        let world = try ReleaseWorld()
        let resignation = Act.revoke(role: "admin", of: "owner", from: nil)
        func check() throws {
            try ActDecider(world.context()).check(world.signed(resignation, by: "owner"), by: "owner")
        }

        let refusal = #expect(throws: Refusal.self) { try check() }
        #expect(refusal?.message.contains("nobody would be admin") == true)

        try world.act(.grant(role: "admin", to: "alice"), by: "owner")
        try check()
    }

    /// `FORMAT.md` §5: an earlier `from` makes what was signed since then indeterminate.
    @Test func actsOfAnAdminWhoWasRevokedWithEffectFromBeforeAreInDoubt() throws {
        let world = try ReleaseWorld()
        try world.act(.grant(role: "admin", to: "alice"), by: "owner")
        try world.run()
        let before = try #require(try world.context().release(world.release)).judge.judge()
        #expect(before.verdict.kind == .satisfied)
        let start = try #require(try world.context().reader.record(at: LogIndex(1))).time

        try world.act(.revoke(role: "admin", of: "owner", from: start), by: "alice")

        let context = try world.context()
        #expect(context.governance.doubts.contains { $0.code == "act.doubted" })
        let after = try #require(try context.release(world.release)).judge.judge()
        #expect(after.verdict.kind == .indeterminate)
    }

    @Test func aStatementCountsOnce() throws {
        let world = try ReleaseWorld()
        let signed = try world.signed(.grant(role: "releaser", to: "carol"), by: "owner")
        try world.append(.roster, "role.granted", "person:owner", signed.what, evidence: signed.evidence)
        try world.act(.revoke(role: "releaser", of: "carol", from: nil), by: "owner")

        let again = try world.append(
            .roster, "role.granted", "person:owner", signed.what, evidence: signed.evidence)
        let governance = try world.context().governance

        #expect(governance.findings.map(\.code) == ["act.replayed"])
        #expect(governance.findings.first?.index == again.index)
        #expect(governance.roster.roles(of: "carol", at: try world.context().moment) == [])
    }

    @Test func whatWasSignedIsWhatIsRecorded() throws {
        let world = try ReleaseWorld()

        try world.act(.grant(role: "releaser", to: "carol"), by: "owner", forge: { $0["role"] = "admin" })
        let governance = try world.context().governance

        #expect(governance.findings.map(\.code) == ["act.content"])
    }

    @Test func aLedgerWhoseBootstrapIsNotSignedWithItsOwnKeyHasNoAdmin() throws {
        let world = try ReleaseWorld(bootstrapKey: "stranger")

        let governance = try world.context().governance

        #expect(governance.bootstrapFingerprint == nil)
        #expect(governance.roster.persons.isEmpty)
        #expect(governance.findings.contains { $0.code == "bootstrap" })
    }

    @Test func rolesAndKeysHoldFromTheirActToTheirEnd() throws {
        let world = try ReleaseWorld()
        let start = world.clock.time
        try world.act(
            .grant(
                role: "tester", to: "carol", from: start.adding(microseconds: 10_000_000),
                until: start.adding(microseconds: 20_000_000)),
            by: "owner")
        let roster = try world.context().governance.roster
        let index = try world.context().moment.index
        func holds(_ seconds: Int64) -> Bool {
            let moment = Roster.Moment(index: index, time: start.adding(microseconds: seconds * 1_000_000))
            return roster.standing(ofRole: "tester", person: "carol", at: moment) == .holds
        }

        #expect([9, 10, 19, 20].map { holds($0) } == [false, true, true, false])
    }
}
