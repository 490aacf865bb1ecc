/// An SSH public key that may sign: who holds it is the roster's to say.
///
/// ```
/// line = type " " base64(blob)
/// blob = string type, then
///        ssh-ed25519                          string key(32)
///        ecdsa-sha2-nistp256/384/521          string curve, string 0x04‖X‖Y
///        ssh-rsa                              mpint e, mpint n
///        sk-ssh-ed25519@openssh.com           string key(32), string application
///        sk-ecdsa-sha2-nistp256@openssh.com   string curve, string 0x04‖X‖Y, string application
/// ```
///
/// Valid iff (`FORMAT.md` §4):
/// 1. the type is one of these; no certificates, no DSA;
/// 2. the type in the line and the curve are those of the blob, and nothing follows;
/// 3. numbers are in their shortest form and not negative;
/// 4. a point lies on its curve; an RSA modulus is odd and has 3072 to 8192 bits, its exponent is odd, at
///    least 3 and has at most 33 bits (what BoringSSL computes with).
public struct SSHPublicKey: Hashable, Sendable {
    public enum Algorithm: String, CaseIterable, Hashable, Sendable {
        case ed25519 = "ssh-ed25519"
        case ecdsaP256 = "ecdsa-sha2-nistp256"
        case ecdsaP384 = "ecdsa-sha2-nistp384"
        case ecdsaP521 = "ecdsa-sha2-nistp521"
        case rsa = "ssh-rsa"
        case skEd25519 = "sk-ssh-ed25519@openssh.com"
        case skECDSAP256 = "sk-ecdsa-sha2-nistp256@openssh.com"

        /// Whether the private half lives in a FIDO token, which says if somebody touched it.
        public var isSecurityKey: Bool { self == .skEd25519 || self == .skECDSAP256 }
    }

    /// The numbers that verify.
    enum Material: Hashable, Sendable {
        case ed25519(key: [UInt8])
        case ecdsa(curve: NISTCurve, point: [UInt8])
        case rsa(modulus: [UInt8], exponent: [UInt8])
    }

    /// The key on the wire: what is compared, and what the fingerprint is of.
    public let blob: [UInt8]
    public let algorithm: Algorithm
    let material: Material
    /// What a security key's signatures are bound to, `ssh:` as a rule. Empty for other keys.
    let application: [UInt8]

    public static let maximumBlobByteCount = 4096
    public static let maximumFileByteCount = 16_384
    static let acceptedModulusBits = 3072...8192
    private static let maximumExponentBits = 33

    public init(blob: [UInt8]) throws(SSHFault) {
        guard blob.count <= Self.maximumBlobByteCount else {
            throw .tooLarge(byteCount: blob.count, limitBytes: Self.maximumBlobByteCount)
        }
        var reader = SSHWireReader(blob)
        let type = try reader.string()
        guard let algorithm = Algorithm.allCases.first(where: { type.elementsEqual($0.rawValue.utf8) }) else {
            throw .unsupported(name: type)
        }
        self.blob = blob
        self.algorithm = algorithm
        material = try Self.material(of: algorithm, from: &reader)
        application = algorithm.isSecurityKey ? [UInt8](try reader.string()) : []
        try reader.finish()
    }

    /// Reads `<type> <base64>`, without a comment and without a line end.
    public init(line: String) throws(SSHFault) {
        let parts = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .notAKeyLine }
        try self.init(type: [UInt8](parts[0]), base64: [UInt8](parts[1]))
    }

    /// Reads what `ssh-keygen` writes to a `.pub` file: one line, with or without a comment and a line end.
    public init(publicKeyFile bytes: some Collection<UInt8>) throws(SSHFault) {
        guard bytes.count <= Self.maximumFileByteCount else {
            throw .tooLarge(byteCount: bytes.count, limitBytes: Self.maximumFileByteCount)
        }
        var line = [UInt8](bytes)
        if line.last == UInt8(ascii: "\n") {
            line.removeLast()
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
        }
        guard line.allSatisfy({ $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }) else {
            throw .notAKeyLine
        }
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2 else { throw .notAKeyLine }
        try self.init(type: [UInt8](parts[0]), base64: [UInt8](parts[1]))
    }

    private init(type: [UInt8], base64: [UInt8]) throws(SSHFault) {
        guard base64.count <= Self.maximumFileByteCount else {
            throw .tooLarge(byteCount: base64.count, limitBytes: Self.maximumFileByteCount)
        }
        guard let blob = [UInt8](base64: String(decoding: base64, as: UTF8.self)) else {
            throw .malformed(.base64)
        }
        try self.init(blob: blob)
        guard type.elementsEqual(algorithm.rawValue.utf8) else { throw .malformed(.type) }
    }

    /// `<type> <base64>`: what is recorded.
    public var line: String { "\(algorithm.rawValue) \(blob.base64)" }

    /// `SHA256:<base64 without padding>`, as `ssh-keygen -l` prints it.
    public var fingerprint: String {
        "SHA256:" + Hash.sha256(blob).bytes.base64.prefix { $0 != "=" }
    }
}

extension SSHPublicKey {
    private static func material(
        of algorithm: Algorithm, from reader: inout SSHWireReader
    ) throws(SSHFault) -> Material {
        switch algorithm {
        case .ed25519, .skEd25519:
            let key = [UInt8](try reader.string())
            guard key.count == Ed25519.keyByteCount else { throw .malformed(.key) }
            return .ed25519(key: key)
        case .ecdsaP256, .skECDSAP256: return try point(on: .p256, from: &reader)
        case .ecdsaP384: return try point(on: .p384, from: &reader)
        case .ecdsaP521: return try point(on: .p521, from: &reader)
        case .rsa: return try modulusAndExponent(from: &reader)
        }
    }

    private static func point(
        on curve: NISTCurve, from reader: inout SSHWireReader
    ) throws(SSHFault) -> Material {
        guard try reader.string().elementsEqual(curve.rawValue.utf8) else { throw .malformed(.key) }
        let point = [UInt8](try reader.string())
        guard curve.hasPoint(point) else { throw .malformed(.key) }
        return .ecdsa(curve: curve, point: point)
    }

    private static func modulusAndExponent(from reader: inout SSHWireReader) throws(SSHFault) -> Material {
        let exponent = try reader.mpint()
        let modulus = try reader.mpint()
        let bits = bitCount(modulus)
        guard acceptedModulusBits.contains(bits) else { throw .modulusBits(bits) }
        guard isOdd(modulus), isOdd(exponent), (2...maximumExponentBits).contains(bitCount(exponent)) else {
            throw .malformed(.key)
        }
        return .rsa(modulus: modulus, exponent: exponent)
    }

    /// - Parameter magnitude: big-endian, without leading zeros.
    private static func bitCount(_ magnitude: [UInt8]) -> Int {
        magnitude.count * 8 - (magnitude.first?.leadingZeroBitCount ?? 0)
    }

    private static func isOdd(_ magnitude: [UInt8]) -> Bool { (magnitude.last ?? 0) & 1 == 1 }
}

extension SSHPublicKey: CustomStringConvertible {
    public var description: String { line }
}
