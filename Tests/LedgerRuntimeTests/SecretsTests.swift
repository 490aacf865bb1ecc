import Foundation
import LedgerPipeline
import LedgerProof
import Testing

@testable import LedgerRuntime

/// A package whose build looks for everything that it must not find.
@Suite struct SecretsTests {
    static let token = "sEcReT-token-0123456789"

    /// Prints `FOUND …` for each thing that a project's code has no business with.
    static func spy(_ bench: Workbench) -> String {
        """
        import glob, os, subprocess
        found = []
        for name, value in os.environ.items():
            if name.startswith(("LEDGER_", "TWINE_", "SSH_", "GIT_", "AWS_")) or "\(token)" in value:
                found.append("variable " + name)
        for path in glob.glob("\(bench.ledger)/*") + glob.glob("\(bench.folder)/repository/*"):
            found.append("file " + path)
        home = "\(bench.folder)/person"
        if os.path.realpath(os.path.expanduser("~")) == home or os.path.exists(home + "/.pypirc"):
            found.append("home " + home)
        if os.path.exists("\(bench.folder)/agent.sock"):
            found.append("agent")
        for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    if b"\(token)" in file.read():
                        found.append("process " + path)
            except OSError:
                pass
        # Only where these can break nothing but the sandbox.
        with open("/proc/1/cmdline", "rb") as file:
            is_sandboxed = b"bwrap" in file.read()
        if is_sandboxed:
            for command in (["umount", "/tmp"], ["umount", "/run"], ["mount", "-o", "remount,rw", "/"]):
                if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
                    found.append(" ".join(command))
        for item in found:
            print("FOUND", item)
        print("SPY LOOKED")

        """
    }

    /// A bench with secrets of every kind around it, and the variables that lead to them.
    static func bench(_ name: String) throws -> Workbench {
        let plain = try Workbench(name)
        try Files.makeFolder(plain.folder + "/person")
        try Files.write([UInt8]("password = \(token)".utf8), to: plain.folder + "/person/.pypirc")
        try Files.write([], to: plain.folder + "/agent.sock")
        return Workbench(
            folder: plain.folder,
            host: HostEnvironment(
                variables: plain.host.variables.merging([
                    "LEDGER_PYPI_TOKEN": token, "TWINE_PASSWORD": token, "AWS_SECRET_ACCESS_KEY": token,
                    "SSH_AUTH_SOCK": plain.folder + "/agent.sock", "PIP_PASSWORD": token,
                    "HOME": plain.folder + "/person",
                ]) { _, new in new }))
    }

    @Test func aBuildFindsNoSecrets() async throws {
        let bench = try Self.bench("spy")
        defer { bench.remove() }
        // Somebody whose environment holds the token, as ledger's own does.
        let holder = Task {
            try await bench.runner.run(
                Program(
                    executable: "/bin/sleep", arguments: ["300"],
                    environment: ["LEDGER_PYPI_TOKEN": Self.token],
                    timeout: .seconds(300)), log: StageLog())
        }
        defer { holder.cancel() }
        try bench.write(
            "pyproject.toml",
            """
            [build-system]
            requires = ["setuptools>=77"]
            build-backend = "setuptools.build_meta"
            """)
        try bench.write("README.md", "# spy\n")
        try bench.write("spy.py", "")
        try bench.write(
            "setup.py",
            Self.spy(bench) + """
                from setuptools import setup
                setup(name="spy", version="1.0.0", py_modules=["spy"], long_description="# spy",
                      long_description_content_type="text/markdown")
                """)
        let commit = try await bench.commit(tag: "v1.0.0")

        let report = try await bench.build(project: "spy", version: "1.0.0", commit: commit)

        #expect(report.text.contains("SPY LOOKED"))
        #expect(report.text.split(separator: "\n").filter { $0.contains("FOUND") } == [])
        #expect(!report.text.contains(Self.token))
        guard case .built = report.outcome else {
            Issue.record("\(report.outcome) \(report.text)")
            return
        }
    }

    /// What `ls` and `cat` say from inside; nil where `bwrap` does not work here.
    private func seen(_ words: [String], on bench: Workbench, hidden: [String] = []) async throws -> String? {
        let scratch = try Files.makeFreshFolder(bench.folder + "/scratch")
        let log = StageLog()
        let sandbox = SandboxedProgram(
            host: bench.host, scratch: scratch, readable: [], hidden: [bench.ledger] + hidden)
        _ = try await sandbox.run(
            Program(
                executable: words[0], arguments: Array(words.dropFirst()), environment: [:],
                timeout: .seconds(60)), log: log)
        return log.text.contains("bwrap does not work here") ? nil : log.text
    }

    /// An allow-list: whatever else this machine has at its root, or in `/etc`, is not there.
    @Test func theProjectsCodeSeesOnlyWhatItNeeds() async throws {
        let bench = try Self.bench("root")
        defer { bench.remove() }
        let known = ["bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "proc", "root", "run"]
        let more = ["sbin", "tmp", "usr", "var"]
        let own = bench.folder.split(separator: "/").first.map { String($0) } ?? ""

        guard let root = try await seen(["/bin/ls", "/"], on: bench) else { return }

        let names = Set(root.split(separator: "\n").map { String($0) })
        #expect(names.isSubset(of: known + more + [own]), "\(names)")
        for path in [
            "/etc/shadow", "/etc/ssl/private", "/etc/ssh", "/var/lib", "/opt", "/srv", "/mnt", "/sys",
        ] {
            let words = try await seen(["/bin/ls", "-d", path], on: bench)
            #expect(words?.contains("No such file") == true, "\(path): \(words ?? "")")
        }
        for folder in ["/root", "/home", "/run"] {
            #expect(try await seen(["/bin/ls", "-A", folder], on: bench) == "", "\(folder)")
        }
        #expect(try await seen(["/bin/touch", "/new"], on: bench)?.contains("Read-only") == true)
        #expect(try await seen(["/bin/touch", "/usr/new"], on: bench)?.contains("Read-only") == true)
    }

    @Test func whatANetworkNeedsIsThere() async throws {
        let bench = try Self.bench("settings")
        defer { bench.remove() }

        guard let names = try await seen(["/bin/ls", "/etc", "/etc/ssl"], on: bench) else { return }

        for name in ["resolv.conf", "hosts", "nsswitch.conf", "passwd", "ssl", "certs"]
        where Files.exists("/etc/\(name)") || Files.exists("/etc/ssl/\(name)") {
            #expect(names.contains(name), "\(names)")
        }
        #expect(!names.contains("private"))
    }

    /// In many containers bwrap may not work. The environment is clean all the same, and the log says what is
    /// not.
    @Test func withoutBwrapTheEnvironmentIsStillClean() async throws {
        let bench = try Self.bench("fallback")
        defer { bench.remove() }
        let bin = bench.folder + "/bin"
        try Files.makeFolder(bin)
        for folder in ["/usr/bin", "/bin"] {
            for name in try Files.names(in: folder) where name != "bwrap" {
                try? FileManager.default.createSymbolicLink(
                    atPath: "\(bin)/\(name)", withDestinationPath: "\(folder)/\(name)")
            }
        }
        let host = HostEnvironment(variables: bench.host.variables.merging(["PATH": bin]) { _, new in new })
        let scratch = try Files.makeFreshFolder(bench.folder + "/scratch")
        let log = StageLog()
        let sandbox = SandboxedProgram(host: host, scratch: scratch, readable: [], hidden: [bench.ledger])

        let result = try await sandbox.run(
            Program(executable: "/usr/bin/env", arguments: [], environment: [:], timeout: .seconds(60)),
            log: log)

        #expect(result.isSuccess)
        #expect(log.text.contains("bwrap does not work here"))
        #expect(log.text.contains("HOME=\(scratch)/home\n"))
        for word in ["LEDGER_", "TWINE_", "SSH_", "AWS_", "PIP_PASSWORD", Self.token] {
            #expect(!log.text.contains(word))
        }
    }

    /// The first rule is worth something only if the spy finds what there is to find.
    @Test func withoutTheSandboxTheSameCodeFindsThem() async throws {
        let bench = try Self.bench("open")
        defer { bench.remove() }
        let log = StageLog()

        _ = try await bench.runner.run(
            Program(
                executable: try await PythonTools(root: Workbench.tools, host: bench.host).findPython()
                    .executable,
                arguments: [
                    "-c", Self.spy(bench),
                ],
                environment: bench.host.variables, timeout: .seconds(60)), log: log)

        for word in [
            "variable LEDGER_PYPI_TOKEN", "variable SSH_AUTH_SOCK", "file \(bench.ledger)", "home", "agent",
            "process",
        ] {
            #expect(log.text.contains("FOUND \(word)"), "\(word)")
        }
    }

    /// Arguments can be read by everyone on the machine: looked at all the time while a publish runs.
    @Test func aTokenIsInNoArgumentAndInNoLog() async throws {
        let built = try await BuiltFiles.sample.value
        let bench = try Workbench("arguments", variables: ["LEDGER_SHOP_TOKEN": Self.token])
        let index = try await bench.servers.startPackageIndex(in: bench.folder + "/index", token: Self.token)
        let registry = try await bench.servers.startRegistry(in: bench.folder + "/registry")
        let seen = Lines()
        let watcher = Task.detached {
            while !Task.isCancelled {
                for name in (try? Files.names(in: "/proc")) ?? [] where Int(name) != nil {
                    guard let line = try? Files.read("/proc/\(name)/cmdline", limitBytes: 1 << 20) else {
                        continue
                    }
                    let text = String(decoding: line, as: UTF8.self)
                    if text.contains("twine") { seen.add("twine ran") }
                    if text.contains(Self.token) || text.contains([UInt8](Self.token.utf8).base64.dropLast(4))
                    {
                        seen.add("SEEN \(text)")
                    }
                }
                usleep(2000)
            }
        }
        let lines = Lines()
        let target = Target(
            name: "shop",
            urls: [
                "upload": index.url, "index": index.url + "simple/", "registry": registry.url + "some/thing",
            ])

        var reports: [StageReport] = []
        for kind in [ExecutorKind.pypi, .oci] {
            let order = try bench.order(
                kind, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
                target: target, files: built.files)
            let permit = EffectPermit(order: order, epoch: 1)
            let workspace = try bench.workspace(input: built.places)
            let executor: any StageExecutor =
                kind == .pypi
                ? PyPIExecutor(host: bench.host, patience: .hasty, onLine: { lines.add($0) })
                : OCIExecutor(host: bench.host, patience: .hasty, onLine: { lines.add($0) })
            reports.append(await executor.execute(permit, in: workspace))
        }

        watcher.cancel()
        await watcher.value
        for report in reports {
            guard case .published = report.outcome else {
                Issue.record("\(report.outcome)")
                continue
            }
            #expect(!report.text.contains(Self.token))
        }
        #expect(seen.all.contains("twine ran"))
        #expect(seen.all.filter { $0.hasPrefix("SEEN") } == [])
        #expect(!lines.all.joined().contains(Self.token))
        await index.stop()
        await registry.stop()
        bench.remove()
    }
}
