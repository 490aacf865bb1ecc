import Foundation
import LedgerProof
import LedgerTesting
import Testing

/// A folder in which real witnesses run, as processes of their own.
final class WitnessYard: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ledger-witness-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Makes a witness, and writes its public key to `<name>.vkey`.
    @discardableResult
    func make(_ name: String) throws -> NoteVerifierKey {
        let result = try LedgerProgram.run(
            ["witness", "--folder", name, "--name", "witness.example/\(name)", "--print-key"], in: folder)
        #expect(result.code == 0, "\(result)")
        try result.output.write(toFile: "\(folder)/\(name).vkey", atomically: true, encoding: .utf8)
        return try NoteVerifierKey(try #require(result.lines.first))
    }

    /// Starts a witness that is there.
    ///
    /// - Parameters:
    ///   - logs: keys, or files with them.
    ///   - action: ends it at a system call; nil lets it run.
    func start(
        _ name: String, logs: [String], under action: CrashTool.Action? = nil
    ) throws -> RunningWitness {
        let report = "\(folder)/report-\(UUID().uuidString)"
        let words =
            [LedgerProgram.path, "witness", "--folder", name, "--listen", "127.0.0.1:0"]
            + logs.flatMap { ["--log", $0] }
        let tool = try action.map {
            [try RealProgram.built("crash-point")] + (try CrashTool.arguments($0, report: report).dropFirst())
        }
        let all = (tool ?? []) + words
        let running = try LedgerProgram.start(all[0], arguments: Array(all.dropFirst()), in: folder)
        for _ in 0..<600 {
            let text = (try? String(contentsOf: running.output, encoding: .utf8)) ?? ""
            if text.hasSuffix("\n") {
                return RunningWitness(
                    url: text.trimmingCharacters(in: .whitespacesAndNewlines), yard: folder, running: running,
                    report: action == nil ? nil : report)
            }
            guard running.process.isRunning else { break }
            usleep(50_000)
        }
        running.process.terminate()
        running.process.waitUntilExit()
        throw Missing("the witness does not start: \(running.result().notes)")
    }
}

/// A witness that listens.
final class RunningWitness {
    struct Answer: Hashable {
        /// 0: there was no answer.
        let status: Int
        let body: String
        let contentType: String
    }

    let url: String
    private let yard: String
    private let running: LedgerProgram.Running
    /// What crash-point writes.
    let report: String?

    init(url: String, yard: String, running: LedgerProgram.Running, report: String?) {
        (self.url, self.yard, self.running, self.report) = (url, yard, running, report)
    }

    deinit { if running.process.isRunning { _ = end(SIGKILL) } }

    /// - Returns: how it ended.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> LedgerProgram.Result {
        kill(running.process.processIdentifier, signal)
        running.process.waitUntilExit()
        return running.result()
    }

    var isRunning: Bool { running.process.isRunning }

    func add(_ body: [UInt8]) throws -> Answer { try request("add-checkpoint", body) }

    func request(_ path: String, _ body: [UInt8]? = nil, options: [String] = []) throws -> Answer {
        let name = "\(yard)/\(UUID().uuidString)"
        defer {
            for suffix in [".in", ".out"] { try? FileManager.default.removeItem(atPath: name + suffix) }
        }
        var words = ["-q", "-s", "-o", name + ".out", "-w", "%{http_code} %{content_type}", "-H", "Expect:"]
        words += ["--noproxy", "*", "--max-time", "30"] + options
        if let body {
            try Data(body).write(to: URL(fileURLWithPath: name + ".in"))
            words += ["--data-binary", "@\(name).in"]
        }
        let result = try LedgerProgram.run("curl", words + [url + path], in: yard)
        let parts = result.output.split(separator: " ", maxSplits: 1)
        return Answer(
            status: parts.first.flatMap { Int($0) } ?? 0,
            body: (try? String(contentsOfFile: name + ".out", encoding: .utf8)) ?? "",
            contentType: parts.count > 1 ? String(parts[1]) : "")
    }

    /// What it says that it cosigned last.
    func last(of log: WitnessedLog) throws -> Checkpoint? {
        let answer = try request("\(log.origin.seed.hex)/checkpoint")
        guard answer.status == 200 else { return nil }
        return try Checkpoint(parsing: SignedNote(parsing: Array(answer.body.utf8)).text)
    }
}

/// A log of a test's own, with as many histories as it takes.
struct WitnessedLog {
    let origin = Origin("log.example/a")!
    let signer = NoteSigner(name: "log.example/a", seed: [UInt8](repeating: 1, count: 32))!
    var key: String { signer.verifierKey.text }

    /// - Parameter fork: which history; all have the first five leaves in common.
    private func leaves(_ fork: UInt8) -> [Hash] {
        (0..<20).map { Hash.leaf($0 < 5 ? [UInt8($0)] : [UInt8($0), fork]) }
    }

    func checkpoint(_ size: Int, fork: UInt8 = 0) -> Checkpoint {
        Checkpoint(
            origin: origin, size: TreeSize(size), root: ReferenceTree.root(leaves(fork).prefix(size)))
    }

    func request(_ old: Int, _ new: Int, fork: UInt8 = 0) throws -> [UInt8] {
        let subtrees = ReferenceTree.subtrees(leaves(fork))
        let hashes = ProofPlan.consistency(from: TreeSize(old), to: TreeSize(new)).resolve { subtrees[$0]! }
        return ConsistencyProof(
            old: TreeSize(old), hashes: hashes, checkpoint: try signer.sign(checkpoint(new, fork: fork))
        ).bytes
    }
}
