import Foundation
import Testing

@testable import LedgerRuntime

/// Whether the project's code is masked is `bwrap`'s to say; silence is not a "no".
@Suite struct MaskAnswerTests {
    /// A bench on whose PATH `bwrap` does what `script` says.
    private func bench(_ name: String, _ script: String) throws -> Workbench {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let bench = try Workbench(name)
        try Files.makeFolder(bench.folder + "/bin")
        try Files.write([UInt8]("#!/bin/sh\n\(script)\n".utf8), to: bench.folder + "/bin/bwrap")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: bench.folder + "/bin/bwrap")
        let variables = bench.host.variables.merging(["PATH": "\(bench.folder)/bin:\(path)"]) { $1 }
        return Workbench(folder: bench.folder, host: HostEnvironment(variables: variables))
    }

    private func run(_ bench: Workbench) async throws -> (ProgramResult, StageLog) {
        let log = StageLog()
        var sandbox = SandboxedProgram(
            host: bench.host, scratch: bench.folder + "/scratch", readable: [], hidden: [bench.ledger])
        sandbox.trialTimeout = .milliseconds(300)
        let result = try await sandbox.run(
            Program(
                executable: "/usr/bin/touch", arguments: [bench.folder + "/touched"], environment: [:],
                timeout: .seconds(60)), log: log)
        return (result, log)
    }

    @Test(arguments: ["sleep 600", "kill -SEGV $$"])
    func whereTheMaskGivesNoAnswerTheProjectsCodeIsNotRun(_ script: String) async throws {
        let bench = try bench("silent", script)
        defer { bench.remove() }

        let fault = await #expect(throws: RuntimeFault.self) { _ = try await run(bench) }

        #expect(fault?.message.contains("Retry the stage") == true)
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/touched"))
    }

    @Test func whereTheMaskIsForbiddenTheLogSaysThatTheCodeRunsWithoutIt() async throws {
        let bench = try bench("forbidden", "echo no permission >&2; exit 1")
        defer { bench.remove() }

        let (result, log) = try await run(bench)

        #expect(result.isSuccess)
        #expect(log.text.contains("bwrap does not work here"))
        #expect(log.text.contains("no permission"))
    }
}
