import Foundation
import LedgerPipeline
import LedgerProof

/// A bundle of a whole log that was verified, with all its evidence: enough to make the ledger again.
struct WholeBundle {
    let files: FolderFiles
    let result: BundleVerification
    let checkpoint: Checkpoint
    private let origin: Origin

    /// - Parameter otherwise: what became of it where the bundle is not good: `nothing was signed`.
    /// - Throws: ``Ending`` unless it is the good bundle of a whole log, with all its evidence.
    init(named folder: String, key: NoteVerifierKey?, otherwise: String) throws {
        files = try FolderFiles(named: folder)
        result = BundleVerifier(files: files, key: key).verify()
        if let fault = result.fault {
            let place = fault.index.map { " (record \($0))" } ?? ""
            throw Ending(
                .broken,
                "ledger: the bundle is not good, and \(otherwise): \(fault.text)\(place). Have it exported again."
            )
        }
        if let release = result.release {
            throw Ending(
                .usage,
                "ledger: this is a bundle of \(release) alone, without the other records of its log. Take a bundle of the whole log: ledger export DIR."
            )
        }
        let missing = result.findings.filter { $0.code == "evidence.missing" }
        try MissingEvidence.tell(missing, in: "\(otherwise): the bundle")
        guard let first = Self.first(files),
            let origin = first.what["origin"]?.string.flatMap({ Origin($0) }),
            let checkpoint = result.checkpoint
        else { throw Ending(.broken, "ledger: the bundle does not say which log it is of. \(otherwise).") }
        (self.origin, self.checkpoint) = (origin, checkpoint)
    }

    /// Makes the ledger again in a folder that is a draft.
    ///
    /// - Parameter logKey: nil for a copy to look at.
    /// - Throws: ``Ending`` with 5 where what comes out is not what was verified.
    func fill(_ folder: LedgerFolder, logKey: NoteSigner?) throws {
        let project = Self.first(files)?.what["project"]?.string.flatMap { ProjectName.normalized($0) }
        let copy = LedgerCopy(
            source: BundleSource(files: files, origin: origin, size: checkpoint.size),
            config: LedgerConfig(project: project ?? "unknown", isCopy: logKey == nil), logKey: logKey)
        let made = try copy.fill(folder)
        guard made.size == checkpoint.size, made.root == checkpoint.root, made.missing.isEmpty else {
            throw Ending(
                .broken, "ledger: the bundle was changed while it was read. Take another copy of it.")
        }
        try LogKey.check(logKey, made.identity)
    }

    private static func first(_ files: FolderFiles) -> Record? {
        guard let bytes = files.read(BundlePath.records, limitBytes: BundleVerifier.recordsLimitBytes) else {
            return nil
        }
        return try? Record([UInt8](bytes.prefix { $0 != UInt8(ascii: "\n") }))
    }
}
