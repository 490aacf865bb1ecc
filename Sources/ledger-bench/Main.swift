internal import Foundation

/// Measures the log against plain C on the same machine, in the same run.
@main struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "append-worker": try AppendWorker(arguments: Array(arguments.dropFirst())).run()
            default:
                print("usage: ledger-bench append-worker DB SEED COUNT BATCH")
                exit(2)
            }
        } catch {
            FileHandle.standardError.write(Data("ledger-bench: \(error)\n".utf8))
            exit(1)
        }
    }
}
