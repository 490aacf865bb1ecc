import ArgumentParser
import Foundation
import LedgerRuntime

/// `ledger demo`: a whole release on this machine, by the very commands that it prints.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a whole release on this machine: people, gates, refusals, and the proof.",
        discussion: """
            Example: ledger demo --to /tmp/ledger-demo

            Makes a small Python package, keys for five people, a container registry and two package indexes on
            loopback ports, and takes the package through all four stages. Every command that it prints is run as
            printed. The servers are gone afterwards; the ledger, the packages and the auditor's bundle stay.
            """)

    @Option(help: "The folder to make. Default: ledger-demo, or ledger-demo-2 where that is there already.")
    var to: String?

    func run() async throws {
        let folder = try DemoFolder.make(to)
        try await Interruptible.run {
            do {
                var demo = Demo(folder)
                try await demo.run()
            } catch {
                folder.removeUnlessStarted()
                if Task.isCancelled {
                    Terminal.note(
                        "\nledger: stopped. The servers are gone; what there is stays in \(folder.path).")
                }
                throw error
            }
        }
    }
}
