internal import Crypto

/// The signature algorithms and digests that are not ours: this file alone knows swift-crypto's `Crypto`.
///
/// Always true: a key or signature of the wrong length, or a point off its curve, is not valid; nothing traps
/// and nothing is thrown.

/// Ed25519 (RFC 8032): SSH keys, checkpoints, cosignatures.
enum Ed25519 {
    static let keyByteCount = 32
    static let seedByteCount = 32
    static let signatureByteCount = 64

    static func isValid(_ signature: [UInt8], of message: [UInt8], key: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return false }
        return key.isValidSignature(signature, for: message)
    }

    /// The same seed and message give the same signature, as RFC 8032 wants it.
    ///
    /// - Returns: nil unless `seed` has 32 bytes.
    static func sign(_ message: [UInt8], seed: [UInt8]) -> [UInt8]? {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let signature = try? key.signature(for: message)
        else { return nil }
        return [UInt8](signature)
    }

    /// - Returns: nil unless `seed` has 32 bytes.
    static func publicKey(ofSeed seed: [UInt8]) -> [UInt8]? {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        return [UInt8](key.publicKey.rawRepresentation)
    }
}

/// ECDSA on the NIST curves, each with the digest that RFC 5656, section 6.2.1 gives it.
enum NISTCurve: String, Hashable, Sendable {
    case p256 = "nistp256"
    case p384 = "nistp384"
    case p521 = "nistp521"

    /// The size of a coordinate, and of `r` and `s`.
    var fieldByteCount: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// Whether `point` is 0x04‖X‖Y and lies on the curve.
    func hasPoint(_ point: [UInt8]) -> Bool {
        guard point.count == 1 + 2 * fieldByteCount, point.first == 4 else { return false }
        switch self {
        case .p256: return (try? P256.Signing.PublicKey(x963Representation: point)) != nil
        case .p384: return (try? P384.Signing.PublicKey(x963Representation: point)) != nil
        case .p521: return (try? P521.Signing.PublicKey(x963Representation: point)) != nil
        }
    }

    /// - Parameters:
    ///   - r: big-endian, without leading zeros; likewise `s`.
    ///   - point: 0x04‖X‖Y.
    func isValid(r: [UInt8], s: [UInt8], of message: [UInt8], point: [UInt8]) -> Bool {
        // swift-crypto wants both halves at the full width, while an mpint has lost its leading zeros.
        guard r.count <= fieldByteCount, s.count <= fieldByteCount else { return false }
        let raw = padded(r) + padded(s)
        switch self {
        case .p256:
            guard let key = try? P256.Signing.PublicKey(x963Representation: point),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case .p384:
            guard let key = try? P384.Signing.PublicKey(x963Representation: point),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case .p521:
            guard let key = try? P521.Signing.PublicKey(x963Representation: point),
                let signature = try? P521.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }

    private func padded(_ number: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: fieldByteCount - number.count) + number
    }
}

/// SHA-512, which SSHSIG uses unless told otherwise. SHA-256 is ``Hash``.
enum LongDigest {
    static func sha512(_ bytes: [UInt8]) -> [UInt8] { [UInt8](SHA512.hash(data: bytes)) }
}
