import LedgerProof

/// A checkpoint that somebody kept, as a file.
struct KeptCheckpoint: Sendable {
    let path: String
    /// As they were kept.
    let bytes: [UInt8]
    let note: SignedNote
    let checkpoint: Checkpoint

    /// - Returns: nil if the bytes are no checkpoint.
    init?(_ bytes: [UInt8], path: String) {
        guard let note = try? SignedNote(parsing: bytes), let checkpoint = try? Checkpoint(parsing: note.text)
        else { return nil }
        (self.path, self.bytes, self.note, self.checkpoint) = (path, bytes, note, checkpoint)
    }

    /// - Throws: ``Ending`` with 1 if the file cannot be read, with 5 if it is no checkpoint.
    static func read(_ path: String) throws -> KeptCheckpoint {
        guard let bytes = InputFile.read(path) else {
            throw Ending(
                .couldNotLook, "ledger: cannot read the checkpoint '\(Terminal.safe(path))'. Check the name.")
        }
        guard let kept = KeptCheckpoint(bytes, path: path) else {
            throw Ending(
                .broken, "ledger: '\(Terminal.safe(path))' is no checkpoint. `ledger checkpoint` writes one.")
        }
        return kept
    }
}
