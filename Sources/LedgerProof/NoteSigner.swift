/// The private key that signs notes, checkpoints above all. Whoever holds one speaks for its name.
///
/// ```
/// skey = "PRIVATE+KEY+" name "+" hash "+" base64(0x01 ‖ seed)      seed: 32 bytes; hash: of the public key
/// ```
///
/// Ed25519 is deterministic: the same note gets the same signature. The seed appears in ``privateText`` only,
/// never in a description.
public struct NoteSigner: Sendable {
    private let secret: NoteSecret

    public var verifierKey: NoteVerifierKey { secret.verifierKey }

    /// - Returns: nil if `name` is not in its form (``NoteKeyID``) or `seed` has not 32 bytes.
    public init?(name: String, seed: [UInt8]) {
        guard let secret = NoteSecret(name: name, seed: seed, as: .ed25519) else { return nil }
        self.secret = secret
    }

    /// A new key for a log. `generator` must be one for secrets, as the system's is.
    public static func make(
        for origin: Origin, using generator: inout some RandomNumberGenerator
    ) -> NoteSigner {
        // An origin has no space and no "+", so it is always a key name.
        NoteSigner(name: origin.text, seed: NoteSecret.drawSeed(using: &generator))!
    }

    /// Reads what ``privateText`` writes.
    public init(privateText text: String) throws(NoteKeyFault) {
        secret = try NoteSecret(text: text, as: .ed25519)
    }

    /// A secret: for a file that nobody else reads, and nowhere else.
    public var privateText: String { secret.text }

    /// Signs `text`, which must end with a newline.
    ///
    /// - Throws: ``NoteFault`` if `text` cannot be the text of a note.
    public func sign(_ text: [UInt8]) throws(NoteFault) -> SignedNote {
        try SignedNote(text: text, signatures: [signature(of: text)])
    }

    func signature(of text: [UInt8]) -> NoteSignature {
        NoteSignature(key: verifierKey.id, bytes: secret.sign(text))
    }
}

extension NoteSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "signer of \(verifierKey.id)" }
    public var debugDescription: String { description }
    /// Without the seed: a mirror is what a debugger and a careless log line print.
    public var customMirror: Mirror { Mirror(self, children: ["verifierKey": verifierKey]) }
}
