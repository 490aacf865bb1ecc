import Foundation
import Testing

/// The whole way of a release through the real program, with what is refused on it.
@Suite(.serialized)
struct ReleaseFlowTests {
    @Test func aReleaseGoesThroughAllStagesAndEveryForbiddenActOnTheWayIsRefused() async throws {
        let world = try await CommandWorld("flow")
        try world.initialise()
        try world.writePackage(version: "0.1.0")
        try world.commit(tag: "v0.1.0")

        try world.ledger(as: "carol", "release", "start", "v0.1.0", "--repo", "repo").expect(0)
        try world.ledger("run").expect(4, saying: "TestGate")
        try atTheTestGate(world)
        try world.ledger("run").expect(4, saying: "Production")
        try atProduction(world)
        try world.ledger("run").expect(0, saying: "published everywhere")

        #expect(world.uploads(world.testIndex) == 2)
        #expect(world.uploads(world.index) == 2)
        try afterwards(world)
        await world.end()
    }

    private func atTheTestGate(_ world: CommandWorld) throws {
        try world.ledger("status").expect(4, saying: "waits on alice or bob")
        try world.ledger("gate", "show", "v0.1.0", "TestGate").expect(
            0, saying: "autocli-0.1.0-py3-none-any.whl")
        try world.ledger(as: "carol", "gate", "approve", "v0.1.0", "TestGate").expect(3)
        try world.ledger(as: "tess", "gate", "approve", "v0.1.0", "TestGate").expect(
            3, saying: "holds none of the roles")
        try world.ledger(as: "owner", "role", "grant", "carol", "releaser").expect(0)
        try world.ledger(as: "carol", "gate", "approve", "v0.1.0", "TestGate").expect(
            3, saying: "carol pushed the tag")
        try world.ledger("gate", "approve", "v0.1.0", "TestGate", "--as", "alice", "--key", world.key("bob"))
            .expect(3, saying: "not one of alice's")
        try world.ledger(as: "alice", "gate", "approve", "v0.1.0", "Nowhere").expect(
            2, saying: "Gates: Production, TestGate")
        try world.ledger(as: "alice", "gate", "approve", "v9", "TestGate").expect(2, saying: "no release")
        try world.ledger(as: "bob", "gate", "approve", "v0.1.0", "Production").expect(
            4, saying: "not open yet")
        try signElsewhere(world)
        try world.ledger(as: "alice", "gate", "approve", "v0.1.0", "TestGate").expect(
            3, saying: "each person counts once")
    }

    /// The statement goes to another machine, and comes back signed.
    private func signElsewhere(_ world: CommandWorld) throws {
        let printed = try world.ledger(
            as: "alice", "gate", "approve", "v0.1.0", "TestGate", "--print-statement"
        ).expect(0)
        let statement = "\(world.folder)/statement.json"
        try printed.output.write(toFile: statement, atomically: true, encoding: .utf8)
        for (namespace, file) in [("file", "wrong"), ("release-approval@ledger", "good")] {
            try Shell.run(
                "/bin/sh",
                ["-c", "ssh-keygen -q -Y sign -f keys/alice -n \(namespace) < statement.json > \(file).sig"],
                in: world.folder
            ).expect(0)
        }
        func approve(_ statement: String, _ signature: String) throws -> Shell.Result {
            try world.ledger(
                as: "alice", "gate", "approve", "v0.1.0", "TestGate", "--statement", statement, "--signature",
                signature)
        }
        try approve("statement.json", "wrong.sig").expect(3, saying: "signed for 'file'")
        let other = printed.output.replacing("\"attempt\":1", with: "\"attempt\":2")
        try other.write(toFile: "\(world.folder)/other.json", atomically: true, encoding: .utf8)
        try approve("other.json", "good.sig").expect(3, saying: "not good for this statement")
        try approve("statement.json", "good.sig").expect(0, saying: "alice approved")
        try approve("statement.json", "good.sig").expect(3, saying: "used before")
    }

    private func atProduction(_ world: CommandWorld) throws {
        try world.ledger(as: "bob", "gate", "approve", "v0.1.0", "Production").expect(
            3, saying: "no install test")
        try world.ledger("status").expect(4, saying: "waits on tess")
        try world.ledger(as: "alice", "test-install", "v0.1.0").expect(
            3, saying: "does not hold the role 'tester'")
        try world.ledger(as: "tess", "test-install", "v0.1.0", "--", "false").expect(10, saying: "failed")
        try world.ledger(as: "bob", "gate", "approve", "v0.1.0", "Production").expect(3, saying: "failed")
        try world.ledger(as: "tess", "test-install", "v0.1.0").expect(0, saying: "autocli --help")
        try world.ledger(as: "bob", "gate", "approve", "v0.1.0", "Production").expect(0)
    }

    private func afterwards(_ world: CommandWorld) throws {
        try world.ledger("status").expect(0, saying: "published everywhere")
        try world.ledger("verify", "--gates").expect(0, saying: "satisfied")
        let checkpoint = try world.ledger("checkpoint").expect(0).output
        try checkpoint.write(toFile: "\(world.folder)/kept", atomically: true, encoding: .utf8)
        try world.ledger("export", "bundle").expect(0)
        try world.ledger("export", "one", "--release", "v0.1.0").expect(0)
        try world.ledger("export", "again").expect(0)
        try Shell.run("/usr/bin/diff", ["-r", "bundle", "again"], in: world.folder).expect(0)
        try world.ledger("verify", "--bundle", "bundle", "--against", "kept").expect(
            0, saying: "origin not authenticated")
        try world.ledger("verify", "--bundle", "one", "--log-key", "bundle/log.vkey").expect(
            0, saying: "whose key you gave")
        try world.ledger(as: "carol", "release", "start", "v0.1.0", "--repo", "repo").expect(
            8, saying: "started before")
        try world.ledger(as: "carol", "release", "retry", "v0.1.0", "build").expect(
            3, saying: "nothing more happens")
        try Shell.run("/usr/bin/env", ["git", "tag", "v0.1.0.0"], in: world.repository).expect(0)
        try world.ledger(as: "carol", "release", "start", "v0.1.0.0", "--repo", "repo").expect(
            8, saying: "released before")
    }

    @Test func aRejectedGateGoesOnOnlyByARetry() async throws {
        let world = try await CommandWorld("reject")
        try world.initialise()
        try world.writePackage(version: "0.2.0")
        try world.commit(tag: "v0.2.0")
        try world.ledger(as: "carol", "release", "start", "v0.2.0", "--repo", "repo").expect(0)
        try world.ledger("run").expect(4)

        try world.ledger(as: "bob", "gate", "reject", "v0.2.0", "TestGate", "--comment", "no changelog")
            .expect(0)
        try world.ledger("run").expect(3, saying: "release retry")
        try world.ledger(as: "alice", "gate", "approve", "v0.2.0", "TestGate").expect(3, saying: "rejected")
        try world.ledger(as: "carol", "release", "retry", "v0.2.0", "deploy_pypi_test").expect(0)
        try world.ledger("run").expect(4, saying: "TestGate")
        try world.ledger(as: "alice", "gate", "approve", "v0.2.0", "TestGate").expect(0)
        try world.ledger(as: "alice", "gate", "withdraw", "v0.2.0", "TestGate", "--reason", "a bug").expect(0)
        try world.ledger("run").expect(4, saying: "withdrawn")

        #expect(world.uploads(world.testIndex) == 0)
        try world.ledger("verify", "--gates").expect(4)
        await world.end()
    }
}
