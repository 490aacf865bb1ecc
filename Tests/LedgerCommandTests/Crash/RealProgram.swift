import Foundation
import Subprocess
import SystemPackage

/// Runs the programs that were really built, with nothing inherited but what is named.
struct RealProgram: Sendable {
    struct Ending: Sendable {
        let code: Int
        let output: String
        let words: String
    }

    /// The folder of the package's sources.
    static let package: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Prepared Python tools, shared by all tests.
    static let tools = package + "/.build/ledger-test-tools"

    /// The built program of that name, beside the tests.
    static func built(_ name: String) throws -> String {
        let places = [
            Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL,
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        let found = places.map { $0.appendingPathComponent(name).path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else {
            throw Missing("the program '\(name)' is not built: run `swift build --build-tests`")
        }
        return found
    }

    /// The environment of every program here: the real Python first on the path, not a shim that starts
    /// shells.
    static let environment: [String: String] = {
        let own = ProcessInfo.processInfo.environment
        var result = own.filter { name, _ in
            ["PATH", "HOME", "LANG"].contains(name) || name.hasSuffix("_CERT") || name.hasPrefix("PIP_")
                || name.hasPrefix("SSL_CERT") || name.lowercased().hasSuffix("_proxy")
                || name.hasSuffix("_CA_BUNDLE")
        }
        let path = own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        result["PATH"] = pythonFolder.map { "\($0):\(path)" } ?? path
        result["LEDGER_TOOLS"] = tools
        return result
    }()

    private static let pythonFolder: String? = {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import os, sys; print(os.path.dirname(sys.executable))"]
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }()

    /// Output goes to files: whoever outlives the program holds nobody up.
    ///
    /// - Parameter arguments: the program's full path first.
    static func run(
        _ arguments: [String], environment more: [String: String] = [:], in folder: String,
        limit: Duration = .seconds(240)
    ) async throws -> Ending {
        let base = "\(folder)/output-\(UInt64.random(in: 0 ... .max))"
        defer {
            for suffix in [".out", ".err"] { try? FileManager.default.removeItem(atPath: base + suffix) }
        }
        let variables = environment.merging(more) { _, new in new }
        let descriptors = try [".out", ".err"].map {
            try FileDescriptor.open(
                FilePath(base + $0), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite])
        }
        let configuration = Configuration(
            executable: .path(FilePath(arguments[0])), arguments: Arguments(Array(arguments.dropFirst())),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })),
            workingDirectory: FilePath(folder))
        let code = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    configuration, input: .none,
                    output: .fileDescriptor(descriptors[0], closeAfterSpawningProcess: true),
                    error: .fileDescriptor(descriptors[1], closeAfterSpawningProcess: true))
                return switch result.terminationStatus {
                case .exited(let code): Int(code)
                case .signaled(let signal): 128 + Int(signal)
                }
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Missing("\(arguments.joined(separator: " ")) did not end within \(limit)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? -1
        }
        func text(_ suffix: String) -> String {
            String(decoding: FileManager.default.contents(atPath: base + suffix) ?? Data(), as: UTF8.self)
        }
        return Ending(code: code, output: text(".out"), words: text(".err"))
    }
}

/// Why a test cannot go on.
struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
