import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// `ledger backup`: the ledger as it is at this moment, in one file.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write the whole ledger, with its evidence, into one file.",
        discussion: """
            Example: ledger backup /mnt/backup/autocli-2026-11-25.ledger
            Restore: ledger restore /mnt/backup/autocli-2026-11-25.ledger

            The file is one SQLite database: the records, the signed checkpoints and all evidence, as they \
            were at one moment, whatever is written meanwhile. It is one file so that no part of it can be \
            lost or left behind. It is verified before it gets its name.

            The private keys are not in it: keep keys/log.key where you keep keys. Settings and views are \
            not in it either.
            """)

    @Argument(help: "The file to write; it must not be there yet.")
    var file: String

    @Flag(help: "Write it in the place of an older file of that name.")
    var replace = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let target = LedgerFolder.absolute(file)
        try checkTarget(target)
        let folder = try LedgerFolder.find(global.folder)
        let draft = Draft(of: target)
        try tryOut(draft)
        let written: BackupFile.Written
        do {
            written = try BackupFile.write(folder, to: draft.path)
            if replace { try draft.publishReplacing() } else { try draft.publish() }
        } catch {
            draft.discard()
            throw error
        }
        show(written)
        try MissingEvidence.tell(written.copy.missing, in: "the ledger, and so the backup,")
    }

    private func checkTarget(_ target: String) throws {
        var isFolder: ObjCBool = false
        let parent = (target as NSString).deletingLastPathComponent
        guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw Ending(
                .couldNotLook,
                "ledger: there is no folder '\(Terminal.safe(parent))'. Make it, or name another.")
        }
        guard FileManager.default.fileExists(atPath: target, isDirectory: &isFolder) else { return }
        guard replace, !isFolder.boolValue else {
            throw Ending(
                .usage,
                "ledger: '\(Terminal.safe(file))' is there already. Name a new file\(isFolder.boolValue ? "" : ", or say --replace")."
            )
        }
    }

    /// What SQLite would only call "unable to open" has its reason told here.
    private func tryOut(_ draft: Draft) throws {
        let descriptor = open(draft.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RuntimeFault("cannot write '\(file)'", SystemFault.last) }
        close(descriptor)
        unlink(draft.path)
    }

    private func show(_ written: BackupFile.Written) {
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "backup": .string(file), "files": .integer(Int64(written.fileCount)),
                    "missing": .integer(Int64(written.copy.missing.count)),
                    "root": .string(written.copy.root.bytes.base64),
                    "size": .integer(Int64(written.copy.size.value)),
                ]))
        } else {
            Terminal.result(
                "wrote \(file): \(written.copy.size) records up to root \(written.copy.root.bytes.base64), \(written.fileCount) large files of evidence"
            )
            Terminal.note("The private keys are not in it. Restore it with: ledger restore \(file)")
        }
    }
}

/// Makes a backup at a place where nobody looks yet.
enum BackupFile {
    struct Written {
        let copy: VerifiedCopy
        /// Evidence that lies in files.
        let fileCount: Int
    }

    /// - Throws: ``Ending`` with 5 where the ledger is broken: a backup of it would take the place of a good
    ///   one.
    static func write(_ folder: LedgerFolder, to path: String) throws -> Written {
        let backup = try SQLiteBackup.copy(ledgerAt: folder.database, to: path)
        let files = EvidenceStore(folder: folder.evidence)
        var fileCount = 0
        for reference in try large(in: backup) {
            guard let stored = files.read(reference.digest), stored.digest == reference.digest else {
                continue
            }
            try backup.keep(stored, digest: reference.digest)
            fileCount += 1
        }
        try backup.finish()
        let written = try SQLiteBackup(at: path)
        return try written.log(clock: Session.clock).read { reader in
            Written(
                copy: try VerifiedCopy(
                    reader, files: { try? written.evidence($0) },
                    remedy:
                        "No backup was written. Keep a copy of its folder as it is, then restore an older backup."
                ),
                fileCount: fileCount)
        }
    }

    /// Evidence that the records name and the log does not hold.
    private static func large(in backup: SQLiteBackup) throws -> [EvidenceReference] {
        var (found, seen): ([EvidenceReference], Set<Hash>) = ([], [])
        try backup.log(clock: Session.clock).read { reader in
            try reader.scan(0..<Int.max) { _, bytes in
                let record = try Record(RecordView(scanning: bytes))
                for reference in EvidenceReference.all(in: record.what)
                where seen.insert(reference.digest).inserted {
                    if try reader.evidence(reference.digest) == nil { found.append(reference) }
                }
            }
        }
        return found
    }
}
