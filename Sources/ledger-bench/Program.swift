internal import Foundation

/// Another program, run to its end.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what it printed.
    static func run(_ path: String, _ arguments: [String], core: Int? = nil) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = (core.map { ["taskset", "-c", "\($0)"] } ?? []) + [path] + arguments
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                description: "\(path) \(arguments.joined(separator: " ")): \(process.terminationStatus)")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: the numbers in a line of JSON that it printed.
    static func measure(_ path: String, _ arguments: [String], core: Int?) throws -> Figures {
        let text = try run(path, arguments, core: core)
        guard let line = text.split(separator: "\n").last,
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let rate = (object["rate"] as? NSNumber)?.doubleValue
        else { throw Failure(description: "\(path) printed no figures: \(text)") }
        return Figures(rate: rate, peakKiB: (object["rss_kb"] as? NSNumber)?.intValue ?? 0)
    }
}

/// Of one run: events a second, and the most memory that the process had.
struct Figures {
    let rate: Double
    let peakKiB: Int
}
