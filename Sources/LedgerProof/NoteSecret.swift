/// The private half of a key for notes, of whichever kind: a log's or a witness's.
///
/// ```
/// text = "PRIVATE+KEY+" name "+" hash "+" base64(type ‖ seed)      seed: 32 bytes; hash: of the public key
/// ```
///
/// Ed25519 is deterministic: the same bytes get the same signature. The seed appears in ``text`` only.
struct NoteSecret: Sendable {
    let verifierKey: NoteVerifierKey
    private let seed: [UInt8]

    private static let marker = "PRIVATE+KEY+"

    /// - Returns: nil if `name` is not in its form (``NoteKeyID``) or `seed` has not 32 bytes.
    init?(name: String, seed: [UInt8], as algorithm: NoteVerifierKey.Algorithm) {
        guard let key = Ed25519.publicKey(ofSeed: seed),
            let verifierKey = NoteVerifierKey(name: name, key, as: algorithm)
        else { return nil }
        (self.verifierKey, self.seed) = (verifierKey, seed)
    }

    /// Reads what ``text`` writes.
    init(text: String, as algorithm: NoteVerifierKey.Algorithm) throws(NoteKeyFault) {
        let parts = try Self.parts(of: text)
        guard parts.bytes.first == algorithm.type,
            let secret = NoteSecret(
                name: parts.id.name, seed: [UInt8](parts.bytes.dropFirst()), as: algorithm)
        else { throw .malformed }
        guard secret.verifierKey.id == parts.id else { throw .otherHash(parts.id) }
        self = secret
    }

    static func parts(of text: String) throws(NoteKeyFault) -> (id: NoteKeyID, bytes: [UInt8]) {
        guard text.utf8.starts(with: marker.utf8) else { throw .malformed }
        return try NoteVerifierKey.parts(
            of: String(decoding: text.utf8.dropFirst(marker.utf8.count), as: UTF8.self))
    }

    /// `generator` must be one for secrets, as the system's is.
    static func drawSeed(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<Ed25519.seedByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    var text: String { "\(Self.marker)\(verifierKey.id)+\(([verifierKey.algorithm.type] + seed).base64)" }

    func sign(_ bytes: [UInt8]) -> [UInt8] {
        guard let signature = Ed25519.sign(bytes, seed: seed) else {
            preconditionFailure("a seed that made a public key also signs")
        }
        return signature
    }
}

extension NoteSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "secret of \(verifierKey.id)" }
    var debugDescription: String { description }
    /// Without the seed: a mirror is what a debugger and a careless log line print.
    var customMirror: Mirror { Mirror(self, children: ["verifierKey": verifierKey]) }
}
