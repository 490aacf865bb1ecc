import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite
import LedgerTesting
import Testing

/// One ledger with real servers, real keys and a tiny project to release; its state can be kept and brought
/// back.
///
/// Everything lies in one folder: the ledger, the content of the servers, what is in progress (`tmp`). The
/// servers read their folders anew for each request, so bringing a state back is copying folders.
final class CrashWorld: Sendable {
    let folder: String
    let testIndex: LocalServer
    let index: LocalServer
    let registry: LocalServer
    let tool: CrashTool

    static let project = "crash-sample"
    static let release = ReleaseID(project: project, tag: "v1.0.0")!
    static let files = ["crash_sample-1.0.0-py2.py3-none-any.whl", "crash_sample-1.0.0.tar.gz"]

    var ledger: String { folder + "/ledger" }
    var temporary: String { folder + "/tmp" }
    var environment: [String: String] {
        ["LEDGER_DIR": ledger, "LEDGER_STATE": folder + "/state", "TMPDIR": temporary, "HOME": folder]
    }

    private init(
        folder: String, testIndex: LocalServer, index: LocalServer, registry: LocalServer
    ) {
        self.folder = folder
        self.testIndex = testIndex
        self.index = index
        self.registry = registry
        tool = CrashTool(folder: folder)
    }

    /// A ledger with four people and nothing released.
    ///
    /// - Parameter dataByteCount: of data in the project that cannot be compressed. From 64 KiB on the built
    ///   files are evidence in files, below it evidence in the log.
    /// - Throws: ``RuntimeFault`` that names the Debian package, where a program is missing.
    static func make(
        dataByteCount: Int = 0, front: LocalServers.IndexFront = .buffered
    ) async throws -> CrashWorld {
        try RealProgram.require([
            "ssh-keygen": "openssh-client", "git": "git", "docker-registry": "docker-registry",
        ])
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/ledger-crash-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
        let servers = LocalServers(
            host: HostEnvironment(variables: RealProgram.environment), tools: RealProgram.tools)
        let world = CrashWorld(
            folder: folder,
            testIndex: try await servers.startPackageIndex(
                in: folder + "/testpypi", token: nil, front: front),
            index: try await servers.startPackageIndex(
                in: folder + "/pypi", token: nil, front: front),
            registry: try await servers.startRegistry(in: folder + "/registry"))
        for person in ["alice", "bob", "carol", "tess"] {
            try await world.makeKey(person)
        }
        try Data(world.pipeline.utf8).write(to: URL(fileURLWithPath: folder + "/pipeline.yml"))
        try await world.makeRepository(dataByteCount: dataByteCount)
        try await world.ledger(world.initialize)
        try await world.ledger(world.enrol("bob", role: "releaser"))
        try await world.ledger(world.enrol("carol"))
        try await world.ledger(world.enrol("tess", role: "tester"))
        return world
    }

    func makeKey(_ person: String) async throws {
        try await tool(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", person])
    }

    /// - Throws: ``Missing`` where a server is gone: nothing that was tried without it would say anything.
    func checkServers() throws {
        for server in [testIndex, index, registry] {
            guard let port = UInt16(server.hostAndPort.split(separator: ":").last ?? "") else { continue }
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isThere = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isThere else { throw Missing("the server at \(server.url) was ended by somebody else") }
        }
    }

    func end() async {
        for server in [testIndex, index, registry] { await server.stop() }
    }

    /// The servers go with the last reference to them, also where a test threw.
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Commands

    var initialize: [String] {
        [
            "init", "--project", Self.project, "--origin", "example.com/\(Self.project)", "--owner", "alice",
            "--key", "alice", "--pipeline", "pipeline.yml",
        ]
    }
    let start = ["release", "start", "v1.0.0", "--repo", "repository", "--as", "carol", "--key", "carol"]
    let testInstall = ["test-install", "v1.0.0", "--as", "tess", "--key", "tess"]

    func enrol(_ person: String, role: String? = nil) -> [String] {
        ["person", "enroll", person, "--public-key", person + ".pub"] + (role.map { ["--role", $0] } ?? [])
            + ["--as", "alice", "--key", "alice"]
    }
    func approve(_ gate: String) -> [String] {
        ["gate", "approve", "v1.0.0", gate, "--as", "bob", "--key", "bob"]
    }

    func attempt(_ arguments: [String], environment more: [String: String] = [:]) async throws
        -> RealProgram.Ending
    {
        try await RealProgram.run(
            [try RealProgram.built("ledger")] + arguments, environment: environment.merging(more) { $1 },
            in: folder)
    }

    /// - Throws: ``Missing`` unless it ends with one of `codes`.
    @discardableResult
    func ledger(_ arguments: [String], codes: Set<Int> = [0]) async throws -> RealProgram.Ending {
        let ending = try await attempt(arguments)
        guard codes.contains(ending.code) else {
            throw Missing(
                "ledger \(arguments.joined(separator: " ")): \(ending.code)\n\(ending.output)\(ending.words)")
        }
        return ending
    }

    func crash(_ action: CrashTool.Action, _ arguments: [String]) async throws
        -> (CrashTool.Report, RealProgram.Ending)
    {
        try await tool.run(
            action, [try RealProgram.built("ledger")] + arguments, environment: environment)
    }

    private func tool(_ arguments: [String], in place: String? = nil) async throws {
        let ending = try await RealProgram.run(
            ["/usr/bin/env"] + arguments, environment: Self.git, in: place ?? folder
        )
        guard ending.code == 0 else { throw Missing("\(arguments): \(ending.words)") }
    }

    /// Always the same commit.
    private static let git = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_DATE": "2026-03-01T12:00:00Z",
        "GIT_COMMITTER_DATE": "2026-03-01T12:00:00Z",
    ]

    private func makeRepository(dataByteCount: Int) async throws {
        let repository = folder + "/repository"
        let module = repository + "/crash_sample"
        try FileManager.default.createDirectory(atPath: module, withIntermediateDirectories: true)
        let project = """
            [build-system]
            requires = ["flit_core>=3.9,<4"]
            build-backend = "flit_core.buildapi"

            [project]
            name = "\(Self.project)"
            version = "1.0.0"
            description = "A small project"
            readme = "README.md"
            """
        for (path, text) in [
            ("pyproject.toml", project), ("README.md", "# A sample\n"),
            ("crash_sample/__init__.py", "VALUE = 1\n"),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(repository)/\(path)")) }
        if dataByteCount > 0 {
            var generator = SeededGenerator(seed: 1)
            let data = Data((0..<dataByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
            try data.write(to: URL(fileURLWithPath: module + "/data.bin"))
        }
        let author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        for arguments in [
            ["init", "--quiet", "--initial-branch=main"], ["add", "--all"],
            author + ["commit", "--quiet", "--message", "Work"], ["tag", "v1.0.0"],
        ] { try await tool(["git"] + arguments, in: repository) }
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
          github-packages: {registry: "\(registry.url)alice/crash-sample"}
          testpypi: {upload: "\(testIndex.url)", index: "\(testIndex.url)simple/"}
          pypi:     {upload: "\(index.url)", index: "\(index.url)simple/"}

        """
    }
}

/// States that can be brought back.
extension CrashWorld {
    private static let parts = [
        "ledger", "state", "testpypi/packages", "pypi/packages", "registry/storage", "tmp",
    ]

    func keep(as name: String) throws {
        for part in Self.parts { try Self.copy("\(folder)/\(part)", to: "\(folder)/states/\(name)/\(part)") }
    }

    func bringBack(_ name: String) throws {
        for part in Self.parts { try Self.copy("\(folder)/states/\(name)/\(part)", to: "\(folder)/\(part)") }
    }

    private static func copy(_ source: String, to target: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: target)
        try files.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        if files.fileExists(atPath: source) { try files.copyItem(atPath: source, toPath: target) }
    }
}
