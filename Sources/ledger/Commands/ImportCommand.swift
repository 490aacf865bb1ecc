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
        let (result, origin) = try verified()
        let checkpoint = result.checkpoint!
        let files = FolderFiles(folder: bundle)
        let signer = try logKeyFile.map { try LogKey.read(file: $0).signer }
        let project = Self.project(files)
        let copy = LedgerCopy(
            source: BundleSource(files: files, origin: origin, size: checkpoint.size),
            config: LedgerConfig(project: project, isCopy: signer == nil), logKey: signer)
        let draft = Draft(of: target.path)
        do {
            let made = try copy.fill(LedgerFolder(path: draft.path))
            guard made.size == checkpoint.size, made.root == checkpoint.root, made.missing.isEmpty else {
                throw Ending(.broken, "ledger: the bundle was changed while it was read. Import it again.")
            }
            try LogKey.check(signer, made.identity)
            try TimestampFolder(folder: LedgerFolder(path: draft.path)).take(from: files)
            try draft.publish()
        } catch {
            draft.discard()
            throw error
        }
        show(result, target, canAppend: signer != nil)
    }

    /// - Throws: ``Ending`` unless it is the good bundle of a whole log, with all its evidence.
    private func verified() throws -> (BundleVerification, Origin) {
        guard FileManager.default.fileExists(atPath: bundle) else {
            throw Ending(
                .couldNotLook,
                "ledger: there is no folder '\(Terminal.safe(bundle))'. Name the bundle's folder.")
        }
        let files = FolderFiles(folder: bundle)
        let result = BundleVerifier(files: files, key: try logKey.map { try VerifyCommand.key($0) }).verify()
        if let fault = result.fault {
            throw Ending(
                .broken,
                "ledger: the bundle is not good, and nothing was imported: \(Terminal.safe(fault.text)). Have it exported again."
            )
        }
        if let release = result.release {
            throw Ending(
                .usage,
                "ledger: this is a bundle of \(Terminal.safe(release)) alone, without the other records of its log. Import a bundle of the whole log: ledger export DIR."
            )
        }
        let missing = result.findings.filter { $0.code == "evidence.missing" }
        try MissingEvidence.tell(missing, in: "nothing was imported: the bundle")
        guard let origin = Self.first(files)?.what["origin"]?.string.flatMap({ Origin($0) }) else {
            throw Ending(.broken, "ledger: the bundle's first record does not say whose log it is.")
        }
        return (result, origin)
    }

    private static func first(_ files: FolderFiles) -> Record? {
        guard let bytes = files.read(BundlePath.records, limitBytes: BundleVerifier.recordsLimitBytes) else {
            return nil
        }
        return try? Record([UInt8](bytes.prefix { $0 != UInt8(ascii: "\n") }))
    }

    private static func project(_ files: FolderFiles) -> String {
        first(files)?.what["project"]?.string.flatMap { ProjectName.normalized($0) } ?? "unknown"
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
