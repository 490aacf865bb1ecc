import Foundation
import Testing

@testable import LedgerRuntime

/// A folder with people's keys, real servers and the real `ledger` program. Nothing here is a double.
///
/// The prepared Python tools are shared by all tests, in the package's build folder.
final class CommandWorld: Sendable {
    let folder: String
    let project: String
    let testIndex: LocalServer
    let index: LocalServer
    let registry: LocalServer

    static let token = "token-of-the-test"
    static let people = ["owner", "carol", "alice", "bob", "tess"]

    static let tools: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path + "/.build/ledger-test-tools"
    }()

    /// The program that was built beside the tests.
    static let program: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(), beside]
        return candidates.map { $0.appendingPathComponent("ledger").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "ledger"
    }()

    init(_ name: String, project: String = "autocli") async throws {
        let base = FileManager.default.temporaryDirectory.path
        folder = "\(base)/ledger-command-\(name)-\(UUID().uuidString.prefix(8))"
        self.project = project
        for part in ["keys", "repo", "testpypi", "pypi", "registry"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
        }
        let servers = LocalServers(
            host: HostEnvironment(variables: ProcessInfo.processInfo.environment), tools: Self.tools)
        testIndex = try await servers.startPackageIndex(in: "\(folder)/testpypi", token: Self.token)
        index = try await servers.startPackageIndex(in: "\(folder)/pypi", token: Self.token)
        registry = try await servers.startRegistry(in: "\(folder)/registry")
        for person in Self.people {
            _ = try Shell.run(
                "/usr/bin/env", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key(person)], in: folder
            )
        }
        try pipeline.write(toFile: "\(folder)/pipeline.yml", atomically: true, encoding: .utf8)
    }

    /// Stops the servers and removes the folder.
    func end() async {
        for server in [testIndex, index, registry] { await server.stop() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func key(_ person: String) -> String { "\(folder)/keys/\(person)" }
    var repository: String { "\(folder)/repo" }

    /// Runs `ledger`, in the folder, with the servers' tokens.
    @discardableResult
    func ledger(_ arguments: String..., environment: [String: String] = [:]) throws -> Shell.Result {
        try Shell.run(
            Self.program, arguments, in: folder,
            environment: [
                "LEDGER_TOOLS": Self.tools, "LEDGER_TESTPYPI_TOKEN": Self.token,
                "LEDGER_PYPI_TOKEN": Self.token,
                "NO_COLOR": "1",
            ].merging(environment) { _, new in new })
    }

    /// The same, in a person's name.
    @discardableResult
    func ledger(as person: String, _ arguments: String...) throws -> Shell.Result {
        try Shell.run(
            Self.program, arguments, in: folder,
            environment: [
                "LEDGER_TOOLS": Self.tools, "LEDGER_AS": person, "LEDGER_KEY": key(person), "NO_COLOR": "1",
            ])
    }

    /// The ledger with its people: carol pushes tags, alice and bob release, tess tests.
    func initialise() throws {
        try ledger(
            "init", "--project", project, "--origin", "example.com/\(project)", "--owner", "owner", "--key",
            key("owner"),
            "--pipeline", "pipeline.yml"
        ).expect(0)
        try ledger(as: "owner", "person", "enroll", "carol", "--public-key", key("carol") + ".pub").expect(0)
        for person in ["alice", "bob"] {
            try ledger(
                as: "owner", "person", "enroll", person, "--public-key", key(person) + ".pub", "--role",
                "releaser"
            ).expect(0)
        }
        try ledger(
            as: "owner", "person", "enroll", "tess", "--public-key", key("tess") + ".pub", "--role", "tester"
        ).expect(0)
    }

    /// A small package that builds without anything beyond its backend.
    func writePackage(version: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(repository)/autocli", withIntermediateDirectories: true)
        let metadata = """
            [build-system]
            requires = ["flit_core >=3.2,<4"]
            build-backend = "flit_core.buildapi"
            [project]
            name = "autocli"
            version = "\(version)"
            description = "A command line that greets."
            readme = "README.md"
            requires-python = ">=3.9"
            [project.scripts]
            autocli = "autocli:main"

            """
        try metadata.write(toFile: "\(repository)/pyproject.toml", atomically: true, encoding: .utf8)
        try "# autocli\n\nGreets.\n".write(
            toFile: "\(repository)/README.md", atomically: true, encoding: .utf8)
        let module =
            "import argparse\n\n\ndef main():\n    argparse.ArgumentParser(prog='autocli').parse_args()\n"
        try module.write(toFile: "\(repository)/autocli/__init__.py", atomically: true, encoding: .utf8)
    }

    /// Commits what is in the repository, and tags it.
    func commit(tag: String) throws {
        let git = [
            "-c", "user.name=Carol", "-c", "user.email=carol@example.org", "-c", "init.defaultBranch=main",
        ]
        for arguments in [["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Work"], ["tag", tag]] {
            try Shell.run("/usr/bin/env", ["git"] + git + arguments, in: repository).expect(0)
        }
    }

    /// Uploads that an index took, as its own log tells.
    func uploads(_ server: LocalServer) -> Int {
        server.log.split(separator: "\n").filter { $0.contains("\"POST / ") && $0.contains("\" 200") }.count
    }

    private var pipeline: String {
        """
        pipeline: python-package
        on: {tags: ["v*"]}
        artifact: python-package-distributions
        stages:
          build:                  {executor: python-build}
          deploy_github_packages: {needs: [build], executor: oci, target: github-packages}
          deploy_pypi_test:       {needs: [deploy_github_packages], gate: TestGate, executor: pypi, target: testpypi}
          deploy_pypi_prod:       {needs: [deploy_pypi_test], gate: Production, executor: pypi, target: pypi}
        gates:
          TestGate:   {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d}
          Production: {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d, requires: [{install-test: testpypi}]}
        targets:
          github-packages: {registry: "\(registry.hostAndPort)/example/\(project)"}
          testpypi: {upload: "\(testIndex.url)", index: "\(testIndex.url)simple/"}
          pypi: {upload: "\(index.url)", index: "\(index.url)simple/"}

        """
    }
}

/// Programs as a test runs them.
enum Shell {
    struct Result: CustomStringConvertible {
        let command: String
        let code: Int32
        let output: String
        let errors: String

        var description: String { "\(command)\nexit code \(code)\n\(output)\n\(errors)" }

        @discardableResult
        func expect(
            _ expected: Int32, saying words: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
        ) -> Result {
            #expect(code == expected, "\(self)", sourceLocation: sourceLocation)
            if let words {
                #expect((output + errors).contains(words), "\(self)", sourceLocation: sourceLocation)
            }
            return self
        }
    }

    /// - Parameter environment: on top of PATH, HOME and what finds certificates.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LEDGER_") }
        // What is remembered of a ledger is not this user's.
        variables["LEDGER_STATE"] = folder + "/.state"
        process.environment = variables.merging(environment) { _, new in new }
        let (output, errors) = (
            "\(folder)/.output-\(UUID().uuidString)", "\(folder)/.errors-\(UUID().uuidString)"
        )
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        defer { for file in [output, errors] { try? FileManager.default.removeItem(atPath: file) } }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        func text(_ file: String) -> String {
            String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
        }
        return Result(
            command: ([program] + arguments).joined(separator: " "), code: process.terminationStatus,
            output: text(output), errors: text(errors))
    }
}
