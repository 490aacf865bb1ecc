internal import Foundation

/// Measures the log against plain C on the same machine, in the same run, and makes ledgers to measure with.
@main struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "append-worker": try AppendWorker(arguments: Array(arguments.dropFirst())).run()
            case "make-ledger":
                guard let command = MakeLedger(arguments: Array(arguments.dropFirst())) else { usage() }
                try command.run()
            default: usage()
            }
        } catch {
            FileHandle.standardError.write(Data("ledger-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func usage() -> Never {
        let text = "usage: ledger-bench append-worker DB SEED COUNT BATCH\n       ledger-bench \(MakeLedger.usage)\n"
        FileHandle.standardError.write(Data(text.utf8))
        exit(2)
    }
}
