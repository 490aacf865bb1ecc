import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// Makes a ledger again from its records, which are linked already: byte for byte, with the same root.
///
/// Always true: whatever the source says beside its records (positions, ids, the tree) is not taken over but
/// derived again, and the ledger is verified before it gets its name.
struct LedgerCopy {
    let source: any LedgerSource
    let config: LedgerConfig
    /// The log's private key, where it is at hand.
    let logKey: NoteSigner?

    private static let recordsPerCommit = 1024

    /// Fills a folder that is a draft.
    ///
    /// - Throws: ``Ending`` with 5 where the source is not good.
    func fill(_ folder: LedgerFolder) throws -> VerifiedCopy {
        try folder.furnish(config)
        if let logKey { try LogKey.write(logKey, to: folder.logKey) }
        try takeOver(into: folder)
        return try Self.verified(folder)
    }

    private func takeOver(into folder: LedgerFolder) throws {
        let log = try SQLiteLog.create(at: folder.database, origin: source.origin, clock: Session.clock)
        let evidence = EvidenceStore(folder: folder.evidence)
        var (waiting, small): ([Record], [(Hash, StoredEvidence)]) = ([], [])
        var seen: Set<EvidenceReference> = []
        func commit() throws {
            try log.adopt { adopter in
                for (digest, content) in small { try adopter.keep(content, digest: digest) }
                for record in waiting { try adopter.adopt(record) }
            }
            (waiting, small) = ([], [])
        }
        try source.records { bytes, find in
            let record = try Self.read(bytes)
            for reference in EvidenceReference.all(in: record.what) where seen.insert(reference).inserted {
                guard let stored = try find(reference) else { continue }
                try Self.check(stored, reference, of: record)
                // A file is on the disk before the record that names it.
                if EvidenceStore.isSmall(stored.content) {
                    small.append((reference.digest, stored))
                } else {
                    try evidence.keep(stored, digest: reference.digest)
                }
            }
            waiting.append(record)
            if waiting.count == Self.recordsPerCommit { try commit() }
        }
        try commit()
        for note in try source.notes() { try log.write { try $0.keep(note: note.text, size: note.size) } }
        try log.checkpointWAL()
    }

    private static func read(_ bytes: [UInt8]) throws -> Record {
        do throws(RecordFault) { return try Record(bytes) } catch {
            throw Ending(.broken, "ledger: a record is damaged: \(error). Take another copy of the ledger.")
        }
    }

    private static func check(
        _ stored: StoredEvidence, _ reference: EvidenceReference, of record: Record
    ) throws {
        guard stored.digest == reference.digest, stored.content.count == reference.size,
            (stored.salt != nil) == reference.isSalted
        else {
            throw Ending(
                .broken,
                "ledger: the evidence '\(reference.name)' of record \(record.index) was changed: it does not have its digest. Take another copy of the ledger."
            )
        }
    }

    private static func verified(_ folder: LedgerFolder) throws -> VerifiedCopy {
        let evidence = EvidenceStore(folder: folder.evidence)
        return try SQLiteLog.open(at: folder.database, mode: .readOnly, clock: Session.clock).read { reader in
            try VerifiedCopy(
                reader, files: { evidence.read($0) }, remedy: "Take another copy of the ledger.")
        }
    }
}
