import ArgumentParser
import Foundation
import LedgerRuntime

/// How results are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("ledger"),
        help: "The ledger's folder. Default: LEDGER_DIR, or .ledger here or in the nearest parent folder.")
    var folder: String?

    @Option(help: "How results are written: table or json.")
    var output = OutputFormat.table
}

/// Who signs.
struct SignerOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: "Who you are, as the roster names you. Default: LEDGER_AS.")
    var name: String?

    @Option(
        name: .customLong("key"),
        help: "Your SSH private key, or a .pub whose key the SSH agent holds. Default: LEDGER_KEY.")
    var key: String?

    /// - Throws: ``UsageFault`` where one of the two is missing.
    func signer() throws -> SSHKeygenSigner {
        guard let person = name ?? Terminal.environment["LEDGER_AS"] else {
            throw UsageFault("say who you are: --as NAME (or LEDGER_AS).")
        }
        guard let file = key ?? Terminal.environment["LEDGER_KEY"] else {
            throw UsageFault("say which key signs: --key FILE (or LEDGER_KEY).")
        }
        return SSHKeygenSigner(person: person, keyFile: file, environment: Terminal.environment)
    }

    /// nil where neither is given.
    func signerIfAny() throws -> SSHKeygenSigner? {
        let isNamed = (name ?? Terminal.environment["LEDGER_AS"]) != nil
        let hasKey = (key ?? Terminal.environment["LEDGER_KEY"]) != nil
        return isNamed && hasKey ? try signer() : nil
    }
}
