/// A public key that verifies notes, in its C2SP signed-note text form.
///
/// ```
/// vkey = name "+" hash "+" base64(type ‖ key)      hash: 8 lower-case hex digits
/// ```
///
/// | type | key | signature | signs |
/// |---|---|---|---|
/// | 0x01 | Ed25519, 32 bytes | 64 bytes | the note's text |
/// | 0x04 | Ed25519, 32 bytes | u64 seconds, 64 bytes | `cosignature/v1\ntime <seconds>\n` and the text |
/// | any other | not read | not read | a key of that kind is held, but its signatures count for nothing |
///
/// Valid iff:
/// 1. the text has exactly these parts, base 64 strict;
/// 2. `hash` is that of the name and the key. For 0x02 (ECDSA) it is the start of the SHA-256 of the key
///    alone;
/// 3. a key of type 0x01 or 0x04 has 32 bytes, any other at least one.
public struct NoteVerifierKey: Hashable, Sendable {
    public enum Algorithm: Hashable, Sendable {
        case ed25519
        /// A witness's: says that it saw this tree, and when (C2SP tlog-cosignature).
        case cosignature
        /// A type that we do not verify.
        case other(UInt8)

        init(type: UInt8) {
            switch type {
            case 0x01: self = .ed25519
            case 0x04: self = .cosignature
            default: self = .other(type)
            }
        }

        var type: UInt8 {
            switch self {
            case .ed25519: 0x01
            case .cosignature: 0x04
            case .other(let type): type
            }
        }
    }

    public let id: NoteKeyID
    public let algorithm: Algorithm
    public let key: [UInt8]

    public static let maximumByteCount = 8192
    private static let ecdsaType: UInt8 = 0x02

    public init(_ text: String) throws(NoteKeyFault) {
        let parts = try Self.parts(of: text)
        guard parts.bytes.count >= 2 else { throw .malformed }
        let (type, key) = (parts.bytes[0], [UInt8](parts.bytes.dropFirst()))
        let algorithm = Algorithm(type: type)
        switch algorithm {
        case .ed25519, .cosignature:
            guard key.count == Ed25519.keyByteCount else { throw .malformed }
        case .other: break
        }
        let hash =
            type == Self.ecdsaType
            ? NoteKeyID.prefix(of: Hash.sha256(key).bytes)
            : NoteKeyID.hash(name: parts.id.name, type: type, key: key)
        guard hash == parts.id.hash else { throw .otherHash(parts.id) }
        (id, self.algorithm, self.key) = (parts.id, algorithm, key)
    }

    /// - Returns: nil if `name` is not in its form or `key` has not 32 bytes.
    init?(name: String, _ key: [UInt8], as algorithm: Algorithm) {
        let hash = NoteKeyID.hash(name: name, type: algorithm.type, key: key)
        guard key.count == Ed25519.keyByteCount, let id = NoteKeyID(name: name, hash: hash) else {
            return nil
        }
        (self.id, self.algorithm, self.key) = (id, algorithm, key)
    }

    /// The key of a log, from its 32 bytes.
    ///
    /// - Returns: nil if they are not 32.
    public init?(origin: Origin, ed25519 key: [UInt8]) {
        self.init(name: origin.text, key, as: .ed25519)
    }

    /// What this key's holder cosigns with: an Ed25519 key is one of two types, and only its id differs.
    public var asCosignature: NoteVerifierKey {
        algorithm == .ed25519 ? NoteVerifierKey(name: name, key, as: .cosignature) ?? self : self
    }

    public var name: String { id.name }
    public var text: String { "\(id)+\(([algorithm.type] + key).base64)" }

    /// Takes `name+hash+base64` apart; the last part may itself contain `+`.
    static func parts(of text: String) throws(NoteKeyFault) -> (id: NoteKeyID, bytes: [UInt8]) {
        guard text.utf8.count <= maximumByteCount else { throw .malformed }
        let parts = text.utf8.split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 3, let hash = [UInt8](lowercaseHex: parts[1]), hash.count == 4,
            let id = NoteKeyID(name: parts[0], hash: NoteKeyID.prefix(of: hash)),
            let bytes = [UInt8](base64: parts[2])
        else { throw .malformed }
        return (id, bytes)
    }
}

extension NoteVerifierKey {
    /// What one signature line under this key says.
    enum Judgement: Hashable {
        case good(cosignedSecondsSince1970: UInt64?)
        case bad
        /// This key's algorithm is not one that we verify.
        case unknown
    }

    func judge(_ signature: [UInt8], of text: [UInt8]) -> Judgement {
        switch algorithm {
        case .ed25519:
            return Ed25519.isValid(signature, of: text, key: key)
                ? .good(cosignedSecondsSince1970: nil) : .bad
        case .cosignature:
            guard signature.count == 8 + Ed25519.signatureByteCount else { return .bad }
            let seconds = signature.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let message = Cosigner.message(text, secondsSince1970: seconds)
            return Ed25519.isValid([UInt8](signature.dropFirst(8)), of: message, key: key)
                ? .good(cosignedSecondsSince1970: seconds) : .bad
        case .other: return .unknown
        }
    }
}

extension NoteVerifierKey: CustomStringConvertible {
    public var description: String { text }
}

/// Why text is not a note key.
public enum NoteKeyFault: Error, Hashable, Sendable {
    case malformed
    /// The hash in the text is not that of its name and key.
    case otherHash(NoteKeyID)
}

extension NoteKeyFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "not a note key: 'name+hash+base64' of a known form is expected"
        case .otherHash(let id): "the note key '\(id)' does not have that hash: name or key was changed"
        }
    }
}
