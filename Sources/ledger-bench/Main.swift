internal import Foundation

/// Measures the log against plain C on the same machine, in the same run.
///
/// ```
/// ledger-bench [--quick] [--rounds N] [--only CASE] [--core N] [--realtime] [--folder DIR]
///              [--output table|json]
/// ledger-bench make-ledger DIR --events N      a ledger to measure with
/// ```
/// Each figure is a ratio: our rate over the base's, both taken in turn in each round; the median of the
/// rounds is told. Exits with 1 where a mark is missed.
@main struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "append-worker": try AppendWorker(arguments: Array(arguments.dropFirst())).run()
            case "make-ledger":
                guard let command = MakeLedger(arguments: Array(arguments.dropFirst())) else {
                    throw BenchOptions.Misuse(description: "usage: ledger-bench \(MakeLedger.usage)")
                }
                try command.run()
            case "measure": try await Measurement(arguments: Array(arguments.dropFirst())).run()
            default:
                let options = try BenchOptions(arguments)
                let report = try Comparison(options).run()
                print(options.isJSON ? report.json : report.table)
                if !report.reachesAllMarks { exit(1) }
            }
        } catch {
            FileHandle.standardError.write(Data("ledger-bench: \(error)\n".utf8))
            exit(error is BenchOptions.Misuse ? 2 : 1)
        }
    }
}
