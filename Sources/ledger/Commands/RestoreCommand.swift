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
        abstract: "Make a ledger from a backup, or record that history was lost.",
        discussion: """
            Examples: ledger restore /mnt/backup/autocli-2026-11-25.ledger
                      ledger restore autocli.ledger --replace      the old ledger is kept aside
                      ledger restore --acknowledge --as alice --key ~/.ssh/id_ed25519
            Stop `ledger run --watch` first, where it runs on the old ledger.

            The private key of the log is in no backup: it is taken from the ledger that is replaced, or \
            from --log-key-file. Without it records can be added, and no checkpoint signed.

            Where a checkpoint that was kept outside of the ledger knows of more records than it has, nothing \
            is appended until an admin has recorded that they are lost: with FILE and --as at once, else \
            later, with --acknowledge. From that record on the log has a new name and a new key.
            """)

    @Argument(help: "The backup, as `ledger backup` wrote it.")
    var file: String?

    @Flag(help: "Restore nothing: record what the ledger that is there has lost. Signed by an admin.")
    var acknowledge = false

    @Option(help: "A checkpoint that was kept elsewhere, and may know of more records. May be repeated.")
    var against: [String] = []

    @Option(help: "What happened, for the record.", transform: ReasonText.parse)
    var reason: String?

    @Option(help: "The log's name from then on, where history was lost. Default: one with the time in it.")
    var newOrigin: String?

    @Flag(help: "Take the place of the ledger that is there; it is kept aside, under a name that is told.")
    var replace = false

    @Option(help: "The log's private key.")
    var logKeyFile: String?

    @OptionGroup var signer: SignerOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard acknowledge == (file == nil) else {
            throw UsageFault(
                acknowledge
                    ? "--acknowledge restores nothing: leave the file out."
                    : "say which backup: ledger restore FILE. (Or --acknowledge, to record what was lost.)")
        }
        if let file { try await restore(file) } else { try await acknowledge(signer.signer()) }
    }

    // MARK: What was lost

    private func acknowledge(_ signer: SSHKeygenSigner) async throws {
        let session = try Session.openUnchecked(try LedgerFolder.find(global.folder), output: global.output)
        try await record(in: session, signer)
    }

    private func record(in session: Session, _ signer: SSHKeygenSigner) async throws {
        let origin = try newOrigin.map { text in
            guard let origin = Origin(text) else {
                throw UsageFault(
                    "'\(Terminal.safe(text))' is no origin: write a host in lower case and a path.")
            }
            return origin
        }
        let recorded = try await LostHistory(
            session: session, signer: signer, reason: reason, newOrigin: origin,
            known: try against.map { try KeptCheckpoint.read($0) }
        ).record()
        // The first checkpoint of what goes on takes the place of the one that knew better.
        try await LogKey.takeNext(session)
        if FileManager.default.fileExists(atPath: session.folder.logKey) {
            _ = try await LogKey.checkpoint(session)
        }
        show(recorded)
    }

    private func show(_ recorded: LostHistory.Recorded?) {
        guard let recorded else {
            if global.output == .json {
                Terminal.result(JSONText.line(["from": .null, "index": .null, "lost": .null]))
            } else {
                Terminal.result("nothing is known to be lost, and nothing was recorded")
                Terminal.note(
                    "A checkpoint that was kept elsewhere may know more: --against FILE. To record that a backup was restored all the same, say why: --reason TEXT."
                )
            }
            return
        }
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "from": .integer(Int64(recorded.from.size.value)),
                    "index": .integer(Int64(recorded.receipt.index.value)),
                    "logKey": .optional(recorded.key),
                    "lost": recorded.lost.map {
                        [.integer(Int64($0.first)), .integer(Int64($0.last))]
                    } ?? .null,
                ]))
            return
        }
        guard let key = recorded.key, let lost = recorded.lost else {
            Terminal.result("recorded that nothing was lost  (record \(recorded.receipt.index))")
            return
        }
        let words =
            lost.first > lost.last
            ? "recorded that another history of \(recorded.from.size) records was lost"
            : "recorded that records \(lost.first) to \(lost.last) of the old history are lost"
        Terminal.result("\(words)  (record \(recorded.receipt.index))")
        Terminal.result("the log's key from here on: \(key)")
        Terminal.note(
            "Tell those who keep the log's key and checkpoints. What was published meanwhile is not in the records: look at the indexes before you release again."
        )
    }

    // MARK: A backup

    private func restore(_ file: String) async throws {
        let target = try LedgerFolder.forNew(global.folder)
        let isThere = FileManager.default.fileExists(atPath: target.path)
        if !replace { try target.checkIsNew(orSay: "--replace") }
        let source = try BackupSource(LedgerFolder.absolute(file))
        let logSigner = try logKeyFile.map { try LogKey.read(file: $0).signer }
        let aside = isThere ? target.nameAside() : nil
        let draft = Draft(of: target.path)
        let made: VerifiedCopy
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
        try await tellWhatIsLost(target)
        try MissingEvidence.tell(made.missing, in: "the backup")
    }

    /// Where something is missing, and an admin is at hand, it is recorded at once.
    private func tellWhatIsLost(_ target: LedgerFolder) async throws {
        let session = try Session.openUnchecked(target, output: global.output)
        let memory = OutsideMemory(target, session.config)
        let standing = try await session.handler.look { try memory?.standing(of: $0.reader) }
        let words = standing.flatMap { OutsideMemory.words($0) }
        guard words != nil || !against.isEmpty else { return }
        if let words { Terminal.note("! \(words)") }
        if let signer = try signer.signerIfAny() {
            try await record(in: session, signer)
        } else {
            Terminal.note(
                "Before anything is appended, an admin records it: ledger restore --acknowledge --as NAME --key FILE"
            )
        }
    }

    /// Settings are in no backup: they are those of the ledger that is replaced.
    private func config(_ source: BackupSource, _ target: LedgerFolder) throws -> LedgerConfig {
        if let config = try? LedgerConfig.read(target.config) { return config }
        let project = try source.log.read { try $0.record(at: LogIndex(0))?.what["project"]?.string }
        return LedgerConfig(project: project.flatMap { ProjectName.normalized($0) } ?? "unknown")
    }

    /// One of the keys of the ledger that is replaced, if it is this log's.
    private func takeKey(
        of old: LedgerFolder, to folder: LedgerFolder, _ identity: Governance.Identity?
    ) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: old.keys)) ?? []
        let keys = names.compactMap { try? LogKey.read(file: "\(old.keys)/\($0)").signer }
        guard let key = keys.first(where: { $0.verifierKey.text == identity?.key }) else { return }
        try LogKey.write(key, to: folder.logKey)
    }

    private func show(_ made: VerifiedCopy, _ target: LedgerFolder, _ aside: String?) {
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
