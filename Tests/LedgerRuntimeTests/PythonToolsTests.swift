import Foundation
import Testing

@testable import LedgerRuntime

@Suite struct PythonToolsTests {
    /// A folder without its last file was broken after it was made: it is made again.
    @Test func twoThatPrepareAtOnceShareOneWholeEnvironmentAndABrokenOneIsReplaced() async throws {
        let bench = try Workbench("tools")
        defer { bench.remove() }
        let root = bench.folder + "/tools"
        let tools = PythonTools(root: root, host: bench.host)

        async let first = tools.environment(.servers, log: StageLog())
        async let second = tools.environment(.servers, log: StageLog())
        let folders = [try await first.folder, try await second.folder]

        #expect(Set(folders).count == 1)
        #expect(try Files.names(in: root).count { !$0.hasSuffix(".lock") } == 1)
        Files.remove(folders[0] + "/ledger-complete")
        Files.remove(folders[0] + "/bin/python")

        let third = try await tools.environment(.servers, log: StageLog())

        #expect(third.folder == folders[0])
        #expect(Files.exists(third.python))
        #expect(try Files.names(in: root).count { !$0.hasSuffix(".lock") } == 1)
    }

    @Test func aMissingPythonSaysWhatToInstall() async throws {
        let bench = try Workbench("no-python")
        defer { bench.remove() }
        let bin = bench.folder + "/bin"
        try Files.makeFolder(bin)
        for program in ["setpriv", "sh"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(bin)/\(program)", withDestinationPath: "/usr/bin/\(program)")
        }
        let tools = PythonTools(
            root: bench.folder + "/tools", host: HostEnvironment(variables: ["PATH": bin]))

        let error = await #expect(throws: RuntimeFault.self) { try await tools.findPython() }

        #expect(error?.code == .missingProgram)
        #expect(error?.message.contains("apt-get install python3 python3-venv") == true)
    }

    @Test(arguments: [
        (
            #"{"executable":"/p","missing":"no ensurepip","prefix":"/","version":"3.11.2","works":true}"#,
            "python3-venv"
        ),
        (
            #"{"executable":"/p","missing":null,"prefix":"/","version":"3.8.1","works":false}"#,
            "3.10 or later"
        ),
    ])
    func anUnfitPythonSaysWhatToInstall(answer: String, words: String) async throws {
        let bench = try Workbench("old-python")
        defer { bench.remove() }
        let bin = bench.folder + "/bin"
        try Files.makeFolder(bin)
        try Files.write(
            [UInt8]("#!/bin/sh\ncat <<'E'\n\(answer)\nE\n".utf8), to: bin + "/python3", mode: 0o755)
        let host = HostEnvironment(variables: ["PATH": bin + ":/usr/bin:/bin"])

        let error = await #expect(throws: RuntimeFault.self) {
            try await PythonTools(root: bench.folder + "/tools", host: host).findPython()
        }

        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func everyPinnedToolHasItsHashes() {
        for kind in [PythonTools.Kind.tools, .servers] {
            let lines = kind.requirements.split(separator: "\n").filter { !$0.hasPrefix("#") }
            var pins = 0
            for (index, line) in lines.enumerated() where !line.hasPrefix(" ") {
                #expect(line.contains("=="))
                #expect(lines[index + 1].contains("--hash=sha256:"))
                pins += 1
            }
            #expect(pins >= 6)
        }
        #expect(PythonTools.pinnedVersion(of: "build") != nil)
        #expect(PythonTools.pinnedVersion(of: "no-such-tool") == nil)
    }

    @Test(arguments: [
        ("setuptools (80.9.0)", "setuptools", "80.9.0"), ("flit 3.12.0", "flit", "3.12.0"),
        ("poetry-core 2.1.3", "poetry-core", "2.1.3"),
    ])
    func theBackendIsReadFromTheWheel(text: String, name: String, version: String) throws {
        let found = try #require(BuildRun.generator(text))

        #expect(found == (name, version))
    }

    @Test func aMissingServerProgramNamesItsDebianPackage() async throws {
        let bench = try Workbench("no-registry")
        defer { bench.remove() }
        let servers = LocalServers(
            host: HostEnvironment(variables: ["PATH": bench.folder]), tools: Workbench.tools)

        let error = await #expect(throws: RuntimeFault.self) {
            try await servers.startRegistry(in: bench.folder)
        }

        #expect(error?.message.contains("apt-get install docker-registry") == true)
    }
}

@Suite struct SandboxTests {
    /// Tools and scratch may be kept inside the ledger's folder, whose keys must stay out of sight.
    @Test func whatLiesInTheLedgersFolderCanBeUsedButNothingElseOfItIsSeen() async throws {
        let bench = try Workbench("inside")
        defer { bench.remove() }
        let scratch = bench.ledger + "/work/1"
        try Files.makeFolder(scratch)
        try Files.makeFolder(bench.ledger + "/tools/env")
        try Files.write([UInt8]("tool".utf8), to: bench.ledger + "/tools/env/file")
        let log = StageLog()
        let sandbox = SandboxedProgram(
            host: bench.host, scratch: scratch, readable: [bench.ledger + "/tools/env"],
            hidden: [bench.ledger])

        let result = try await sandbox.run(
            Program(
                executable: "/bin/sh",
                arguments: [
                    "-c",
                    """
                    cat \(bench.ledger)/tools/env/file && ls -A \(bench.ledger)
                    echo made > made
                    (echo x > \(bench.ledger)/tools/env/file) 2>&1 || echo readonly
                    (echo x > \(bench.ledger)/new) 2>/dev/null; ls \(bench.ledger)/keys 2>&1
                    (echo x > /usr/x) 2>/dev/null || echo root is readonly
                    """,
                ], environment: [:], timeout: .seconds(30)), log: log)

        #expect(!log.text.contains("bwrap does not work"))
        #expect(log.text.contains("tool"))
        #expect(log.text.contains("\nreadonly"))
        #expect(log.text.contains("root is readonly"))
        #expect(!log.text.contains("log.key"))
        #expect(try Files.read(scratch + "/made", limitBytes: 100) == [UInt8]("made\n".utf8))
        #expect(!Files.exists(bench.ledger + "/new"))
        _ = result
    }
}
