import Foundation
import LedgerEvents
import LedgerProof
import Testing

/// A second process that appends: `ledger-bench append-worker`.
final class Worker {
    private let process = Process()
    private let output = Pipe()

    /// - Parameter limitKiB: of a file that it writes.
    init(database: String, seed: Int, count: Int, batch: Int = 1, limitKiB: Int? = nil) throws {
        let program = Bundle.main.bundleURL.deletingLastPathComponent()
            .appendingPathComponent("ledger-bench")
        let candidates = [
            program, Bundle.main.bundleURL.appendingPathComponent("ledger-bench"),
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appendingPathComponent("ledger-bench"),
        ]
        let found = try #require(
            candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) },
            "ledger-bench is built beside the tests")
        let arguments = ["append-worker", database, "\(seed)", "\(count)", "\(batch)"]
        if let limitKiB {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments =
                ["-c", "trap '' XFSZ; ulimit -f \(limitKiB); exec \"$@\"", "bash", found.path] + arguments
        } else {
            process.executableURL = found
            process.arguments = arguments
        }
        process.standardOutput = output
        process.standardError = Pipe()
        try process.run()
    }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// What it was promised, number to index, and what it said of an error.
    func finish() throws -> (promised: [Int: Int], error: String, status: Int32) {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let error = (process.standardError as! Pipe).fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        var promised: [Int: Int] = [:]
        // A line that the kill has cut short promises nothing.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ").compactMap { Int($0) }
            promised[words[0]] = words[1]
        }
        return (promised, String(decoding: error, as: UTF8.self), process.terminationStatus)
    }
}

/// The stock `sqlite3` shell, which knows nothing of our rules.
enum SQLiteShell {
    static let path = ["/usr/bin/sqlite3", "/usr/local/bin/sqlite3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// - Returns: what it printed, errors included, and whether it succeeded.
    @discardableResult
    static func run(_ sql: String, on database: String) throws -> (text: String, isSuccess: Bool) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        // By a file: the statements may be longer than an argument may be.
        let script = "\(database).\(UUID().uuidString).sql"
        try Data((sql + ";\n").utf8).write(to: URL(fileURLWithPath: script))
        defer { try? FileManager.default.removeItem(atPath: script) }
        process.arguments = ["-bail", database]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: script))
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus == 0)
    }
}

/// The stock shell, kept open for many scripts on many files.
final class OpenSQLiteShell {
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())

    init() throws {
        process.executableURL = URL(fileURLWithPath: try #require(SQLiteShell.path))
        process.arguments = ["-bail"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Runs a script on a database, and closes that.
    func run(_ sql: String, on database: String) throws {
        let script = """
            .open \(database)
            PRAGMA synchronous = OFF;
            BEGIN;
            \(sql);
            COMMIT;
            .open :memory:
            .print done

            """
        try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
        var text = ""
        while !text.hasSuffix("done\n") {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "\(text)")
            text += String(decoding: more, as: UTF8.self)
        }
        try #require(text == "done\n", "\(text)")
    }
}

extension VerificationResult {
    var goodSize: TreeSize? { if case .good(let size, _) = self { size } else { nil } }
    var fault: LogFault? { if case .broken(let fault) = self { fault } else { nil } }
}
