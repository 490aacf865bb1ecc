/// The private key of a witness. What it signs says: at that time, this was the largest tree that I saw of
/// this log, and it continues all that I saw before (C2SP tlog-cosignature, version 1).
///
/// ```
/// signed    = "cosignature/v1" LF "time " seconds LF text        text: of the checkpoint, without signatures
/// signature = u64 seconds ‖ 64 bytes                             big-endian, then Ed25519
/// skey      = "PRIVATE+KEY+" name "+" hash "+" base64(0x04 ‖ seed)
/// ```
///
/// The name is not signed, so a key belongs to one witness. The seed appears in ``privateText`` only, never
/// in a description.
public struct Cosigner: Sendable {
    private let secret: NoteSecret

    /// Of type 0x04.
    public var verifierKey: NoteVerifierKey { secret.verifierKey }

    /// - Returns: nil if `name` is not in its form (``NoteKeyID``) or `seed` has not 32 bytes.
    public init?(name: String, seed: [UInt8]) {
        guard let secret = NoteSecret(name: name, seed: seed, as: .cosignature) else { return nil }
        self.secret = secret
    }

    /// A new key. `generator` must be one for secrets, as the system's is.
    ///
    /// - Returns: nil if `name` is not in its form.
    public static func make(
        named name: String, using generator: inout some RandomNumberGenerator
    ) -> Cosigner? {
        Cosigner(name: name, seed: NoteSecret.drawSeed(using: &generator))
    }

    /// Reads what ``privateText`` writes.
    public init(privateText text: String) throws(NoteKeyFault) {
        secret = try NoteSecret(text: text, as: .cosignature)
    }

    /// A secret: for a file that nobody else reads, and nowhere else.
    public var privateText: String { secret.text }

    /// The same checkpoint and time give the same signature.
    public func cosign(_ checkpoint: Checkpoint, secondsSince1970 seconds: UInt64) -> NoteSignature {
        let message = Self.message([UInt8](checkpoint.text.utf8), secondsSince1970: seconds)
        let time = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> UInt64(56 - 8 * $0)) }
        return NoteSignature(key: verifierKey.id, bytes: time + secret.sign(message))
    }

    /// What is signed.
    static func message(_ text: [UInt8], secondsSince1970 seconds: UInt64) -> [UInt8] {
        [UInt8]("cosignature/v1\ntime \(seconds)\n".utf8) + text
    }
}

extension Cosigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "cosigner \(verifierKey.id)" }
    public var debugDescription: String { description }
    /// Without the seed, as in ``NoteSigner``.
    public var customMirror: Mirror { Mirror(self, children: ["verifierKey": verifierKey]) }
}

extension SignedNote {
    /// This note with the good cosignatures of `lines`: those under `keys`, each in the place of an older one
    /// of the same witness. Other lines are passed over.
    ///
    /// - Parameter lines: as a witness answers: signature lines, each with its line end.
    /// - Throws: ``NoteFault`` if a line is no signature, if one under a known key is bad, or if none is
    ///   under a known key.
    public func cosigned(
        with lines: [UInt8], by keys: [NoteVerifierKey]
    ) throws(NoteFault) -> SignedNote {
        let answer = try SignedNote(parsing: text + [UInt8(ascii: "\n")] + lines)
        guard answer.text == text else { throw .notText }
        let good = Set(try answer.verify(with: keys).signatures.map(\.key.id))
        // Of several lines of one witness the last: it is the newest.
        var newest: [NoteKeyID: NoteSignature] = [:]
        for line in answer.signatures where good.contains(line.key) { newest[line.key] = line }
        let kept = signatures.filter { newest[$0.key] == nil }
        let added = answer.signatures.filter { newest[$0.key] == $0 }
        return try SignedNote(text: text, signatures: kept + added)
    }
}
