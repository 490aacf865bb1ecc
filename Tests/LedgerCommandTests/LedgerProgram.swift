import Foundation

/// The real program, as it was built for this test run.
enum LedgerProgram {
    struct Result: Sendable {
        let code: Int32
        let output: String
        let notes: String

        var lines: [String] { output.split(separator: "\n").map { String($0) } }
    }

    /// Beside the program that runs the tests.
    static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/ledger"
    }()

    @discardableResult
    static func run(
        _ arguments: [String], in folder: String, environment: [String: String] = [:]
    ) throws -> Result {
        try run(path, arguments, in: folder, environment: environment)
    }

    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]
    ) throws -> Result {
        let process = try start(program, arguments: arguments, in: folder, environment: environment)
        process.process.waitUntilExit()
        return process.result()
    }

    /// A program that runs, and the files that it writes to: a pipe could fill and stop it.
    struct Running {
        let process: Process
        let output: URL
        let notes: URL

        func result() -> Result {
            func text(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
            defer { for file in [output, notes] { try? FileManager.default.removeItem(at: file) } }
            return Result(code: process.terminationStatus, output: text(output), notes: text(notes))
        }
    }

    static func start(
        _ program: String = path, arguments: [String], in folder: String,
        environment: [String: String] = [:]
    ) throws -> Running {
        let process = Process()
        let name = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let (output, notes) = (name.appendingPathExtension("out"), name.appendingPathExtension("err"))
        for file in [output, notes] { try Data().write(to: file) }
        let search = "/usr/bin/env"
        process.executableURL = URL(fileURLWithPath: program.hasPrefix("/") ? program : search)
        process.arguments = (program.hasPrefix("/") ? [] : [program]) + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var variables = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("LEDGER_") && $0.key != "NO_COLOR"
        }
        // What is remembered of a ledger is not this user's.
        variables["LEDGER_STATE"] = folder + "/.state"
        variables.merge(environment) { _, new in new }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: notes)
        try process.run()
        return Running(process: process, output: output, notes: notes)
    }
}
