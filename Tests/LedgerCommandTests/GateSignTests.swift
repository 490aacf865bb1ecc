import Foundation
import Testing

/// An approval whose key is on another machine: verified from a bundle, signed there, recorded here.
@Suite(.serialized) struct GateSignTests {
    /// At the gate to TestPyPI, with real files; the bundle is what the other machine has.
    private func world(_ name: String) async throws -> CommandWorld {
        let world = try await CommandWorld(name)
        try world.initialise()
        try world.writePackage(version: "0.1.0")
        try world.commit(tag: "v0.1.0")
        try world.ledger(as: "carol", "release", "start", "v0.1.0", "--repo", "repo").expect(0)
        try world.ledger("run").expect(4, saying: "TestGate")
        try world.ledger("export", "bundle").expect(0)
        let key = try String(contentsOfFile: "\(world.folder)/bundle/log.vkey", encoding: .utf8)
        try key.write(toFile: "\(world.folder)/log.vkey", atomically: true, encoding: .utf8)
        return world
    }

    @discardableResult
    private func sign(_ world: CommandWorld, as person: String, _ more: String...) throws -> Shell.Result {
        try Shell.run(
            CommandWorld.program,
            [
                "gate", "sign", "--bundle", "bundle", "--log-key", "log.vkey", "v0.1.0", "TestGate", "--as",
                person, "--key", world.key(person), "--to", "signed",
            ] + more, in: world.folder, environment: ["NO_COLOR": "1", "LEDGER_DIR": "/nowhere"])
    }

    private func isNothingWritten(_ world: CommandWorld) -> Bool {
        !FileManager.default.fileExists(atPath: "\(world.folder)/signed")
    }

    @Test func whatIsSignedElsewhereCountsHere() async throws {
        let world = try await world("sign")

        try sign(world, as: "carol").expect(3, saying: "carol holds none of the roles")
        try sign(world, as: "alice", "--key", world.key("bob")).expect(3, saying: "not one of alice's")
        #expect(isNothingWritten(world))
        let signed = try sign(world, as: "alice").expect(0)
        // Others record meanwhile.
        try world.ledger(as: "owner", "role", "grant", "carol", "tester").expect(0)
        let files = [
            "--statement", "signed/v0.1.0-TestGate.json", "--signature", "signed/v0.1.0-TestGate.sig",
        ]
        func approve(_ person: String) throws -> Shell.Result {
            try Shell.run(
                CommandWorld.program, ["gate", "approve", "v0.1.0", "TestGate", "--as", person] + files,
                in: world.folder)
        }
        try approve("bob").expect(3, saying: "not by bob")
        try approve("alice").expect(0, saying: "alice approved")

        for words in ["autocli-0.1.0-py3-none-any.whl", "publishes to", "asks for", "hashed: sha256:"] {
            #expect(signed.errors.contains(words), "\(signed)")
        }
        try world.ledger("run").expect(4, saying: "Production")
        try world.ledger("verify", "--gates").expect(4)
        try approve("alice").expect(3)
        await world.end()
    }

    @Test func aRejectionCanBeSignedElsewhereToo() async throws {
        let world = try await world("sign-reject")

        try sign(world, as: "bob", "--reject", "--comment", "wrong changelog").expect(0)
        try world.ledger(
            "gate", "reject", "v0.1.0", "TestGate", "--as", "bob", "--statement",
            "signed/v0.1.0-TestGate.json", "--signature", "signed/v0.1.0-TestGate.sig"
        ).expect(0, saying: "bob rejected")

        try world.ledger("status").expect(3)
        await world.end()
    }

    @Test func nothingIsSignedOnWhatIsNotProven() async throws {
        let world = try await world("sign-bad")
        let bundle = "\(world.folder)/bundle"
        func damage(_ path: String, _ edit: (String) -> String) throws -> () throws -> Void {
            let file = URL(fileURLWithPath: "\(bundle)/\(path)")
            let whole = try Data(contentsOf: file)
            try Data(edit(String(decoding: whole, as: UTF8.self)).utf8).write(to: file)
            return { try whole.write(to: file) }
        }

        let record = try damage("records.jsonl") { $0.replacing("releaser", with: "releases") }
        try sign(world, as: "alice").expect(5, saying: "nothing was signed")
        try record()
        let built = try FileManager.default.contentsOfDirectory(atPath: "\(bundle)/evidence/sha256")
        let wheel = try #require(
            built.first { name in
                (FileManager.default.contents(atPath: "\(bundle)/evidence/sha256/\(name)") ?? Data())
                    .starts(with: Data("PK".utf8))
            })
        let path = "evidence/sha256/\(wheel)"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(bundle)/\(path)"))
        for edited in [bytes + Data([0]), bytes.dropLast(), Data(repeating: 0x50, count: bytes.count)] {
            try edited.write(to: URL(fileURLWithPath: "\(bundle)/\(path)"))
            #expect([1, 5, 8].contains(try sign(world, as: "alice").code))
        }
        try bytes.write(to: URL(fileURLWithPath: "\(bundle)/\(path)"))
        let key = try String(contentsOfFile: "\(world.folder)/log.vkey", encoding: .utf8)
        try world.ledger(
            "init", "--project", "autocli", "--origin", "example.com/autocli", "--owner", "owner", "--key",
            world.key("owner"), "--pipeline", "pipeline.yml", "--ledger", "other"
        ).expect(0)
        try world.ledger("export", "other-bundle", "--ledger", "other").expect(0)
        try FileManager.default.removeItem(atPath: "\(world.folder)/log.vkey")
        try FileManager.default.copyItem(
            atPath: "\(world.folder)/other-bundle/log.vkey", toPath: "\(world.folder)/log.vkey")
        try sign(world, as: "alice").expect(5)
        try key.write(toFile: "\(world.folder)/log.vkey", atomically: true, encoding: .utf8)
        try world.ledger("export", "part", "--release", "v0.1.0").expect(0)
        try FileManager.default.moveItem(atPath: bundle, toPath: bundle + "-whole")
        try FileManager.default.moveItem(atPath: "\(world.folder)/part", toPath: bundle)
        try sign(world, as: "alice").expect(2, saying: "whole log")

        #expect(isNothingWritten(world))
        await world.end()
    }
}
