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
            code, lines = verify.verify(folder)
            print(lines[-1])
        """

    private static let program: String = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.path + "/Sources/CBundle/verify.py"
    }()

    /// The last line about each bundle.
    static func verdicts(of bundles: [BundleInMemory]) throws -> [String] {
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

    /// - Returns: a line for each bundle of which the two say something else. Where evidence is gone, ours
    ///   may be the stricter: what an act grants that cannot be read is for it not there, and so refused.
    static func disagreements(about bundles: [BundleInMemory]) throws -> [String] {
        let theirs = try verdicts(of: bundles)
        try #require(theirs.count == bundles.count)
        return zip(bundles, theirs).compactMap { bundle, theirs in
            let ours = bundle.verdict
            let isStricter = bundle.lacksEvidence && ours == "refused" && theirs == "indeterminate"
            return ours == theirs || isStricter
                ? nil : "\(bundle.name): ledger says \(ours), verify.py says \(theirs)"
        }
    }
}
