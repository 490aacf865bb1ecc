internal import LedgerProof

/// What must be true of a parser for any bytes at all: it never traps, and what it accepts is written again
/// as exactly the same bytes. Held for random bytes by `Tests/Fuzz`, and for its corpus by every test run.
public enum ParserRule: String, CaseIterable, Sendable {
    case record, note, checkpoint, proof
    case sshSignature = "ssh-signature"
    case sshKey = "ssh-key"

    /// What was found out about some bytes.
    public enum Finding: Hashable, Sendable {
        case refused, accepted
        /// The rule is broken: what is wrong, as a sentence.
        case broken(String)
    }

    public func judge(_ bytes: [UInt8]) -> Finding {
        switch self {
        case .record: Self.judgeRecord(bytes)
        case .note: Self.judgeNote(bytes)
        case .checkpoint: Self.judgeCheckpoint(bytes)
        case .proof: Self.judgeProof(bytes)
        case .sshSignature: Self.judgeSignature(bytes)
        case .sshKey: Self.judgeKey(bytes)
        }
    }

    // MARK: Notes

    private static let signer: NoteSigner = {
        var random = SeededGenerator(seed: 1)
        return NoteSigner.make(for: World.origin, using: &random)
    }()

    private static func judgeNote(_ bytes: [UInt8]) -> Finding {
        if let key = String(validating: bytes, as: UTF8.self).flatMap({ try? NoteVerifierKey($0) }) {
            return key.text.utf8.elementsEqual(bytes) ? .accepted : .broken("a key is written otherwise")
        }
        guard let note = try? SignedNote(parsing: bytes) else { return .refused }
        guard note.bytes == bytes else { return .broken("a note is written otherwise") }
        guard (try? SignedNote(parsing: note.bytes)) == note else {
            return .broken("a note is read otherwise the second time")
        }
        guard note.text.last == UInt8(ascii: "\n"), !note.signatures.isEmpty else {
            return .broken("a note has a text of lines, and a signature")
        }
        guard (try? note.adding([]).bytes) == bytes else { return .broken("adding nothing changes it") }
        guard
            (try? note.verify(with: [signer.verifierKey])) == nil
                || note.signatures.contains(where: { $0.key == signer.verifierKey.id })
        else { return .broken("somebody else's note is believed") }
        // One signature more, and the note is that note.
        if let more = try? signer.sign(note.text).signatures, let longer = try? note.adding(more) {
            let isKnown = note.signatures.contains { $0.key == signer.verifierKey.id }
            guard longer.text == note.text, isKnown || (try? longer.verify(with: [signer.verifierKey])) != nil
            else { return .broken("a signature that was added is not good") }
        }
        return .accepted
    }

    private static func judgeCheckpoint(_ bytes: [UInt8]) -> Finding {
        guard let checkpoint = try? Checkpoint(parsing: bytes) else { return .refused }
        guard checkpoint.text.utf8.elementsEqual(bytes) else {
            return .broken("a checkpoint is written otherwise")
        }
        guard checkpoint.size.value <= 1 << 53 else { return .broken("a size that no record can say") }
        guard checkpoint.origin == World.origin else { return .accepted }
        guard let note = try? signer.sign(checkpoint),
            (try? Checkpoint(note: note, signedWith: signer.verifierKey)) == checkpoint
        else { return .broken("a checkpoint that was signed is not read back") }
        return .accepted
    }

    // MARK: Proofs

    private static func judgeProof(_ bytes: [UInt8]) -> Finding {
        var isAccepted = false
        if let proof = TlogProof(parsing: bytes) {
            guard proof.bytes == bytes else { return .broken("a tlog-proof is written otherwise") }
            try? check(proof.hashes, at: proof.index, in: proof.checkpoint)
            isAccepted = true
        }
        if let proof = ConsistencyProof(parsing: bytes) {
            guard proof.bytes == bytes else { return .broken("a consistency proof is written otherwise") }
            try? check(proof.hashes, from: proof.old, to: proof.checkpoint)
            isAccepted = true
        }
        if let proof = SeenProof(parsing: bytes) {
            guard proof.bytes == bytes else { return .broken("a seen proof is written otherwise") }
            isAccepted = true
        }
        if let entries = EntryBundle.decode(bytes) {
            var again: [UInt8] = []
            for entry in entries { entry.withUnsafeBytes { EntryBundle.append($0, to: &again) } }
            guard again == bytes else { return .broken("a bundle of entries is written otherwise") }
        }
        switch ProofFile(parsing: bytes) {
        case nil:
            guard TlogProof(parsing: bytes) == nil, ConsistencyProof(parsing: bytes) == nil else {
                return .broken("a proof is not one of the files that are proofs")
            }
        case .inclusion(let proof):
            // Without the line of extra data that it may have had.
            guard TlogProof(parsing: proof.bytes) == proof else {
                return .broken("a tlog-proof is read otherwise the second time")
            }
            isAccepted = true
        case .consistency(let proof):
            guard ConsistencyProof(parsing: bytes) == proof else { return .broken("two proofs of one file") }
        }
        return isAccepted ? .accepted : .refused
    }

    /// Asked for any numbers, however far they lie from those of a log.
    private static func check(_ hashes: [Hash], at index: LogIndex, in note: SignedNote) throws {
        let signed = try Checkpoint(parsing: note.text)
        let leaf = Hash.leaf(note.text)
        _ = MerkleProof.checkInclusion(
            of: leaf, at: index, in: signed.size, root: signed.root, proof: hashes)
    }

    private static func check(_ hashes: [Hash], from old: TreeSize, to note: SignedNote) throws {
        let signed = try Checkpoint(parsing: note.text)
        _ = MerkleProof.checkConsistency(
            from: old, oldRoot: Hash.leaf(note.text), to: signed.size, newRoot: signed.root, proof: hashes)
    }
}
