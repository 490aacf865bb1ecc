/// A proof that somebody was handed: what it is, and whether it holds under a log's key.
public enum ProofFile: Hashable, Sendable {
    /// That a record is in the log.
    case inclusion(TlogProof)
    /// That the log continues an older checkpoint.
    case consistency(ConsistencyProof)

    /// - Returns: nil unless `bytes` are exactly one of the two.
    public init?(parsing bytes: [UInt8]) {
        if let proof = TlogProof(parsing: bytes, droppingExtra: true) {
            self = .inclusion(proof)
        } else if let proof = ConsistencyProof(parsing: bytes) {
            self = .consistency(proof)
        } else {
            return nil
        }
    }
}

extension TlogProof {
    /// - Returns: the checkpoint that the record with this leaf hash is under.
    public func check(_ leaf: Hash, key: NoteVerifierKey) throws(ProofFault) -> Checkpoint {
        let signed = try Checkpoint(note: checkpoint, signedWith: key)
        guard
            MerkleProof.checkInclusion(
                of: leaf, at: index, in: signed.size, root: signed.root, proof: hashes)
        else { throw .notIncluded(index, in: signed.size) }
        return signed
    }
}

extension ConsistencyProof {
    /// - Parameter kept: the older checkpoint, which the caller believes.
    /// - Returns: the checkpoint that continues it.
    public func check(from kept: Checkpoint, key: NoteVerifierKey) throws(ProofFault) -> Checkpoint {
        let signed = try Checkpoint(note: checkpoint, signedWith: key)
        guard kept.origin == signed.origin else { throw .otherLog(kept.origin) }
        guard kept.size == old else { throw .otherSize(proof: old, checkpoint: kept.size) }
        guard
            MerkleProof.checkConsistency(
                from: old, oldRoot: kept.root, to: signed.size, newRoot: signed.root, proof: hashes)
        else { throw .notConsistent(from: old, to: signed.size) }
        return signed
    }
}

extension Checkpoint {
    /// The checkpoint of a note, if its own log signed it with `key`.
    public init(note: SignedNote, signedWith key: NoteVerifierKey) throws(ProofFault) {
        let verified: VerifiedNote
        do throws(NoteFault) { verified = try note.verify(with: [key]) } catch { throw .signature(error) }
        do throws(CheckpointFault) { try self.init(verified: verified) } catch { throw .checkpoint(error) }
    }
}

/// Why a proof proves nothing.
public enum ProofFault: Error, Hashable, Sendable {
    case signature(NoteFault)
    case checkpoint(CheckpointFault)
    case notIncluded(LogIndex, in: TreeSize)
    /// The older checkpoint is of another log.
    case otherLog(Origin)
    /// The proof begins at another size than the older checkpoint.
    case otherSize(proof: TreeSize, checkpoint: TreeSize)
    case notConsistent(from: TreeSize, to: TreeSize)
}

extension ProofFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .signature(let fault): "its checkpoint is not signed with the log's key: \(fault)"
        case .checkpoint(let fault): "its checkpoint cannot be believed: \(fault)"
        case .notIncluded(let index, let size):
            "this is not record \(index) of the log of \(size) records"
        case .otherLog(let origin): "the older checkpoint is of another log, '\(origin)'"
        case .otherSize(let proof, let checkpoint):
            "it begins at \(proof) records, and the older checkpoint has \(checkpoint)"
        case .notConsistent(let old, let new):
            "the log of \(new) records does not continue the older checkpoint of \(old)"
        }
    }
}
