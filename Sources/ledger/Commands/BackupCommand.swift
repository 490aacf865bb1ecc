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
        let written: BackupFile.Written
        do {
            written = try BackupFile.write(folder, to: draft.path)
            if replace { try draft.publishReplacing() } else { try draft.publish() }
        } catch {
            draft.discard()
            throw error
        }
        show(written)
        try MissingEvidence.tell(written.missing, in: "the ledger, and so the backup,")
    }

    private func checkTarget(_ target: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: target, isDirectory: &isFolder) else { return }
        guard replace, !isFolder.boolValue else {
            throw Ending(
                .usage,
                "ledger: '\(Terminal.safe(file))' is there already. Name a new file\(isFolder.boolValue ? "" : ", or say --replace")."
            )
        }
    }

    private func show(_ written: BackupFile.Written) {
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "backup": .string(file), "files": .integer(Int64(written.fileCount)),
                    "missing": .integer(Int64(written.missing.count)),
                    "root": .string(written.root.bytes.base64),
                    "size": .integer(Int64(written.size.value)),
                ]))
        } else {
            Terminal.result(
                "wrote \(file): \(written.size) records up to root \(written.root.bytes.base64), \(written.fileCount) large files of evidence"
            )
            Terminal.note("The private keys are not in it. Restore it with: ledger restore \(file)")
        }
    }
}

/// Makes a backup at a place where nobody looks yet.
enum BackupFile {
    struct Written {
        let size: TreeSize
        let root: Hash
        /// Evidence that lies in files.
        let fileCount: Int
        let missing: [Finding]
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
        return try verified(path, fileCount: fileCount)
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

    /// Reads what was written, as somebody who restores it will.
    private static func verified(_ path: String, fileCount: Int) throws -> Written {
        let backup = try SQLiteBackup(at: path)
        return try backup.log(clock: Session.clock).read { reader in
            switch try LogVerifier.verify(reading: reader, depth: .full) {
            case .good(let size, let root):
                let context = try LedgerContext(
                    reader, now: Session.clock.now(), files: { try? backup.evidence($0) })
                try LogKey.checkNotes(context)
                return Written(
                    size: size, root: root, fileCount: fileCount, missing: try MissingEvidence.find(context))
            case .broken(let fault):
                throw Ending(
                    .broken,
                    "ledger: the ledger is broken: \(fault.message) No backup was written. Keep a copy of its folder as it is, then restore an older backup."
                )
            case .nothingToVerify:
                throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to back up.")
            }
        }
    }
}
