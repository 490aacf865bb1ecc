import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger import`: a ledger made from a bundle, to look at or to go on with.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a ledger from a bundle of a whole log.",
        discussion: """
            Examples: ledger import bundle/ --ledger audit-2026 --log-key autocli.vkey
                      ledger import bundle/ --log-key-file log.key      to go on with it

            The ledger has the same records, evidence and root; everything that looks works on it, and its \
            export is the same bundle. The log's private key is in no bundle. Without it this is a copy to \
            look at: nothing can be appended to it and no new checkpoint signed, so that the log does not \
            get two histories.
            """)

    @Argument(help: "The bundle's folder, as `ledger export` wrote it.")
    var bundle: String

    @Option(help: "The log's key, had from outside the bundle: a file, or the key itself.")
    var logKey: String?

    @Option(help: "The log's private key, to go on with the log in this ledger: nobody else may, then.")
    var logKeyFile: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let target = try LedgerFolder.forNew(global.folder)
        try target.checkIsNew()
        let whole = try WholeBundle(
            named: bundle, key: try logKey.map { try VerifyCommand.key($0) },
            otherwise: "nothing was imported")
        let signer = try logKeyFile.map { try LogKey.read(file: $0).signer }
        let draft = Draft(of: target.path)
        do {
            try whole.fill(LedgerFolder(path: draft.path), logKey: signer)
            try TimestampFolder(folder: LedgerFolder(path: draft.path)).take(from: whole.files)
            try draft.publish()
        } catch {
            draft.discard()
            throw error
        }
        show(whole.result, target, canAppend: signer != nil)
    }

    private func show(_ result: BundleVerification, _ target: LedgerFolder, canAppend: Bool) {
        let checkpoint = result.checkpoint!
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "appends": .bool(canAppend), "authenticated": .bool(result.isAuthenticated),
                    "ledger": .string(target.path), "origin": .string(checkpoint.origin.text),
                    "root": .string(checkpoint.root.bytes.base64),
                    "size": .integer(Int64(checkpoint.size.value)),
                ]))
            return
        }
        Terminal.result(
            "imported \(checkpoint.origin) into \(target.path): \(checkpoint.size) records up to root \(checkpoint.root.bytes.base64)"
        )
        if !result.isAuthenticated {
            Terminal.note(
                "It agrees with itself; whose it is, is not authenticated. Give the log's key with --log-key to know."
            )
        }
        Terminal.note(
            canAppend
                ? "It goes on here: let no other copy of this log append."
                : "It is a copy to look at: without the log's private key nothing is appended or signed.")
    }
}
