import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// A ledger made by the real program, with keys of ssh-keygen: alice the admin, bob a releaser, carol who
/// tests. What executors would record is appended here.
final class LivedInLedger: Sendable {
    let folder: String
    let release = ReleaseID(project: "autocli", tag: "v0.1.0")!

    var path: String { "\(folder)/.ledger" }
    var views: String { "\(path)/views.db" }

    /// - Parameter name: of the origin, so that two ledgers differ.
    init(_ name: String = "autocli") throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for person in ["alice", "bob", "carol"] {
            try LedgerProgram.run(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", person], in: folder)
        }
        try done(
            "init", "--project", "autocli", "--origin", "example.com/\(name)", "--owner", "alice", "--key",
            "alice", "--github-owner", "example")
        for (person, role) in [("bob", "releaser"), ("carol", "tester")] {
            try done(
                "person", "enroll", person, "--public-key", "\(person).pub", "--role", role, "--as", "alice",
                "--key", "alice")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Commands

    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> LedgerProgram.Result {
        try LedgerProgram.run(arguments, in: folder, environment: environment)
    }

    /// Runs what must succeed.
    func done(_ arguments: String...) throws {
        let result = try LedgerProgram.run(arguments, in: folder)
        #expect(result.code == 0, "\(arguments): \(result.notes)")
    }

    /// Canonical JSON, a line each.
    func json(_ arguments: String...) throws -> [JSONObject] {
        let result = try LedgerProgram.run(arguments + ["--output", "json"], in: folder)
        return try result.lines.map { try JSONObject(canonical: Array($0.utf8)) }
    }

    // MARK: Records

    func write(_ body: (WorldWriter) throws -> Void) throws {
        let log = try SQLiteLog.open(at: "\(path)/ledger.db", clock: .system)
        try log.write { try body(WorldWriter($0, people: World())) }
    }

    func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result {
        let log = try SQLiteLog.open(
            at: "\(path)/ledger.db", mode: .readOnly, clock: LedgerClock { World.start })
        return try log.read(body)
    }

    func pushTags(_ numbers: ClosedRange<Int>) throws {
        try write { writer in
            for number in numbers { try writer.pushTag(ReleaseName.make(number), tagger: "alice") }
        }
    }

    /// The tag of alice, built, in the backup; the gate to TestPyPI is open.
    func reachTestGate() throws {
        try write { writer in
            try writer.pushTag(release, tagger: "alice")
            for stage in ["build", "deploy_github_packages"] {
                try writer.start(stage, of: release)
                try writer.succeed(stage, of: release)
            }
            try writer.openGate("TestGate", of: release)
        }
    }

    func approveTestGate() throws {
        try done("gate", "approve", "v0.1.0", "TestGate", "--as", "bob", "--key", "bob")
    }

    /// What is in TestPyPI was allowed.
    func reachTestPyPI() throws {
        try reachTestGate()
        try approveTestGate()
        try write { writer in
            try writer.start("deploy_pypi_test", of: release)
            try writer.succeed("deploy_pypi_test", of: release)
        }
    }
}
