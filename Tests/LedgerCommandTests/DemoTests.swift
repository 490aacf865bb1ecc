import Foundation
import LedgerProof
import LedgerRuntime
import Testing

/// `ledger demo` as a person runs it: the real binary, real servers, in a folder of its own.
@Suite(.serialized) struct DemoTests {
    @Test func theDemoIsTrue() async throws {
        let world = try DemoWorld()
        defer { world.remove() }

        let demo = try await world.ledger("demo", "--to", world.demo)

        try #require(demo.exitCode == 0, "\(demo.text.suffix(4000))")
        #expect(demo.text.contains("refused: carol pushed the tag"))
        let tooWide = demo.text.split(separator: "\n").filter { $0.count > 100 && !$0.contains(world.demo) }
        #expect(tooWide.isEmpty, "the demo keeps to 100 columns")
        let verified = try await world.ledger(
            "verify", "--bundle", "demo/bundle", "--log-key", "demo/autocli.vkey")
        #expect(verified.exitCode == 0, "\(verified.text)")
        let stranger = try await world.run(
            "python3", "demo/bundle/verify.py", "demo/bundle", "--log-key", "demo/autocli.vkey")
        #expect(stranger.exitCode == 0, "\(stranger.text)")
        #expect(stranger.text.contains("gate: satisfied: 1 of 1 approvals"), "\(stranger.text)")
        #expect(!stranger.text.contains("is not met"), "\(stranger.text)")
        try expectOneUpload(of: try world.packages("pypi"), in: world)
        for port in try world.ports() { #expect(try await world.isFree(port)) }
    }

    /// What two indexes and a registry wrote down about every file.
    private func expectOneUpload(of files: [String: [UInt8]], in world: DemoWorld) throws {
        #expect(files.keys.sorted() == ["autocli-0.1.0-py3-none-any.whl", "autocli-0.1.0.tar.gz"])
        #expect(try world.packages("testpypi") == files)
        let registry = try world.accessLog("github-packages")
        for (name, bytes) in files {
            for index in ["testpypi", "pypi"] {
                let stored = try world.accessLog(index).filter { $0.contains("stored '\(name)'") }
                #expect(stored.count == 1, "\(index) stored \(name) once")
            }
            let digest = "digest=sha256:\(Hash.sha256(bytes).hex)"
            let put = registry.filter { $0.contains("\"PUT ") && $0.contains(digest) }
            #expect(put.count == 1 && put[0].contains(" 201 "), "github-packages stored \(name) once")
        }
        for index in ["testpypi", "pypi"] {
            let posts = try world.accessLog(index).filter { $0.contains("\"POST / HTTP") }
            #expect(posts.count == files.count && posts.allSatisfy { $0.contains(" 200 ") })
        }
    }

    @Test func nothingIsOverwritten() async throws {
        let world = try DemoWorld()
        defer { world.remove() }
        try FileManager.default.createDirectory(atPath: world.demo, withIntermediateDirectories: false)

        let demo = try await world.ledger("demo", "--to", world.demo)

        #expect(demo.exitCode == 2)
        #expect(demo.text.contains("is there already"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.demo) == [])
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func theServersDieWithTheDemo(_ signal: Int32) async throws {
        let world = try DemoWorld()
        defer { world.remove() }
        let process = try world.start("demo", "--to", world.demo)
        var waits = 0
        while !FileManager.default.fileExists(atPath: "\(world.demo)/.ledger"), process.isRunning {
            waits += 1
            guard waits < 3000 else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        try #require(process.isRunning, "the demo got as far as its ledger")
        let ports = try world.ports()
        for port in ports { #expect(await world.answers(port)) }

        kill(process.processIdentifier, signal)
        process.waitUntilExit()

        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
        for port in ports { #expect(try await world.isFree(port)) }
    }
}

/// A folder in which the demo is run, and what it leaves there.
struct DemoWorld {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "ledger-demo-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    var demo: String { folder + "/demo" }

    /// The prepared Python tools are those of the other tests.
    private var environment: [String: String] {
        var result = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LEDGER_") }
        result["LEDGER_TOOLS"] = CommandWorld.tools
        result["LEDGER_STATE"] = folder + "/state"
        return result
    }

    func run(_ words: String...) async throws -> TypedCommand.Result {
        try await TypedCommand(words, in: folder, environment: environment).run()
    }

    func ledger(_ words: String...) async throws -> TypedCommand.Result {
        try await TypedCommand([LedgerProgram.path] + words, in: folder, environment: environment).run()
    }

    func start(_ words: String...) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: LedgerProgram.path)
        process.arguments = words
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    func accessLog(_ server: String) throws -> [Substring] {
        let path = "\(demo)/servers/\(server)/access.log"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    func packages(_ server: String) throws -> [String: [UInt8]] {
        let packages = "\(demo)/servers/\(server)/packages"
        var result: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: packages) {
            result[name] = FileManager.default.contents(atPath: "\(packages)/\(name)").map { Array($0) }
        }
        return result
    }

    /// Of the servers, as the pipeline file names them.
    func ports() throws -> Set<String> {
        let pipeline = try String(contentsOfFile: demo + "/pipeline.yml", encoding: .utf8)
        let ports = Set(pipeline.matches(of: /127\.0\.0\.1:([0-9]+)/).map { String($0.output.1) })
        try #require(ports.count == 3)
        return ports
    }

    func answers(_ port: String) async -> Bool {
        let answer = try? await run("curl", "-q", "-s", "-o", "/dev/null", "http://127.0.0.1:\(port)/")
        return answer?.exitCode != 7
    }

    /// Nobody listens there any more; the kernel may need a moment to take a killed server away.
    func isFree(_ port: String) async throws -> Bool {
        for _ in 0..<50 {
            if await !answers(port) { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
