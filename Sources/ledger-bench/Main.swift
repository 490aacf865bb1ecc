internal import Foundation

/// Measures the ledger, and makes ledgers to measure with.
@main struct Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
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
        FileHandle.standardError.write(Data("usage: ledger-bench \(MakeLedger.usage)\n".utf8))
        exit(2)
    }
}
