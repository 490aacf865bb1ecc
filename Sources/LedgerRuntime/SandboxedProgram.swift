/// Puts code of the project being released where it sees no secrets.
///
/// Builds, installs and smoke commands run whatever a package says. They get an allow-listed environment:
/// `PATH`, `LANG`, a fresh `HOME` and `TMPDIR`, and how this machine reaches the network; no `LEDGER_*`, no
/// SSH agent, no `PIP_*` but for certificates and the index. Where `bwrap` works they also get a root of
/// their own, read-only, in which there is nothing but ``system`` and ``settings``, the prepared Python, and
/// their own scratch folder, which alone they can write, beside an empty `/tmp`; their own processes in
/// `/proc`, and no capabilities: even as root they cannot undo it. Where it does not work (many containers),
/// the log says so.
struct SandboxedProgram: Sendable {
    let host: HostEnvironment
    let runner: ProgramRunner
    /// A folder of this run's own; everything writable lies in it.
    let scratch: String
    /// Folders that stay readable although they may lie under a mask: prepared tools, the Python
    /// installation.
    let readable: [String]
    /// Folders that must not be seen, should they lie in what is: the ledger's.
    let hidden: [String]
    /// How long `bwrap` may take to say whether it works here.
    var trialTimeout = Duration.seconds(60)

    init(host: HostEnvironment, scratch: String, readable: [String], hidden: [String]) {
        self.host = host
        self.scratch = scratch
        self.readable = readable
        self.hidden = hidden
        runner = ProgramRunner(host: host)
    }

    /// Runs `program`; its environment is added to the allow-listed one.
    ///
    /// - Throws: ``RuntimeFault`` as ``ProgramRunner/run(_:log:)`` does, and where bwrap is installed but
    ///   gives no answer: code that could have been masked is never run unmasked.
    func run(_ program: Program, log: StageLog) async throws(RuntimeFault) -> ProgramResult {
        var program = program
        try Files.makeFolder(scratch + "/home")
        try Files.makeFolder(scratch + "/tmp")
        let folder = program.workingDirectory ?? scratch
        program.workingDirectory = folder
        program.environment = allowed.merging(program.environment) { _, new in new }
        guard let bwrap = try await workingBwrap(log: log) else {
            log.note(
                "bwrap does not work here (Debian package bubblewrap; many containers forbid it): "
                    + "the project's code "
                    + "runs with a cleaned environment, but can read what this user can read")
            return try await runner.run(program, log: log)
        }
        program.arguments = arguments(folder: folder) + ["--", program.executable] + program.arguments
        program.executable = bwrap
        program.workingDirectory = nil
        return try await runner.run(program, log: log)
    }

    /// What the project's code finds in its environment, before what a single program adds.
    var allowed: [String: String] {
        var result = host.variables.filter { HostEnvironment.network.contains($0.key) }
        result["PATH"] = host.path
        result["LANG"] = "C.UTF-8"
        result["HOME"] = scratch + "/home"
        result["TMPDIR"] = scratch + "/tmp"
        result["PIP_CONFIG_FILE"] = "/dev/null"
        result["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        result["PIP_NO_INPUT"] = "1"
        result["PYTHONNOUSERSITE"] = "1"
        return result
    }

    /// What is installed on this machine.
    private static let system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]

    /// What programs must know of this machine: libraries, names of hosts and users, certificates, the time.
    /// Nothing in which a secret belongs: of `/etc/ssl` not `private`.
    private static let settings = [
        "alternatives", "ca-certificates", "gai.conf", "group", "host.conf", "hosts", "ld.so.cache",
        "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd",
        "pki/tls/certs",
        "pki/ca-trust", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf", "timezone",
    ].map { "/etc/" + $0 }

    /// What is there first, then what must not be seen of it, then what must all the same: bwrap carries them
    /// out in this order.
    func arguments(folder: String) -> [String] {
        var result = [
            "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
            "--cap-drop", "ALL",
        ]
        for place in Self.system + Self.settings {
            // A link (the name server's is often one into /run) is what it leads to.
            if let real = Files.realPath(place) { result += ["--ro-bind", real, place] }
        }
        result += ["--dev", "/dev", "--proc", "/proc"]
        let masks = ["/tmp", "/var/tmp", "/run", "/root", "/home", host.home].compactMap { $0 } + hidden
        for mask in Set(masks.compactMap(Files.realPath)).sorted() where mask != "/" {
            result += ["--tmpfs", mask]
        }
        for file in Set(host.certificatePlaces.compactMap(Files.realPath)).sorted() {
            result += ["--ro-bind", file, file]
        }
        for folder in readable {
            result += ["--ro-bind", folder, folder]
            if let real = Files.realPath(folder), real != folder { result += ["--ro-bind", real, real] }
        }
        // A tool folder may lie inside the ledger's, and this run's folder inside either.
        return result + ["--bind", scratch, scratch, "--remount-ro", "/", "--chdir", folder]
    }

    /// - Returns: nil where bwrap is missing, or says itself that it may not do its work.
    /// - Throws: ``RuntimeFault`` where it says neither yes nor no.
    func workingBwrap(log: StageLog) async throws(RuntimeFault) -> String? {
        guard let bwrap = host.findIfPresent("bwrap") else { return nil }
        let trial = Program(
            executable: bwrap, arguments: arguments(folder: scratch) + ["--", "/bin/true"],
            environment: ["PATH": host.path], timeout: trialTimeout, captureLimitBytes: 1 << 10)
        let quiet = StageLog(limitBytes: 4 << 10)
        let result = try await runner.run(trial, log: quiet)
        guard case .exited(let code) = result.end else {
            throw RuntimeFault(
                .timedOut,
                "bwrap gave no answer, so the project's code was not run: it would not have been kept from the "
                    + "ledger. Retry the stage when the machine is less busy.",
                cause: "\(result.end)")
        }
        if code != 0 { log.note("bwrap: \(quiet.text.trimmed)") }
        return code == 0 ? bwrap : nil
    }
}
