internal import CPythonTools

/// A server on this machine, for the demo and for tests: started on a free port, gone when stopped or when we
/// die.
public final class LocalServer: Sendable {
    /// `http://127.0.0.1:PORT/`
    public let url: String
    /// What it wrote: one line for each request.
    public let logPath: String
    private let task: Task<Void, Never>

    init(url: String, logPath: String, task: Task<Void, Never>) {
        self.url = url
        self.logPath = logPath
        self.task = task
    }

    deinit { task.cancel() }

    /// Returns when the process is gone.
    public func stop() async {
        task.cancel()
        await task.value
    }

    public var hostAndPort: String { String(url.dropFirst("http://".utf8.count).dropLast()) }

    /// The log so far.
    public var log: String {
        String(decoding: (try? Files.read(logPath, limitBytes: 64 << 20)) ?? [], as: UTF8.self)
    }
}

/// Starts the servers that stand in for PyPI and for a container registry: real ones, not doubles.
public struct LocalServers: Sendable {
    let host: HostEnvironment
    /// The folder of prepared Python tools.
    let tools: String
    let runner: ProgramRunner

    public init(host: HostEnvironment, tools: String) {
        self.host = host
        self.tools = tools
        runner = ProgramRunner(host: host)
    }

    public enum IndexFront: String, Sendable {
        /// Writes an access log in the common format. Of an upload that is cut off it stores what has
        /// arrived.
        case wsgiref
        /// `waitress`, which the server picks where it is installed. It hands over whole requests only, as
        /// what stands before PyPI does.
        case buffered = "auto"
    }

    /// A `pypiserver` without fallback to PyPI. Upload to its root, index under `simple/`; no file can be
    /// replaced.
    ///
    /// - Parameters:
    ///   - folder: Where packages, passwords and the log are kept.
    ///   - token: The password of the user `username`; nil lets everyone upload.
    ///   - front: What speaks HTTP for it.
    public func startPackageIndex(
        in folder: String, username: String = "__token__", token: String?, front: IndexFront = .wsgiref
    ) async throws(RuntimeFault) -> LocalServer {
        let log = StageLog()
        let environment = try await PythonTools(root: tools, host: host).environment(.servers, log: log)
        let packages = folder + "/packages"
        try Files.makeFolder(packages)
        var access = ["-P", ".", "-a", "."]
        if let token {
            let passwords = folder + "/htpasswd"
            let result = try await runner.run(
                Program(
                    executable: environment.python,
                    arguments: ["-I", "-c", String(cString: ledger_htpasswd_py()), passwords],
                    environment: host.forTools(home: folder), input: [UInt8]("\(username)\n\(token)\n".utf8),
                    timeout: .seconds(60)), log: log)
            guard result.isSuccess else {
                throw RuntimeFault(.programFailed, "the password file could not be written.", cause: log.text)
            }
            access = ["-P", passwords, "-a", "update"]
        }
        return try await start(
            environment.python, log: folder + "/access.log", readyPath: "health",
            environment: host.forTools(home: folder)
        ) { port throws(RuntimeFault) in
            [
                "-I", "-m", "pypiserver", "run", "--disable-fallback", "--hash-algo", "sha256", "-v",
                "--server", front.rawValue, "-i", "127.0.0.1", "-p", "\(port)",
            ] + access + [packages]
        }
    }

    /// A container registry (Debian package `docker-registry`) that keeps its content in `folder`.
    public func startRegistry(in folder: String) async throws(RuntimeFault) -> LocalServer {
        try await startRegistry(in: folder, configuration: "")
    }

    /// - Parameter configuration: More lines for its configuration file.
    func startRegistry(
        in folder: String, configuration more: String
    ) async throws(RuntimeFault) -> LocalServer {
        let registry = try host.find("docker-registry", package: "docker-registry")
        try Files.makeFolder(folder + "/storage")
        let configuration = folder + "/config.yml"
        return try await start(
            registry, log: folder + "/access.log", readyPath: "v2/",
            environment: [
                "PATH": host.path, "LANG": "C.UTF-8", "HOME": folder, "OTEL_TRACES_EXPORTER": "none",
            ]
        ) { port throws(RuntimeFault) in
            let text = """
                version: 0.1
                log:
                  accesslog:
                    disabled: false
                storage:
                  filesystem:
                    rootdirectory: "\(folder)/storage"
                http:
                  addr: 127.0.0.1:\(port)

                """ + more
            try Files.write([UInt8](text.utf8), to: configuration)
            return ["serve", configuration]
        }
    }

    /// Between finding a free port and listening on it somebody else may take it; then the next one is tried.
    private func start(
        _ executable: String, log: String, readyPath: String, environment: [String: String],
        arguments: (Int) throws(RuntimeFault) -> [String]
    ) async throws(RuntimeFault) -> LocalServer {
        var words = ""
        for _ in 0..<3 {
            let port = try Files.freeLoopbackPort()
            let program = Program(
                executable: executable, arguments: try arguments(port), environment: environment,
                timeout: .seconds(86_400), outputPath: log)
            let runner = runner
            let isOver = Flag()
            let task = Task<Void, Never> {
                _ = try? await runner.run(program, log: StageLog(limitBytes: 4 << 10))
                isOver.raise()
            }
            let server = LocalServer(url: "http://127.0.0.1:\(port)/", logPath: log, task: task)
            if try await isReady(server, path: readyPath, isOver: isOver) { return server }
            await server.stop()
            words = String(server.log.suffix(500))
        }
        throw RuntimeFault(
            .programFailed, "'\(executable)' does not start. Look at '\(log)'.", cause: words.trimmed)
    }

    private func isReady(
        _ server: LocalServer, path: String, isOver: Flag
    ) async throws(RuntimeFault) -> Bool {
        let scratch = try Files.makeFreshFolder(server.logPath + "-ready")
        defer { Files.remove(scratch) }
        let client = HTTPClient(runner: runner, scratch: scratch)
        let address = try HTTPAddress(server.url + path)
        for _ in 0..<150 where !isOver.isRaised {
            if let response = try? await client.send(HTTPRequest(address: address, timeout: .seconds(2))),
                response.status < 500
            {
                return true
            }
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else {
                throw RuntimeFault(.cancelled, "stopped: the work was cancelled.")
            }
        }
        return false
    }
}
