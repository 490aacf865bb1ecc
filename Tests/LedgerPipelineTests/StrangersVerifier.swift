import Foundation
import Testing

/// `verify.py`, which lies in every bundle: one Python that judges many bundles, so that starting it, and the
/// signatures that they share, are paid for once.
enum StrangersVerifier {
    /// Judges each folder in the folder that it is given, in the order of their names.
    private static let driver = """
        import importlib.util, pathlib, sys
        spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
        verify = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(verify)
        for folder in sorted(pathlib.Path(sys.argv[2]).iterdir()):
            answer = verify.verify(folder)
            said = [f"{answer['exit']} {answer['verdict']}"]
            for release in sorted(answer["releases"], key=lambda release: release["release"]):
                stages = sorted((stage["stage"], stage["verdict"]) for stage in release["stages"])
                said += ["; ".join([f"{release['release']} {release['verdict']}"]
                                   + [f"{name} {verdict}" for name, verdict in stages])]
            print(" | ".join(said))
        """

    private static let program: String = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.path + "/Sources/CBundle/verify.py"
    }()

    static func source() throws -> String { try String(contentsOfFile: program, encoding: .utf8) }

    /// Of each bundle the exit code, and the verdicts of all, of each release and of each stage.
    static func answers(of bundles: [BundleInMemory]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.path + "/ledger-agree-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (number, bundle) in bundles.enumerated() {
            for (path, bytes) in bundle.files {
                let file = URL(fileURLWithPath: "\(folder)/\(1_000_000 + number)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: file)
            }
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", "-c", driver, program, folder]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return text.split(separator: "\n").map { String($0) }
    }

    /// - Returns: a line for each bundle of which the two say something else: exit code or any verdict.
    static func disagreements(about bundles: [BundleInMemory]) throws -> [String] {
        let theirs = try answers(of: bundles)
        try #require(theirs.count == bundles.count)
        return zip(bundles, theirs).compactMap { bundle, theirs in
            let ours = bundle.answer
            return ours == theirs
                ? nil : "\(bundle.name)\n    ledger:    \(ours)\n    verify.py: \(theirs)"
        }
    }
}
