import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// `ledger restore`: a ledger made from a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a ledger from a backup.",
        discussion: """
            Examples: ledger restore /mnt/backup/autocli-2026-11-25.ledger
                      ledger restore autocli.ledger --replace      the old ledger is kept aside
            Stop `ledger run --watch` first, where it runs on the old ledger.

            The private key of the log is in no backup: it is taken from the ledger that is replaced, or \
            from --log-key-file. Without it records can be added, and no checkpoint signed.
            """)

    @Argument(help: "The backup, as `ledger backup` wrote it.")
    var file: String

    @Flag(help: "Take the place of the ledger that is there; it is kept aside, under a name that is told.")
    var replace = false

    @Option(help: "The log's private key.")
    var logKeyFile: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let target = try LedgerFolder.forNew(global.folder)
        let isThere = FileManager.default.fileExists(atPath: target.path)
        if !replace { try target.checkIsNew(orSay: "--replace") }
        let source = try BackupSource(LedgerFolder.absolute(file))
        let logSigner = try logKeyFile.map { try LogKey.read(file: $0).signer }
        let aside = isThere ? target.nameAside() : nil
        let draft = Draft(of: target.path)
        let made: LedgerCopy.Result
        do {
            let folder = LedgerFolder(path: draft.path)
            made = try LedgerCopy(source: source, config: try config(source, target), logKey: logSigner)
                .fill(folder)
            try LogKey.check(logSigner, made.identity)
            if isThere, logSigner == nil { try takeKey(of: target, to: folder, made.identity) }
            if let aside { try draft.publish(keepingOldAs: aside) } else { try draft.publish() }
        } catch {
            draft.discard()
            throw error
        }
        show(made, target, aside)
        try MissingEvidence.tell(made.missing, in: "the backup")
    }

    /// Settings are in no backup: they are those of the ledger that is replaced.
    private func config(_ source: BackupSource, _ target: LedgerFolder) throws -> LedgerConfig {
        if let config = try? LedgerConfig.read(target.config) { return config }
        let project = try source.log.read { try $0.record(at: LogIndex(0))?.what["project"]?.string }
        return LedgerConfig(project: project.flatMap { ProjectName.normalized($0) } ?? "unknown")
    }

    /// The key of the ledger that is replaced, if it is this log's.
    private func takeKey(
        of old: LedgerFolder, to folder: LedgerFolder, _ identity: Governance.Identity?
    ) throws {
        guard let key = try? LogKey.read(old), key.signer.verifierKey.text == identity?.key else { return }
        try LogKey.write(key.signer, to: folder.logKey)
    }

    private func show(_ made: LedgerCopy.Result, _ target: LedgerFolder, _ aside: String?) {
        let hasKey = FileManager.default.fileExists(atPath: target.logKey)
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "aside": .optional(aside), "ledger": .string(target.path), "logKey": .bool(hasKey),
                    "missing": .integer(Int64(made.missing.count)),
                    "root": .string(made.root.bytes.base64), "size": .integer(Int64(made.size.value)),
                ]))
            return
        }
        Terminal.result(
            "restored \(target.path): \(made.size) records up to root \(made.root.bytes.base64)")
        if let aside { Terminal.note("The ledger that was there is kept as \(aside)") }
        if !hasKey {
            Terminal.note(
                "The log's private key is in no backup. Copy yours to \(target.logKey) (mode 600): without it no checkpoint can be signed."
            )
        }
    }
}
