import Foundation
import LedgerPipeline
import LedgerProof
import Testing

@testable import LedgerRuntime

@Suite struct ProgramRunnerTests {
    let runner = ProgramRunner(host: HostEnvironment(variables: ProcessInfo.processInfo.environment))

    func shell(_ script: String, timeout: Duration = .seconds(30)) -> Program {
        Program(
            executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
            timeout: timeout)
    }

    @Test func aChildGetsExactlyTheEnvironmentItIsGiven() async throws {
        var program = Program(
            executable: "/usr/bin/env", arguments: [], environment: ["A": "1", "B": "zwei"],
            timeout: .seconds(30))
        program.captureLimitBytes = 1 << 16

        let result = try await runner.run(program, log: StageLog())

        #expect(result.text.split(separator: "\n").sorted() == ["A=1", "B=zwei"])
    }

    @Test func outputIsStreamedLineByLineAndTheEndIsSaid() async throws {
        let seen = Lines()
        let log = StageLog(onLine: { seen.add($0) })

        let result = try await runner.run(shell("echo one; echo two >&2; printf three; exit 7"), log: log)

        #expect(result.end == .exited(7))
        #expect(seen.all == ["one", "two", "three"])
        #expect(log.text == "one\ntwo\nthree\n")
    }

    @Test func standardInputArrivesWhole() async throws {
        var program = Program(
            executable: "/usr/bin/sha256sum", arguments: [], environment: [:], timeout: .seconds(30))
        program.input = [UInt8](repeating: 0x61, count: 1 << 20)
        program.captureLimitBytes = 1 << 10

        let result = try await runner.run(program, log: StageLog())

        #expect(result.text.hasPrefix(Hash.sha256(program.input).hex))
    }

    /// A pipe would answer with SIGPIPE, which ends the process that writes: ledger.
    @Test func aChildThatDoesNotReadItsInputDoesNoHarm() async throws {
        var program = Program(
            executable: "/bin/true", arguments: [], environment: [:], timeout: .seconds(60))
        program.input = [UInt8](repeating: 0x61, count: 1 << 20)

        for _ in 0..<50 {
            let result = try await runner.run(program, log: StageLog())
            #expect(result.isSuccess)
        }
    }

    @Test func aProgramThatTakesTooLongIsKilledWithItsChildren() async throws {
        let bench = try Workbench("timeout")
        defer { bench.remove() }
        let beat = bench.folder + "/beat"

        let result = try await runner.run(
            shell("(while :; do echo x >> \(beat); sleep 0.05; done) & wait", timeout: .seconds(2)),
            log: StageLog())

        #expect(result.end == .timedOut)
        try await expectStill(beat)
    }

    @Test func cancellingKillsTheProgramWithItsChildren() async throws {
        let bench = try Workbench("cancel")
        defer { bench.remove() }
        let beat = bench.folder + "/beat"
        let work = Task {
            try await runner.run(
                shell("(while :; do echo x >> \(beat); sleep 0.05; done) & wait"), log: StageLog())
        }
        while !Files.exists(beat) { try await Task.sleep(for: .milliseconds(20)) }

        work.cancel()

        await #expect(throws: RuntimeFault.self) { try await work.value }
        try await expectStill(beat)
    }

    /// The process that ends here is the one that swift-testing makes for this closure.
    @Test(arguments: [false, true])
    func aChildDiesWhenItsParentIsKilled(isSandboxed: Bool) async throws {
        let bench = try Workbench("orphan")
        defer { bench.remove() }
        let beat = bench.folder + "/scratch/beat"
        let folder = bench.folder

        await #expect(processExitsWith: .signal(SIGKILL)) {
            [folder = folder as String, isSandboxed = isSandboxed as Bool] in
            let host = HostEnvironment(variables: ProcessInfo.processInfo.environment)
            try Files.makeFolder(folder + "/scratch")
            let beat = folder + "/scratch/beat"
            let program = Program(
                executable: "/bin/sh", arguments: ["-c", "while :; do echo x >> \(beat); sleep 0.05; done"],
                environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
            let sandbox = SandboxedProgram(host: host, scratch: folder + "/scratch", readable: [], hidden: [])
            let work = Task {
                isSandboxed
                    ? try await sandbox.run(program, log: StageLog())
                    : try await ProgramRunner(host: host).run(program, log: StageLog())
            }
            while !Files.exists(beat) { try await Task.sleep(for: .milliseconds(20)) }
            kill(getpid(), SIGKILL)
            _ = try await work.value
        }

        #expect(Files.exists(beat))
        try await expectStill(beat)
    }

    @Test func aFileLargerThanAllowedIsNotWritten() async throws {
        let bench = try Workbench("limit")
        defer { bench.remove() }
        var program = shell("head -c 100000 /dev/zero > \(bench.folder)/big")
        program.fileLimitBytes = 1000

        let result = try await runner.run(program, log: StageLog())

        #expect(!result.isSuccess)
        #expect(try Files.read(bench.folder + "/big", limitBytes: 1000).count == 1000)
    }

    @Test func aMissingProgramNamesTheDebianPackage() {
        let error = #expect(throws: RuntimeFault.self) {
            try runner.host.find("no-such-program", package: "such-package")
        }
        #expect(error?.message.contains("apt-get install such-package") == true)
    }

    /// Nobody writes to `path` any more.
    private func expectStill(_ path: String) async throws {
        try await Task.sleep(for: .milliseconds(200))
        let before = try Files.describe(path).size
        try await Task.sleep(for: .milliseconds(400))
        #expect(try Files.describe(path).size == before)
    }
}

/// Collects lines from any thread.
final class Lines: Sendable {
    private let lines = Locked<[String]>([])
    var all: [String] { lines.value }
    func add(_ line: String) { lines.change { $0.append(line) } }
}

final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: Value
    init(_ value: Value) { stored = value }
    var value: Value { lock.withLock { stored } }
    func change(_ body: (inout Value) -> Void) { lock.withLock { body(&stored) } }
}

@Suite struct StageLogTests {
    @Test func everyFormOfASecretIsHiddenWhereverItIsCut() {
        let secret = "pypi-s3cr3t/+ß token"
        let log = StageLog(redactor: Redactor(secrets: [secret]))
        let basic = [UInt8]("__token__:\(secret)".utf8).base64
        let text = "a \(secret) b\nAuthorization: Basic \(basic)\nurl?x=\(Redactor.percentEncoded(secret))\n"

        for byte in text.utf8 { log.append([byte]) }

        #expect(!log.text.contains(secret))
        #expect(!log.text.contains([UInt8](secret.utf8).base64.dropLast(4)))
        #expect(!log.text.contains(Redactor.percentEncoded(secret)))
        #expect(log.text.split(separator: "\n").allSatisfy { $0.contains("[hidden]") })
        #expect(log.text.hasPrefix("a [hidden] b\n"))
    }

    @Test(arguments: 0..<12)
    func base64OfASecretIsHiddenAtAnyAlignment(offset: Int) {
        let secret = "0123456789-abcdef"
        let text = [UInt8]((String(repeating: "u", count: offset) + secret + "tail").utf8).base64

        let redacted = Redactor(secrets: [secret]).redact(text)

        #expect(redacted.contains("[hidden]"))
    }

    @Test func aLongLogKeepsItsBeginningAndItsEnd() {
        let log = StageLog(limitBytes: 1000)

        for number in 0..<1000 { log.note("line \(number)") }

        let lines = log.text.split(separator: "\n")
        #expect(lines.first == "line 0")
        #expect(lines.last == "line 999")
        #expect(lines.contains { $0.hasPrefix("… ") })
        #expect(log.bytes.count < 1100)
    }

    @Test(arguments: [8170, 8180, 8190, 8192, 9000])
    func halfASecretIsNotLeftWhereALineIsCut(offset: Int) {
        let secret = "0123456789-abcdefghijklmnopq"
        let log = StageLog(redactor: Redactor(secrets: [secret]))

        log.note(String(repeating: "x", count: offset) + secret + secret)

        #expect(!log.text.contains("01234"))
    }

    @Test func controlCharactersAreReplaced() {
        let log = StageLog()

        log.note("a\u{1B}[2Jb\tc\u{7F}d\r")

        #expect(log.text == "a?[2Jb\tc?d\n")
    }

    @Test func anEndlessLineIsCut() {
        let log = StageLog()

        log.append([UInt8](repeating: 0x61, count: 100_000))
        log.endLine()

        #expect(log.bytes.count < 10_000)
        #expect(log.text.hasSuffix(" … cut\n"))
    }
}
