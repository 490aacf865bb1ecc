import Foundation
import LedgerPipeline
import LedgerProof

@testable import LedgerRuntime

/// A folder of one test's own, with a repository, a ledger's folder and everything an order needs.
///
/// The prepared Python tools are shared by all tests, in the package's build folder. PyPI is needed: without
/// it a test fails and says so.
struct Workbench {
    let folder: String
    let host: HostEnvironment

    static let tools: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path + "/.build/ledger-test-tools"
    }()

    init(folder: String, host: HostEnvironment) {
        self.folder = folder
        self.host = host
    }

    init(_ name: String, variables: [String: String] = [:]) throws {
        let base = FileManager.default.temporaryDirectory.path
        folder = try Files.makeFreshFolder("\(base)/ledger-test-\(name)")
        host = HostEnvironment(
            variables: ProcessInfo.processInfo.environment.merging(variables) { _, new in new })
        try Files.makeFolder(folder + "/repository")
        try Files.makeFolder(folder + "/ledger/keys")
        try Files.write([UInt8]("a private key".utf8), to: folder + "/ledger/keys/log.key")
    }

    var repository: String { folder + "/repository" }
    var ledger: String { folder + "/ledger" }
    var runner: ProgramRunner { ProgramRunner(host: host) }
    var servers: LocalServers { LocalServers(host: host, tools: Self.tools) }

    func write(_ path: String, _ text: String) throws {
        let full = repository + "/" + path
        try Files.makeFolder((full as NSString).deletingLastPathComponent)
        try Files.write([UInt8](text.utf8), to: full)
    }

    /// - Returns: standard output.
    @discardableResult func git(_ arguments: String...) async throws -> String {
        let log = StageLog()
        let result = try await runner.run(
            Program(
                executable: try host.find("git", package: "git"), arguments: ["-C", repository] + arguments,
                environment: [
                    "PATH": host.path, "HOME": folder, "GIT_CONFIG_GLOBAL": "/dev/null",
                    "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.org",
                    "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.org",
                    "GIT_AUTHOR_DATE": "2026-03-01T12:00:00Z", "GIT_COMMITTER_DATE": "2026-03-01T12:00:00Z",
                ], timeout: .seconds(60), captureLimitBytes: 1 << 16), log: log)
        guard result.isSuccess else { throw RuntimeFault(.programFailed, "git \(arguments): \(log.text)") }
        return result.text.trimmed
    }

    /// Commits all and tags it.
    ///
    /// - Returns: the commit.
    @discardableResult func commit(tag: String) async throws -> String {
        try await git("init", "--quiet", "--initial-branch=main")
        try await git("add", "--all")
        try await git("commit", "--quiet", "--message", "Work")
        try await git("tag", tag)
        return try await git("rev-parse", "HEAD")
    }

    /// A small project of its own backend-free kind: `flit_core` needs nothing else.
    func writeProject(
        _ name: String, version: String, module: String = "", scripts: String = "",
        dependencies: String = "[]"
    ) throws {
        let package = name.replacingOccurrences(of: "-", with: "_")
        try write(
            "pyproject.toml",
            """
            [build-system]
            requires = ["flit_core>=3.9,<4"]
            build-backend = "flit_core.buildapi"

            [project]
            name = "\(name)"
            version = "\(version)"
            description = "A small project"
            readme = "README.md"
            requires-python = ">=3.9"
            dependencies = \(dependencies)
            \(scripts)
            """)
        try write("README.md", "# \(name)\n")
        try write("\(package)/__init__.py", module)
    }

    func order(
        _ executor: ExecutorKind, project: String, version: String, commit: String, target: Target? = nil,
        files: [ArtifactFile] = [], isTakeover: Bool = false, attempt: Int = 1
    ) throws -> StageOrder {
        guard let release = ReleaseID(project: project, tag: "v" + version) else {
            throw RuntimeFault(.badInput, "not a release: \(project) \(version)")
        }
        return StageOrder(
            release: release, version: version, commit: commit, repository: repository, stage: "stage",
            attempt: attempt, executor: executor, target: target, files: files, isTakeover: isTakeover,
            cause: LogIndex(1))
    }

    func workspace(input: [String: String] = [:]) throws -> StageWorkspace {
        StageWorkspace(
            scratch: try Files.makeFreshFolder(folder + "/scratch"), input: input, tools: Self.tools,
            ledger: ledger)
    }

    func build(project: String, version: String, commit: String) async throws -> StageReport {
        let order = try order(.pythonBuild, project: project, version: version, commit: commit)
        return await PythonBuildExecutor(host: host).execute(
            EffectPermit(order: order, epoch: 1), in: try workspace())
    }

    func remove() { Files.remove(folder) }
}

/// Files that were really built, for tests that need some to publish.
struct BuiltFiles: Sendable {
    let files: [ArtifactFile]
    let places: [String: String]

    /// `ledger-sample 1.0.0`, built once for the whole run.
    static let sample = Task {
        try await BuiltFiles.make(
            "ledger-sample", module: "def main():\n    print('usage: ledger-sample')\n",
            scripts: "[project.scripts]\nledger-sample = \"ledger_sample:main\"\n")
    }
    /// The same project and version with other bytes.
    static let other = Task { try await BuiltFiles.make("ledger-sample", module: "VALUE = 2\n") }
    /// Installs, but cannot be imported.
    static let broken = Task {
        try await BuiltFiles.make("ledger-broken", module: "raise RuntimeError('it does not work')\n")
    }
    /// Needs `ledger-sample`.
    static let dependent = Task {
        try await BuiltFiles.make(
            "ledger-dependent", module: "import ledger_sample\n", dependencies: "[\"ledger-sample\"]")
    }

    static func make(
        _ project: String, module: String, scripts: String = "", dependencies: String = "[]"
    ) async throws -> BuiltFiles {
        let bench = try Workbench("built")
        defer { bench.remove() }
        try bench.writeProject(
            project, version: "1.0.0", module: module, scripts: scripts, dependencies: dependencies)
        let commit = try await bench.commit(tag: "v1.0.0")
        let report = try await bench.build(project: project, version: "1.0.0", commit: commit)
        guard case .built(let files, _, _) = report.outcome else {
            throw RuntimeFault(.programFailed, String(decoding: report.log, as: UTF8.self))
        }
        let folder = try Files.makeFreshFolder(Workbench.tools + "/built")
        var places: [String: String] = [:]
        for file in files {
            _ = try Files.copy(report.output[file.name] ?? "", to: "\(folder)/\(file.name)")
            places[file.name] = "\(folder)/\(file.name)"
        }
        return BuiltFiles(files: files, places: places)
    }
}
