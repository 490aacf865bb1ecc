/// The private key that signs notes, checkpoints above all. Whoever holds one speaks for its name.
///
/// ```
/// skey = "PRIVATE+KEY+" name "+" hash "+" base64(0x01 ‖ seed)      seed: 32 bytes; hash: of the public key
/// ```
///
/// Ed25519 is deterministic: the same note gets the same signature. The seed appears in ``privateText`` only,
/// never in a description.
public struct NoteSigner: Sendable {
    public let verifierKey: NoteVerifierKey
    private let seed: [UInt8]

    static let marker = "PRIVATE+KEY+"

    /// - Returns: nil if `name` is not in its form (``NoteKeyID``) or `seed` has not 32 bytes.
    public init?(name: String, seed: [UInt8]) {
        guard let key = Ed25519.publicKey(ofSeed: seed),
            let verifierKey = NoteVerifierKey(name: name, key, as: .ed25519)
        else { return nil }
        (self.verifierKey, self.seed) = (verifierKey, seed)
    }

    /// A new key for a log. `generator` must be one for secrets, as the system's is.
    public static func make(
        for origin: Origin, using generator: inout some RandomNumberGenerator
    ) -> NoteSigner {
        let seed = (0..<Ed25519.seedByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // An origin has no space and no "+", so it is always a key name.
        return NoteSigner(name: origin.text, seed: seed)!
    }

    /// Reads what ``privateText`` writes.
    public init(privateText text: String) throws(NoteKeyFault) {
        let parts = try Self.privateParts(of: text)
        guard parts.bytes.first == NoteVerifierKey.Algorithm.ed25519.type,
            let signer = NoteSigner(name: parts.id.name, seed: [UInt8](parts.bytes.dropFirst()))
        else { throw .malformed }
        guard signer.verifierKey.id == parts.id else { throw .otherHash(parts.id) }
        self = signer
    }

    /// Takes `PRIVATE+KEY+name+hash+base64` apart.
    static func privateParts(of text: String) throws(NoteKeyFault) -> (id: NoteKeyID, bytes: [UInt8]) {
        guard text.utf8.starts(with: marker.utf8) else { throw .malformed }
        return try NoteVerifierKey.parts(
            of: String(decoding: text.utf8.dropFirst(marker.utf8.count), as: UTF8.self))
    }

    /// A secret: for a file that nobody else reads, and nowhere else.
    public var privateText: String {
        let type = NoteVerifierKey.Algorithm.ed25519.type
        return "\(Self.marker)\(verifierKey.id)+\(([type] + seed).base64)"
    }

    /// Signs `text`, which must end with a newline.
    ///
    /// - Throws: ``NoteFault`` if `text` cannot be the text of a note.
    public func sign(_ text: [UInt8]) throws(NoteFault) -> SignedNote {
        try SignedNote(text: text, signatures: [signature(of: text)])
    }

    func signature(of text: [UInt8]) -> NoteSignature {
        guard let bytes = Ed25519.sign(text, seed: seed) else {
            preconditionFailure("a seed that made a public key also signs")
        }
        return NoteSignature(key: verifierKey.id, bytes: bytes)
    }
}

extension NoteSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "signer of \(verifierKey.id)" }
    public var debugDescription: String { description }
    /// Without the seed: a mirror is what a debugger and a careless log line print.
    public var customMirror: Mirror { Mirror(self, children: ["verifierKey": verifierKey]) }
}
