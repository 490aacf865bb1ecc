internal import CPythonTools
internal import FoundationEssentials
public import LedgerPipeline
internal import LedgerProof

/// What is to be tested: that people who install this version from this index get exactly our files, and that
/// they work.
public struct InstallTestRequest: Sendable {
    public var project: String
    public var version: String
    /// The Simple API of the target.
    public var index: String
    /// As built.
    public var files: [ArtifactFile]
    /// What to run, its first word found in the new environment before anywhere else; empty for the default:
    /// import every top-level module and run every console script with `--help`.
    public var command: [String] = []
    /// Where dependencies are, if not on the same index. They are installed by a separate call, after the
    /// package.
    public var dependencyIndex: String?

    public init(
        project: String, version: String, index: String, files: [ArtifactFile], command: [String] = [],
        dependencyIndex: String? = nil
    ) {
        self.project = project
        self.version = version
        self.index = index
        self.files = files
        self.command = command
        self.dependencyIndex = dependencyIndex
    }
}

/// What the test saw: the members of `install.tested`.
public struct InstallTestResult: Sendable {
    public enum Verdict: String, Sendable { case passed, failed }

    public let verdict: Verdict
    /// Why it failed; empty where it passed.
    public let reason: String
    /// `autocli==0.1.0`
    public let requirement: String
    /// What pip installed of ours. Never empty where the test passed.
    public let files: [ArtifactFile]
    /// pip's installation report, byte for byte; empty where pip did not get that far.
    public let report: [UInt8]
    /// Every command that was run, in order. `.` stands for the folder of the test.
    public let commands: [String]
    /// What they said.
    public let transcript: [UInt8]
}

/// Installs a published version into a fresh environment, from its index alone, and tries it.
///
/// The package is asked for by exact version and by the hashes of our files, without its dependencies: pip
/// refuses any other bytes. No cache, no configuration of this machine and no other index take part. The
/// verdict is a value; where the index cannot be reached, so that nothing is known, a ``RuntimeFault`` is
/// thrown.
public struct InstallTest: Sendable {
    let host: HostEnvironment
    let onLine: (@Sendable (String) -> Void)?

    public init(host: HostEnvironment, onLine: (@Sendable (String) -> Void)? = nil) {
        self.host = host
        self.onLine = onLine
    }

    /// - Parameter workspace: `input` is not used.
    /// - Throws: ``RuntimeFault`` if we could not look.
    public func run(
        _ request: InstallTestRequest, in workspace: StageWorkspace
    ) async throws(RuntimeFault) -> InstallTestResult {
        let log = StageLog(redactor: Redactor(secrets: host.proxySecrets), onLine: onLine)
        var run = try await InstallRun(host: host, request: request, workspace: workspace, log: log)
        var reason = ""
        do throws(InstallRefusal) {
            try await run.installPackage()
            try await run.installDependencies()
            try await run.tryOut()
        } catch {
            switch error {
            case .failed(let words): reason = log.reason(words)
            case .unseen(let fault): throw fault
            }
        }
        log.note(reason.isEmpty ? "passed" : "failed: \(reason)")
        return InstallTestResult(
            verdict: reason.isEmpty ? .passed : .failed, reason: reason, requirement: run.requirement,
            files: run.installed, report: run.report, commands: run.commands, transcript: log.bytes)
    }
}

/// Why a step of an install test did not go well.
enum InstallRefusal: Error {
    /// We saw that it does not work.
    case failed(String)
    /// We could not look.
    case unseen(RuntimeFault)
}

/// One install test, step by step.
struct InstallRun {
    let request: InstallTestRequest
    let project: String
    let version: PythonVersion
    let index: SimpleIndex
    let dependencyIndex: HTTPAddress?
    let environment: PythonEnvironment
    let sandbox: SandboxedProgram
    let folder: String
    let log: StageLog

    private(set) var installed: [ArtifactFile] = []
    private(set) var report: [UInt8] = []
    private(set) var commands: [String] = []
    private var hasDependencies = false

    var requirement: String { "\(project)==\(request.version)" }
    private var python: String { folder + "/venv/bin/python" }

    init(
        host: HostEnvironment, request: InstallTestRequest, workspace: StageWorkspace, log: StageLog
    ) async throws(RuntimeFault) {
        guard let project = ProjectName.normalized(request.project),
            let version = PythonVersion(request.version), !request.files.isEmpty
        else {
            throw RuntimeFault(
                .badInput, "'\(request.project)' '\(request.version)' with no files cannot be tested.")
        }
        self.request = request
        self.project = project
        self.version = version
        self.log = log
        folder = workspace.scratch
        let runner = ProgramRunner(host: host)
        let tools = PythonTools(root: workspace.tools, host: host)
        let interpreter = try await tools.findPython()
        environment = try await tools.environment(.tools, log: log)
        index = try SimpleIndex(
            url: request.index, client: HTTPClient(runner: runner, scratch: folder), log: log)
        dependencyIndex =
            nil == request.dependencyIndex ? nil : try HTTPAddress(request.dependencyIndex ?? "")
        sandbox = SandboxedProgram(
            host: host, scratch: folder, readable: [environment.folder, environment.prefix],
            hidden: [workspace.ledger])
        try Files.makeFolder(folder + "/work")
        // Without pip in it: the prepared pip installs into it from outside, so its version is pinned too.
        let result = try await runner.run(
            Program(
                executable: interpreter.executable,
                arguments: ["-I", "-m", "venv", "--without-pip", folder + "/venv"],
                environment: host.forTools(home: folder), timeout: .seconds(120)), log: log)
        guard result.isSuccess else {
            throw RuntimeFault(
                .programFailed, "a fresh environment could not be made. Install: apt-get install python3-venv"
            )
        }
    }

    // MARK: - Installing

    mutating func installPackage() async throws(InstallRefusal) {
        let lines = request.files.map { " --hash=sha256:\($0.digest.hex)" }.joined()
        let requirements = folder + "/requirements.txt"
        let reportPath = folder + "/report.json"
        try seeing { () throws(RuntimeFault) in
            try Files.write([UInt8]("\(requirement)\(lines)\n".utf8), to: requirements)
        }
        let words = log.child()
        let result = try await run(
            environment.python,
            pip(
                ["--no-deps", "--require-hashes", "--only-binary", ":all:"], index: index.address,
                report: reportPath) + ["-r", requirements], log: words)
        guard result.isSuccess else { throw await refusal(words: words.text, end: result.end) }
        report = try seeing { () throws(RuntimeFault) in try Files.read(reportPath, limitBytes: 8 << 20) }
        try readReport()
    }

    mutating func installDependencies() async throws(InstallRefusal) {
        guard hasDependencies else { return }
        let reportPath = folder + "/dependencies.json"
        let words = log.child()
        let result = try await run(
            environment.python,
            pip([], index: dependencyIndex ?? index.address, report: reportPath) + [requirement], log: words)
        guard result.isSuccess else {
            if Self.isNetworkTrouble(words.text) {
                throw .unseen(
                    RuntimeFault(
                        .network, "the index of the dependencies could not be reached. Try again later."))
            }
            throw .failed(
                "the dependencies cannot be installed from \((dependencyIndex ?? index.address).text). "
                    + "If they live elsewhere, name it: --dependency-index URL")
        }
        let bytes = try seeing { () throws(RuntimeFault) in try Files.read(reportPath, limitBytes: 8 << 20) }
        let items = (try? JSONDecoder().decode(Report.self, from: Data(bytes)))?.install ?? []
        if items.contains(where: { ProjectName.normalized($0.metadata.name) == project }) {
            throw .failed("installing the dependencies replaced \(project) by another file.")
        }
    }

    private func pip(_ options: [String], index: HTTPAddress, report: String) -> [String] {
        var result = [
            "-I", "-m", "pip", "--python", python, "install", "--isolated", "--no-cache-dir", "--no-input",
            "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2", "--index-url",
            index.text,
        ]
        if index.isPlain { result += ["--trusted-host", index.authority] }
        if let file = sandbox.host.certificateFile { result += ["--cert", file] }
        return result + options + ["--report", report]
    }

    private struct Report: Decodable {
        struct Item: Decodable {
            struct Download: Decodable {
                struct Archive: Decodable { let hashes: [String: String]? }
                let url: String
                let archive_info: Archive?
            }
            struct Metadata: Decodable {
                let name: String
                let version: String
                let requires_dist: [String]?
            }
            let download_info: Download
            let is_direct: Bool?
            let is_yanked: Bool?
            let metadata: Metadata
        }
        let install: [Item]
    }

    /// Exactly one item, ours, by name, version, digest and file name. Nothing installed is no evidence.
    private mutating func readReport() throws(InstallRefusal) {
        guard let items = (try? JSONDecoder().decode(Report.self, from: Data(report)))?.install,
            items.count == 1, let item = items.first
        else { throw .failed("pip's report does not show that exactly one package was installed.") }
        let name = item.download_info.url.split(separator: "#").first.flatMap {
            $0.split(separator: "?").first?.split(separator: "/").last
        }
        let digest = item.download_info.archive_info?.hashes?["sha256"].flatMap { Hash(hex: $0) }
        guard ProjectName.normalized(item.metadata.name) == project,
            PythonVersion(item.metadata.version) == version, item.is_direct != true,
            let file = request.files.first(where: { $0.digest == digest }), file.name == name ?? ""
        else { throw .failed("pip installed something else than our files: \(item.download_info.url)") }
        guard item.is_yanked != true else { throw .failed("\(file.name) is yanked on the index.") }
        log.note("pip installed \(file.name): sha256 \(file.digest.hex)")
        installed = [file]
        hasDependencies = item.metadata.requires_dist?.isEmpty == false
    }

    /// pip said no. Whether that is a verdict or a blind spot, the index itself tells.
    private func refusal(words: String, end: ProgramEnd) async -> InstallRefusal {
        let probe = await index.probe(
            project: project, version: version, ours: request.files, isThorough: false)
        log.note("\(index.page(of: project)): \(probe.summary(of: request.files))")
        let page = index.page(of: project)
        switch probe {
        case .unreadable(let reason):
            return .unseen(RuntimeFault(.network, "the index could not be read: \(reason)"))
        case .absent:
            return .unseen(
                RuntimeFault(.network, "\(page) does not show \(request.version) yet. Publish it, or wait."))
        case .different(_, let reason): return .failed("\(page) is not what was built: \(reason)")
        case .partial, .same:
            if words.contains("DO NOT MATCH THE HASHES") {
                return .failed("pip refused the files: their bytes are not those that were built.")
            }
            if Self.isNetworkTrouble(words) || end == .timedOut {
                return .unseen(
                    RuntimeFault(.network, "pip did not get an answer from the index. Try again later."))
            }
            return .failed("pip cannot install \(requirement) here (\(end)). The transcript says why.")
        }
    }

    private static func isNetworkTrouble(_ words: String) -> Bool {
        [
            "NewConnectionError", "ConnectTimeout", "ReadTimeout", "Connection refused", "Connection broken",
            "Temporary failure in name resolution", "SSLError", "ProxyError",
        ].contains { words.contains($0) }
    }

    // MARK: - Trying

    mutating func tryOut() async throws(InstallRefusal) {
        if !request.command.isEmpty {
            try await mustWork("/usr/bin/env", ["--"] + request.command, shown: request.command)
            return
        }
        let plan = try await plan()
        let modules = plan.object?["modules"]?.array?.compactMap(\.string) ?? []
        let scripts = plan.object?["scripts"]?.array?.compactMap(\.string) ?? []
        guard !modules.isEmpty || !scripts.isEmpty else {
            throw .failed("there is no module to import and no script to run. Give a command: -- COMMAND…")
        }
        for name in modules.prefix(50) { try await mustWork(python, ["-I", "-c", "import \(name)"]) }
        for name in scripts.prefix(50) where ArtifactFile.isName(name) {
            try await mustWork("\(folder)/venv/bin/\(name)", ["--help"])
        }
    }

    private func plan() async throws(InstallRefusal) -> JSONValue {
        let program = Program(
            executable: python, arguments: ["-I", "-c", String(cString: ledger_smoke_plan_py()), project],
            environment: [:], timeout: .seconds(120), captureLimitBytes: 1 << 20)
        let result = try await seeing { () async throws(RuntimeFault) in
            try await sandbox.run(program, log: log)
        }
        guard result.isSuccess, let plan = try? JSONValue(canonical: [UInt8](result.text.trimmed.utf8)) else {
            throw .failed("the installed package could not be read.")
        }
        return plan
    }

    private mutating func mustWork(
        _ executable: String, _ arguments: [String], shown: [String]? = nil
    ) async throws(InstallRefusal) {
        let result = try await run(executable, arguments, shown: shown, log: log)
        guard result.isSuccess else {
            throw .failed("'\(commands.last ?? executable)' failed (\(result.end)). The transcript says why.")
        }
    }

    /// Runs in the sandbox and writes down what was run.
    private mutating func run(
        _ executable: String, _ arguments: [String], shown: [String]? = nil, log: StageLog
    ) async throws(InstallRefusal) -> ProgramResult {
        let words = (shown ?? [executable] + arguments).map { word in
            let short = word.replacing(folder, with: ".")
                .replacing(environment.folder + "/bin/python", with: "python")
            return short.contains(" ") ? "'\(short)'" : short
        }
        commands.append(log.commandLine(words.joined(separator: " ")))
        self.log.note("$ \(commands.last ?? "")")
        let program = Program(
            executable: executable, arguments: arguments,
            environment: [
                "PATH": "\(folder)/venv/bin:\(sandbox.host.path)", "VIRTUAL_ENV": folder + "/venv",
            ], workingDirectory: folder + "/work", timeout: .seconds(900))
        return try await seeing { () async throws(RuntimeFault) in try await sandbox.run(program, log: log) }
    }

    /// A fault of ours is never a verdict on the package.
    private func seeing<Value>(
        _ body: () async throws(RuntimeFault) -> Value
    ) async throws(InstallRefusal) -> Value {
        do throws(RuntimeFault) { return try await body() } catch { throw .unseen(error) }
    }

    private func seeing<Value>(_ body: () throws(RuntimeFault) -> Value) throws(InstallRefusal) -> Value {
        do throws(RuntimeFault) { return try body() } catch { throw .unseen(error) }
    }
}
