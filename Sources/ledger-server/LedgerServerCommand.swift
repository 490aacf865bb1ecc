import ArgumentParser
import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerServer

/// What serves HTTP, so that `ledger` need not: it starts this program, which lies beside it.
@main
struct LedgerServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger-server",
        abstract: "Serves HTTP for `ledger`, which starts it. See `ledger witness --help`.",
        subcommands: [WitnessCommand.self])
}

/// `ledger-server witness`: a witness whose folder is there already.
struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Serve a witness. `ledger witness` makes its folder and starts this.")

    @Option(help: "The folder with witness.key and witness.db.")
    var folder: String

    @Option(help: "The address to listen on.")
    var host: String

    @Option(help: "The port to listen on; 0 takes one that is free.")
    var port: Int

    @Option(help: "The key of a log to witness. May be repeated.")
    var log: [String] = []

    func run() async throws {
        let text = try String(contentsOfFile: "\(folder)/witness.key", encoding: .utf8)
        let cosigner = try Cosigner(privateText: text.trimmingCharacters(in: .whitespacesAndNewlines))
        let witness = Witness(
            cosigner: cosigner, rules: try WitnessRules(logs: log.map { try NoteVerifierKey($0) }),
            memory: try SQLiteWitness(at: "\(folder)/witness.db", key: cosigner.verifierKey),
            clock: .system)
        let server = WitnessServer(witness, at: .init(host: host, port: port)) {
            Self.tell(.standardError, $0)
        }
        try await server.run { [host] port in
            Self.tell(.standardOutput, "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/")
        }
    }

    private static func tell(_ file: FileHandle, _ text: String) {
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }
}
