import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite

/// What a ledger can be made from again: a bundle, or a backup. Nothing of it is believed.
protocol LedgerSource {
    /// What the chain begins with.
    var origin: Origin { get }

    /// Calls `body` with each record's bytes in log order, and with what finds the evidence that the record
    /// names: nil where it is not there.
    func records(_ body: ([UInt8], (EvidenceReference) throws -> StoredEvidence?) throws -> Void) throws
    /// The signed checkpoints to keep, in order.
    func notes() throws -> [StoredNote]
}

/// A bundle of a whole log.
struct BundleSource: LedgerSource {
    let files: FolderFiles
    let origin: Origin
    let size: TreeSize

    func records(_ body: ([UInt8], (EvidenceReference) throws -> StoredEvidence?) throws -> Void) throws {
        guard let bytes = files.read(BundlePath.records, limitBytes: BundleVerifier.recordsLimitBytes) else {
            throw Ending(.couldNotLook, "ledger: records.jsonl cannot be read. Take another copy of it.")
        }
        for line in bytes.split(separator: UInt8(ascii: "\n")) { try body([UInt8](line), evidence) }
    }

    private func evidence(_ reference: EvidenceReference) -> StoredEvidence? {
        let path = BundlePath.evidence(reference.digest)
        guard let content = files.read(path, limitBytes: reference.size) else { return nil }
        guard reference.isSalted else { return StoredEvidence(content: content) }
        guard let salt = files.read(BundlePath.salt(reference.digest), limitBytes: 16), salt.count == 16
        else {
            return nil
        }
        return StoredEvidence(salt: salt, content: content)
    }

    func notes() throws -> [StoredNote] {
        guard let note = files.read(BundlePath.checkpoint, limitBytes: SignedNote.maximumByteCount) else {
            throw Ending(.couldNotLook, "ledger: the checkpoint cannot be read. Take another copy of it.")
        }
        return [StoredNote(size: size, text: String(decoding: note, as: UTF8.self))]
    }
}

/// A backup.
struct BackupSource: LedgerSource {
    let backup: SQLiteBackup
    let log: SQLiteLog

    init(_ path: String) throws {
        backup = try SQLiteBackup(at: path)
        log = try backup.log(clock: Session.clock)
    }

    var origin: Origin { log.origin }

    func records(_ body: ([UInt8], (EvidenceReference) throws -> StoredEvidence?) throws -> Void) throws {
        try log.read { reader in
            try reader.scan(0..<Int.max) { _, bytes in
                try body([UInt8](bytes)) { reference in
                    try reader.evidence(reference.digest) ?? backup.evidence(reference.digest)
                }
            }
        }
    }

    func notes() throws -> [StoredNote] { try log.read { try $0.notes(fromSize: .empty) } }
}
