import LedgerEvents
import LedgerPipeline
import LedgerProof

/// A copy of a ledger that was just made, read as somebody who relies on it will read it.
struct VerifiedCopy {
    let size: TreeSize
    let root: Hash
    let identity: Governance.Identity?
    /// What no evidence was found for that was not erased either.
    let missing: [Finding]

    /// - Parameter remedy: what to do where it is not good, as a sentence.
    /// - Throws: ``Ending`` with 5 where chain, tree, positions or checkpoints are not good, with 6 where
    ///   there is nothing in it.
    init(_ reader: any LogReader, files: @escaping (Hash) -> StoredEvidence?, remedy: String) throws {
        switch try LogVerifier.verify(reading: reader, depth: .full) {
        case .good(let size, let root):
            let context = try LedgerContext(reader, now: Session.clock.now(), files: files)
            try LogKey.checkNotes(context)
            (self.size, self.root) = (size, root)
            identity = context.governance.identity(at: size)
            missing = try MissingEvidence.find(context)
        case .broken(let fault):
            throw Ending(.broken, "ledger: the ledger is broken: \(fault.sentence) \(remedy)")
        case .nothingToVerify:
            throw Ending(.nothing, "ledger: there are no records in it. Name a ledger that has some.")
        }
    }
}
