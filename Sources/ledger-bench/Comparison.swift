internal import Foundation

/// Runs the base and ours in turn, on the same data sizes.
struct Comparison {
    /// One line of the table.
    struct Case {
        let name: String
        /// The base's program (`sq`) and what it is told.
        let base: [String]
        let ours: [String]
        /// The ratio that must be reached; nil for a figure that is only told.
        let mark: Double?
        /// The most memory that ours may use.
        var limitMiB: Int?
    }

    private let options: BenchOptions
    private let folder: String
    /// This program.
    private let own = CommandLine.arguments[0]

    init(_ options: BenchOptions) throws {
        self.options = options
        folder = options.folder + "/ledger-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> BenchReport {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (few, many, all) = options.isQuick ? (5_000, 20_000, 100_000) : (10_000, 100_000, 1_000_000)
        try prepare(all)
        let chosen = cases(few: few, many: many).filter {
            options.only == nil || $0.name.contains(options.only!)
        }
        var sizes: BenchReport.Sizes?
        if chosen.contains(where: { $0.ours.contains(ledger) }) { sizes = try buildLedgers(all) }
        let disk = try Program.run(folder + "/fsynclat", [scratch, "500", "4096", "over"], options: options)
        let lines = try chosen.map { try compare($0) }
        return BenchReport(
            lines: lines, sizes: sizes, options: options, syncMicros: try Program.number("p50_us", in: disk))
    }

    private var data: String { folder + "/events.jsonl" }
    private var base: String { folder + "/sq" }
    private var scratch: String { folder + "/scratch.db" }
    private var ledger: String { folder + "/ledger.db" }
    private var baseLedger: String { folder + "/base.db" }

    private func cases(few: Int, many: Int) -> [Case] {
        func insert(_ count: Int, _ batch: Int) -> [String] {
            ["insert", data, "\(count)", scratch, "idx", "\(batch)", "FULL", "1"]
        }
        func read(_ mode: String) -> [String] { ["read", baseLedger, mode, "0", "0"] }
        func producers(_ count: Int) -> [String] { ["producers", scratch, "\(many)", "\(count)"] }
        return [
            Case(
                name: "append-1", base: insert(few, 1), ours: ["append", scratch, "\(few)", "1"], mark: 0.75),
            Case(name: "producers-16", base: insert(many / 2, 16), ours: producers(16), mark: nil),
            Case(name: "producers-64", base: insert(many, 64), ours: producers(64), mark: 0.6),
            Case(
                name: "append-1000", base: insert(many, 1000), ours: ["append", scratch, "\(many)", "1000"],
                mark: nil),
            Case(
                name: "verify-fast", base: read("both"), ours: ["verify-fast", ledger], mark: 2,
                limitMiB: 64),
            Case(
                name: "verify-full", base: read("both"), ours: ["verify-full", ledger], mark: 1,
                limitMiB: 64),
            Case(
                name: "verify-full-2", base: read("both"), ours: ["verify-full", ledger, "2"], mark: 1.8,
                limitMiB: 64),
            Case(
                name: "prove", base: ["get", baseLedger, "\(many)"], ours: ["prove", ledger, "\(many)"],
                mark: nil),
            Case(name: "scan", base: read("cols"), ours: ["scan", ledger], mark: nil),
            Case(name: "replay", base: read("cols"), ours: ["replay", ledger], mark: nil),
        ]
    }

    private func compare(_ test: Case) throws -> BenchReport.Line {
        var (theirs, ours): ([Figures], [Figures]) = ([], [])
        for _ in 0..<options.rounds {
            theirs.append(try Program.measure(base, test.base, options: options))
            ours.append(try Program.measure(own, ["measure"] + test.ours, options: options))
        }
        return BenchReport.Line(
            name: test.name, base: Self.median(theirs.map(\.rate)), ours: Self.median(ours.map(\.rate)),
            ratio: Self.median(zip(ours, theirs).map { $0.rate / $1.rate }),
            peakMiB: (ours.map(\.peakKiB).max() ?? 0) / 1024, mark: test.mark, limitMiB: test.limitMiB)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Builds the base, and its data.
    private func prepare(_ count: Int) throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/base"
        say("building the base and \(count) events")
        _ = try Program.run("cc", ["-O2", "-o", base, sources + "/sq.c", "-lsqlite3", "-lcrypto"])
        _ = try Program.run("cc", ["-O2", "-o", folder + "/fsynclat", sources + "/fsynclat.c"])
        _ = try Program.run("python3", [sources + "/gen.py", "\(count)", data])
    }

    private func buildLedgers(_ count: Int) throws -> BenchReport.Sizes {
        say("building two ledgers of \(count) events")
        let said = try Program.run(
            base, ["insert", data, "\(count)", baseLedger, "idx", "1000", "FULL", "1"])
        _ = try Program.run(own, ["measure", "append", ledger, "\(count)", "1000"])
        let byteCount = try ["", "-wal"].map { suffix in
            try FileManager.default.attributesOfItem(atPath: ledger + suffix)[.size] as? Int ?? 0
        }
        return BenchReport.Sizes(
            base: try Program.number("bytes_per_event", in: said),
            ours: Double(byteCount.reduce(0, +)) / Double(count))
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data("ledger-bench: \(text)\n".utf8)) }
}
