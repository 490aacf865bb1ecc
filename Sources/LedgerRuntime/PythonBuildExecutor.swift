internal import CPythonTools
internal import LedgerPipeline
internal import LedgerProof

/// Builds the wheel and the sdist of a tagged commit with `python -m build`, in a clean clone.
///
/// Always true of `.built`: the files are one sdist and at least one wheel and nothing else; name and version
/// in each of them are the release's; the clone was at exactly the order's commit. The project's code ran
/// sandboxed (``SandboxedProgram``). `SOURCE_DATE_EPOCH` is the time of the commit, so builds by tools that
/// honour it repeat.
public struct PythonBuildExecutor: StageExecutor {
    let host: HostEnvironment
    let onLine: (@Sendable (String) -> Void)?

    /// - Parameter onLine: Called with each line of the log as it is written, already redacted.
    public init(host: HostEnvironment, onLine: (@Sendable (String) -> Void)? = nil) {
        self.host = host
        self.onLine = onLine
    }

    public func execute(_ permit: consuming EffectPermit, in workspace: StageWorkspace) async -> StageReport {
        let log = StageLog(redactor: Redactor(secrets: host.proxySecrets), onLine: onLine)
        let run = BuildRun(host: host, order: permit.order, workspace: workspace, log: log)
        do throws(RuntimeFault) {
            let (outcome, output) = try await run.build()
            return StageReport(outcome: outcome, log: log.bytes, output: output)
        } catch {
            return StageReport(failed: error, log: log)
        }
    }
}

extension StageReport {
    /// A fault before anything could have left this machine: it did not happen, and we know it.
    init(failed fault: RuntimeFault, log: StageLog) {
        log.note("failed: \(fault)")
        self.init(outcome: .failed(reason: log.reason(fault.message)), log: log.bytes)
    }
}

/// One build, from clone to files.
struct BuildRun {
    let host: HostEnvironment
    let order: StageOrder
    let workspace: StageWorkspace
    let log: StageLog

    private var source: String { workspace.scratch + "/source" }
    private var output: String { workspace.scratch + "/out" }

    func build() async throws(RuntimeFault) -> (StageOutcome, [String: String]) {
        guard let project = ProjectName.normalized(order.release.project),
            let version = PythonVersion(order.version)
        else {
            throw RuntimeFault(.badInput, "'\(order.version)' is no version of a Python project (PEP 440).")
        }
        let tools = PythonTools(root: workspace.tools, host: host)
        let environment = try await tools.environment(.tools, log: log)
        let runner = ProgramRunner(host: host)
        try Files.makeFolder(workspace.scratch + "/git")
        let git = GitClone(host: host, runner: runner, scratch: workspace.scratch + "/git", log: log)
        let sourceDate = try await git.make(
            order.repository, tag: order.release.tag, commit: order.commit, into: source)
        let sandbox = SandboxedProgram(
            host: host, scratch: workspace.scratch, readable: [environment.folder, environment.prefix],
            hidden: [workspace.ledger])
        try Files.makeFolder(output)
        try await make(environment, tools: tools, sandbox: sandbox, sourceDate: sourceDate)
        let names = try Files.names(in: output)
        guard !names.isEmpty else {
            throw RuntimeFault(
                .programFailed, "the build made no files. Check [build-system] in pyproject.toml.")
        }
        for name in names where !ArtifactFile.isName(name) {
            throw RuntimeFault(
                .badInput, "the build made a file with an unsafe name: \(name.debugDescription).")
        }
        let found = try await inspect(environment, sandbox: sandbox)
        try check(found, project: project, version: version)
        try await checkWithTwine(names, environment, sandbox: sandbox)
        return try describe(names, found, environment, sourceDate: sourceDate)
    }

    private func make(
        _ environment: PythonEnvironment, tools: PythonTools, sandbox: SandboxedProgram, sourceDate: Int64
    ) async throws(RuntimeFault) {
        var variables = try await tools.machinePipSettings(try await tools.findPython())
        log.hide(variables.values.compactMap(Redactor.userInfo))
        variables["SOURCE_DATE_EPOCH"] = String(sourceDate)
        log.note("building with SOURCE_DATE_EPOCH=\(sourceDate)")
        let result = try await sandbox.run(
            Program(
                executable: environment.python, arguments: ["-I", "-m", "build", "--outdir", output, source],
                environment: variables, timeout: .seconds(3600)), log: log)
        guard result.isSuccess else {
            throw RuntimeFault(
                .programFailed,
                "python -m build failed (\(result.end)). The log of the stage says why; mend it, tag "
                    + "a new version."
            )
        }
    }

    /// What one of the files says about itself.
    struct Inspected {
        let name: String
        let kind: String
        let project: String
        let version: String
        let generator: String
    }

    private func inspect(
        _ environment: PythonEnvironment, sandbox: SandboxedProgram
    ) async throws(RuntimeFault) -> [Inspected] {
        let result = try await sandbox.run(
            Program(
                executable: environment.python,
                arguments: ["-I", "-c", String(cString: ledger_inspect_files_py()), output],
                environment: [:], timeout: .seconds(300), captureLimitBytes: 1 << 20), log: log)
        guard result.isSuccess,
            let entries = (try? JSONValue(canonical: [UInt8](result.text.trimmed.utf8)))?.array
        else { throw RuntimeFault(.programFailed, "the built files could not be inspected (\(result.end)).") }
        var inspected: [Inspected] = []
        for entry in entries {
            let name = entry.object?["name"]?.string ?? "?"
            if let fault = entry.object?["fault"]?.string {
                throw RuntimeFault(.badInput, "the built file '\(name)' is not usable: \(fault).")
            }
            inspected.append(
                Inspected(
                    name: name, kind: entry.object?["kind"]?.string ?? "",
                    project: entry.object?["project"]?.string ?? "",
                    version: entry.object?["version"]?.string ?? "",
                    generator: entry.object?["generator"]?.string ?? ""))
        }
        return inspected
    }

    /// Every file must be of this release, inside and by its name; and there must be one sdist and a wheel.
    private func check(
        _ files: [Inspected], project: String, version: PythonVersion
    ) throws(RuntimeFault) {
        for file in files {
            guard ProjectName.normalized(file.project) == project else {
                throw RuntimeFault(
                    .badInput,
                    "'\(file.name)' says it is project '\(file.project)', but the release is of "
                        + "'\(project)'. "
                        + "Correct the name in pyproject.toml, or the ledger's project.")
            }
            guard PythonVersion(file.version) == version else {
                throw RuntimeFault(
                    .badInput,
                    "'\(file.name)' says it is version '\(file.version)', but the tag "
                        + "\(order.release.tag) is for "
                        + "\(order.version). Set the version to \(order.version), commit, and tag "
                        + "that commit."
                )
            }
            let named = PythonFileName(file.name, project: project)
            guard named?.project == project, named?.version == version else {
                throw RuntimeFault(
                    .badInput, "the file name '\(file.name)' is not that of \(project) \(order.version).")
            }
        }
        let sdists = files.count { $0.kind == "sdist" }
        guard sdists == 1, files.count > sdists else {
            throw RuntimeFault(
                .badInput,
                "the build made \(sdists) sdists and \(files.count - sdists) wheels; one sdist and "
                    + "at least one wheel "
                    + "are needed.")
        }
    }

    private func checkWithTwine(
        _ names: [String], _ environment: PythonEnvironment, sandbox: SandboxedProgram
    ) async throws(RuntimeFault) {
        let result = try await sandbox.run(
            Program(
                executable: environment.python,
                arguments: ["-I", "-m", "twine", "check", "--strict"] + names.map { "\(output)/\($0)" },
                environment: ["NO_COLOR": "1", "COLUMNS": "1000", "TERM": "dumb"], timeout: .seconds(300),
                captureLimitBytes: 1 << 16), log: log)
        for line in result.text.split(separator: "\n") { log.note(String(line)) }
        guard result.isSuccess else {
            let words = result.text.split(separator: "\n").map { String($0).trimmed }
                .filter { !$0.contains("PASSED") }.joined(separator: " ")
            throw RuntimeFault(
                .badInput,
                "twine check --strict refused the files, because an index would not show them well: "
                    + String(words.prefix(600)))
        }
    }

    private func describe(
        _ names: [String], _ inspected: [Inspected], _ environment: PythonEnvironment, sourceDate: Int64
    ) throws(RuntimeFault) -> (StageOutcome, [String: String]) {
        var files: [ArtifactFile] = []
        var places: [String: String] = [:]
        for name in names {
            let file = try Files.describe("\(output)/\(name)")
            log.note("built \(name): \(file.size) bytes, sha256 \(file.digest.hex)")
            files.append(file)
            places[name] = "\(output)/\(name)"
        }
        var versions = ["python": environment.version]
        for tool in ["build", "twine", "pip"] { versions[tool] = PythonTools.pinnedVersion(of: tool) }
        for file in inspected {
            if let (name, version) = Self.generator(file.generator) { versions[name] = version }
        }
        return (.built(files: files.sortedByName, sourceDate: sourceDate, tools: versions), places)
    }

    /// `setuptools (80.9.0)`, `flit 3.12.0`: the backend that wrote the wheel.
    static func generator(_ text: String) -> (String, String)? {
        let words = text.split(separator: " ")
        guard words.count == 2 else { return nil }
        let version = words[1].filter { $0 != "(" && $0 != ")" }
        guard let name = ProjectName.normalized(String(words[0])), name.utf8.count <= 64,
            version.utf8.count <= 64
        else { return nil }
        return (name, version)
    }
}
