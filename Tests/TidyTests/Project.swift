import Foundation
import Testing

/// The project's folder and what is in it.
enum Project {
    static let folder: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    static func text(_ path: String) throws -> String {
        let data = try #require(
            FileManager.default.contents(atPath: "\(folder)/\(path)"), "there is no file '\(path)'")
        return String(decoding: data, as: UTF8.self)
    }

    /// Paths below a folder, sorted; hidden ones left out.
    static func files(in folder: String, ending: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: "\(Self.folder)/\(folder)")
        var found: [String] = []
        while let path = all?.nextObject() as? String {
            if path.hasSuffix(ending), !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
                found.append("\(folder)/\(path)")
            }
        }
        return found.sorted()
    }

    static let swiftFiles: [SourceFile] = {
        let paths =
            ["Package.swift"]
            + ["Sources", "Tests", "Migrations", "Reports"].flatMap { files(in: $0, ending: ".swift") }
        return paths.compactMap { path in
            (try? text(path)).map { SourceFile(path: path, text: $0) }
        }
    }()

    /// What git tracks.
    static func tracked() throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder, "ls-files", "-z"]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git lists what it tracks")
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
