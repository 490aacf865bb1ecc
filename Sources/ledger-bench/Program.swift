internal import Foundation

/// Another program, run to its end.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what it printed.
    static func run(_ path: String, _ arguments: [String], options: BenchOptions? = nil) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let pinned = (options?.core).map { ["taskset", "-c", "\($0)"] } ?? []
        let ahead = options?.isRealtime == true ? ["chrt", "-r", "1"] : []
        process.arguments = pinned + ahead + [path] + arguments
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
    static func measure(_ path: String, _ arguments: [String], options: BenchOptions) throws -> Figures {
        let text = try run(path, arguments, options: options)
        return Figures(
            rate: try number("rate", in: text), peakKiB: Int(try number("rss_kb", in: text)))
    }

    /// A number in the line of JSON that a measurement prints last.
    static func number(_ name: String, in text: String) throws -> Double {
        guard let line = text.split(separator: "\n").last,
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let value = (object[name] as? NSNumber)?.doubleValue
        else { throw Failure(description: "no '\(name)' in: \(text)") }
        return value
    }
}

/// Of one run: events a second, and the most memory that the process had.
struct Figures {
    let rate: Double
    let peakKiB: Int
}
