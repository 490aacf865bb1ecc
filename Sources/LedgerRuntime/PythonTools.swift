internal import CPythonTools
internal import LedgerProof

/// A virtual environment that ledger prepared: exactly the pinned tools, nothing else.
struct PythonEnvironment: Sendable {
    /// The folder of the environment.
    let folder: String
    /// `3.11.7`.
    let version: String
    /// Where the Python installation lies that the environment stands on.
    let prefix: String

    var python: String { folder + "/bin/python" }
}

/// The Python tools that ledger runs as programs: pinned versions, pinned bytes, made once and then reused.
///
/// An environment lies under `root` in a folder named after the digest of its requirement file and of the
/// Python under it. It is made under another name and renamed when it is whole, so that half of one is never
/// used. Of several that need the same one at once, one makes it and the others wait.
public struct PythonTools: Sendable {
    enum Kind: String, Sendable {
        /// build, twine, pip, packaging.
        case tools
        /// pypiserver, for tests and the demo.
        case servers

        var requirements: String {
            switch self {
            case .tools: String(cString: ledger_tools_txt())
            case .servers: String(cString: ledger_servers_txt())
            }
        }
    }

    let root: String
    let host: HostEnvironment
    let runner: ProgramRunner

    /// - Parameter root: `StageWorkspace.tools`. Anybody who can write there can change what is published.
    public init(root: String, host: HostEnvironment) {
        self.root = root
        self.host = host
        runner = ProgramRunner(host: host)
    }

    /// Prepares the environments of the stages now, so that no stage has to wait for it.
    public func prepare(log: StageLog) async throws(RuntimeFault) {
        _ = try await environment(.tools, log: log)
    }

    func environment(_ kind: Kind, log: StageLog) async throws(RuntimeFault) -> PythonEnvironment {
        let python = try await findPython()
        let identity = kind.requirements + python.executable + python.version
        let name = "\(kind.rawValue)-\(Hash.sha256([UInt8](identity.utf8)).hex.prefix(16))"
        let environment = PythonEnvironment(
            folder: "\(root)/\(name)", version: python.version, prefix: python.prefix)
        if Files.exists(environment.folder + "/ledger-complete") { return environment }
        try Files.makeFolder(root)
        // Ten that wait for one are faster than ten that make the same; the lock goes with its holder.
        let lock = try await FileLock(path: environment.folder + ".lock")
        defer { lock.release() }
        if Files.exists(environment.folder + "/ledger-complete") { return environment }
        log.note("preparing \(kind.rawValue) for Python \(python.version) in \(environment.folder)")
        try await make(kind, with: python, as: environment.folder, log: log)
        return environment
    }

    private func make(
        _ kind: Kind, with python: Interpreter, as folder: String, log: StageLog
    ) async throws(RuntimeFault) {
        let place = Draft(of: folder)
        let draft = place.path
        try Files.makeFolder(draft)
        defer { place.discard() }
        // A virtual environment is bound to its path by the first lines of its scripts; nothing here uses
        // those, only `bin/python -m`, so it can be moved.
        let requirements = draft + "/requirements.txt"
        try Files.write([UInt8](kind.requirements.utf8), to: requirements)
        var environment = host.forTools(home: draft)
        for (name, value) in try await machinePipSettings(python) { environment[name] = value }
        log.hide(Array(environment.values.compactMap(Redactor.userInfo)))
        let steps = [
            (python.executable, ["-I", "-m", "venv", draft + "/venv"]),
            (
                draft + "/venv/bin/python",
                [
                    "-I", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
                    "--no-cache-dir",
                    "--only-binary", ":all:", "-r", requirements,
                ]
            ),
        ]
        for (executable, arguments) in steps {
            let result = try await runner.run(
                Program(
                    executable: executable, arguments: arguments, environment: environment,
                    workingDirectory: draft, timeout: .seconds(600)), log: log)
            guard result.isSuccess else {
                throw RuntimeFault(
                    .programFailed,
                    "the Python tools could not be prepared (\(result.end)). Look at the lines "
                        + "above: is PyPI reachable, "
                        + "as `python3 -m pip download pip` would reach it? Try again then.")
            }
        }
        try Files.write([], to: draft + "/venv/ledger-complete")
        if Files.rename(draft + "/venv", to: folder) || Files.exists(folder + "/ledger-complete") { return }
        // What is there is not whole: something broke it after it was made. It goes, ours takes its place.
        _ = Files.rename(folder, to: draft + "/broken")
        guard Files.rename(draft + "/venv", to: folder) || Files.exists(folder + "/ledger-complete") else {
            throw RuntimeFault(
                .storage, "cannot put the Python tools at '\(folder)'. Remove that folder, try again.")
        }
    }

    /// As the requirement file says; the hashes there make it true.
    static func pinnedVersion(of tool: String) -> String? {
        for line in Kind.tools.requirements.split(separator: "\n") where line.hasPrefix(tool + "==") {
            return String(line.dropFirst(tool.utf8.count + 2).prefix { $0 != " " })
        }
        return nil
    }

    // MARK: - What this machine has

    struct Interpreter: Sendable {
        let executable: String
        let version: String
        let prefix: String
    }

    /// - Throws: ``RuntimeFault`` that names what to install.
    func findPython() async throws(RuntimeFault) -> Interpreter {
        let python = try host.find("python3", package: "python3 python3-venv")
        let answer = try await ask(python, String(cString: ledger_find_python_py())).object
        guard let answer, let executable = answer["executable"]?.string,
            let prefix = answer["prefix"]?.string,
            let version = answer["version"]?.string
        else {
            throw RuntimeFault(.programFailed, "'\(python)' does not answer as a Python. Check the PATH.")
        }
        guard answer["works"]?.bool == true else {
            throw RuntimeFault(
                .missingProgram, "'\(python)' is Python \(version); 3.10 or later is needed. Install python3."
            )
        }
        if let missing = answer["missing"]?.string {
            throw RuntimeFault(
                .missingProgram,
                "'\(python)' cannot make virtual environments. Install: apt-get install python3-venv",
                cause: missing)
        }
        return Interpreter(executable: executable, version: version, prefix: prefix)
    }

    /// How the machine's own pip reaches PyPI, as variables; its other settings are left behind.
    func machinePipSettings(_ python: Interpreter) async throws(RuntimeFault) -> [String: String] {
        let names = [
            "cert": "PIP_CERT", "client-cert": "PIP_CLIENT_CERT", "proxy": "PIP_PROXY",
            "index-url": "PIP_INDEX_URL", "trusted-host": "PIP_TRUSTED_HOST",
            "timeout": "PIP_DEFAULT_TIMEOUT",
            "retries": "PIP_RETRIES",
        ]
        guard let answer = try await ask(python.executable, String(cString: ledger_pip_settings_py())).object
        else { return [:] }
        var result: [String: String] = [:]
        for (setting, variable) in names { result[variable] = answer[setting]?.string }
        return result
    }

    /// Runs a small program as this machine's user would, and reads its line of JSON.
    private func ask(_ python: String, _ source: String) async throws(RuntimeFault) -> JSONValue {
        let log = StageLog(limitBytes: 16 << 10)
        var environment = host.variables.filter {
            HostEnvironment.network.contains($0.key) || $0.key.hasPrefix("PIP_") || $0.key.hasPrefix("XDG_")
                || $0.key == "HOME"
        }
        environment["PATH"] = host.path
        environment["LANG"] = "C.UTF-8"
        let result = try await runner.run(
            Program(
                executable: python, arguments: ["-c", source], environment: environment,
                timeout: .seconds(60),
                captureLimitBytes: 64 << 10), log: log)
        guard result.isSuccess, let value = try? JSONValue(canonical: [UInt8](result.text.trimmed.utf8))
        else {
            throw RuntimeFault(
                .programFailed,
                "'\(python)' does not work (\(result.end)). Repair it: apt-get install python3",
                cause: log.text.trimmed)
        }
        return value
    }
}

extension PythonEnvironment {
    /// Runs a small program of ours in this environment and reads its line of JSON.
    func ask(
        _ source: String, _ arguments: [String], runner: ProgramRunner, home: String, log: StageLog
    ) async throws(RuntimeFault) -> JSONValue {
        let result = try await runner.run(
            Program(
                executable: python, arguments: ["-I", "-c", source] + arguments,
                environment: runner.host.forTools(home: home), timeout: .seconds(120),
                captureLimitBytes: 4 << 20), log: log)
        guard result.isSuccess, let value = try? JSONValue(canonical: [UInt8](result.text.trimmed.utf8))
        else {
            throw RuntimeFault(
                .programFailed,
                "the prepared Python tools do not work (\(result.end)). Remove '\(folder)', try again.")
        }
        return value
    }
}
