internal import Foundation

/// What was measured, as a table for people and as JSON for machines.
struct BenchReport {
    struct Line {
        let name: String
        /// Events a second.
        let base: Double
        let ours: Double
        /// The median of the rounds' own ratios: what disturbs a round disturbs both of its runs.
        let ratio: Double
        let peakMiB: Int
        let mark: Double?
        let limitMiB: Int?

        var isReached: Bool {
            ratio >= mark ?? 0 && peakMiB <= limitMiB ?? .max
        }
    }

    /// Bytes on the disk for each event.
    struct Sizes {
        let base: Double
        let ours: Double

        /// The base stores no tree: 64 bytes an event are two hashes.
        static let mark = 1.25
        var ratio: Double { ours / (base + 64) }
    }

    let lines: [Line]
    /// Nil where no case needed a whole ledger.
    let sizes: Sizes?
    let options: BenchOptions
    /// What one fdatasync of 4 KiB takes on this disk, the median.
    let syncMicros: Double

    var reachesAllMarks: Bool {
        lines.allSatisfy(\.isReached) && sizes.map { $0.ratio <= Sizes.mark } ?? true
    }

    var table: String {
        let header = row("case", "C base/s", "ours/s", "ratio", "mark", "peak MiB", "")
        let rows = lines.map { line in
            row(
                line.name, grouped(line.base), grouped(line.ours), String(format: "%.2f", line.ratio),
                line.mark.map { String(format: "%.2f", $0) } ?? "-",
                "\(line.peakMiB)" + (line.limitMiB.map { "/\($0)" } ?? ""), line.isReached ? "" : "missed")
        }
        let size = sizes.map { sizes in
            String(
                format: "bytes an event: C %.0f, ours %.0f; %.2f of (C + 64), mark %.2f%@", sizes.base,
                sizes.ours,
                sizes.ratio, Sizes.mark, sizes.ratio <= Sizes.mark ? "" : "  missed")
        }
        return ([machine, header] + rows + [size].compactMap(\.self)).joined(separator: "\n")
    }

    private func row(_ cells: String...) -> String {
        zip(cells, [14, 12, 12, 7, 6, 9, 7]).enumerated().map { place, cell in
            let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return place == 0 ? cell.0 + padding : padding + cell.0
        }.joined(separator: " ")
    }

    private func grouped(_ value: Double) -> String {
        var digits = Array(String(Int(value)))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return String(digits)
    }

    private var machine: String {
        let processor =
            (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        let load =
            (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first
            ?? "?"
        let cores =
            (options.core.map { "core \($0)" } ?? "\(ProcessInfo.processInfo.activeProcessorCount) cores")
            + (options.isRealtime ? ", SCHED_RR" : "")
        return
            "\(processor ?? "unknown processor"), \(cores), load \(load), fdatasync \(Int(syncMicros)) µs, "
            + "\(options.rounds) rounds, \(Date())"
    }

    var json: String {
        let rows = lines.map { line -> [String: Any] in
            [
                "case": line.name, "base": line.base, "ours": line.ours, "ratio": line.ratio,
                "peakMiB": line.peakMiB, "mark": line.mark as Any? ?? NSNull(), "reached": line.isReached,
            ]
        }
        var object: [String: Any] = ["machine": machine, "quick": options.isQuick, "cases": rows]
        if let sizes { object["bytesPerEvent"] = ["base": sizes.base, "ours": sizes.ours] }
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
