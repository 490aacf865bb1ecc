/// A detached SSH signature, as `ssh-keygen -Y sign` makes it: how people sign approvals (`FORMAT.md` §4).
///
/// Follows OpenSSH's `PROTOCOL.sshsig` and `PROTOCOL.u2f`.
///
/// ```
/// file   = "-----BEGIN SSH SIGNATURE-----" eol 1*( base64 text eol ) "-----END SSH SIGNATURE-----" [eol]
/// eol    = [CR] LF                       lines may have any length; nothing stands before, between or after
/// blob   = "SSHSIG", uint32 1, string publickey, string namespace, string reserved, string hash,
///          string signature
/// signature = string type, string bytes, and for a security key: byte flags, uint32 counter
/// signed = "SSHSIG", string namespace, string "", string hash, string H(message)
/// ```
///
/// Holding one proves nothing: only ``verify(_:namespace:)`` does. `reserved` is skipped and not signed, so
/// two files may differ in it and both be good; whoever must not count a signature twice compares statements,
/// not files.
public struct SSHSignature: Hashable, Sendable {
    public enum HashAlgorithm: String, CaseIterable, Hashable, Sendable {
        case sha256, sha512
    }

    /// The numbers of the signature. The case always fits the key's.
    enum Numbers: Hashable, Sendable {
        case ed25519([UInt8])
        case ecdsa(r: [UInt8], s: [UInt8])
        case rsa(HashAlgorithm, [UInt8])
    }

    /// What a security key says of the moment of signing. It is signed, too.
    struct Touch: Hashable, Sendable {
        let flags: UInt8
        let counter: UInt32

        static let userPresent: UInt8 = 0x01
        static let userVerified: UInt8 = 0x04
    }

    /// The key that claims to have signed.
    public let publicKey: SSHPublicKey
    /// What the signature is for.
    public let namespace: String
    /// How the message was hashed before it was signed.
    public let hashAlgorithm: HashAlgorithm
    let numbers: Numbers
    let touch: Touch?

    /// What people sign for here: a signature made for anything else, a git commit say, never passes.
    public static let approvalNamespace = "release-approval@ledger"
    public static let maximumByteCount = 16_384
    static let magic = [UInt8]("SSHSIG".utf8)

    /// Reads a signature file. Nothing is verified yet.
    public init(armored bytes: some Collection<UInt8>) throws(SSHFault) {
        guard bytes.count <= Self.maximumByteCount else {
            throw .tooLarge(byteCount: bytes.count, limitBytes: Self.maximumByteCount)
        }
        try self.init(blob: try Self.unwrap([UInt8](bytes)))
    }

    /// Checks that the holder of ``publicKey`` signed exactly `message`, for exactly `namespace`.
    ///
    /// Whether that key may sign here is not asked: anybody's good signature is good.
    ///
    /// - Throws: ``SSHFault/otherNamespace(_:)``, ``SSHFault/userNotPresent`` or ``SSHFault/badSignature``.
    public func verify(
        _ message: [UInt8], namespace expected: String
    ) throws(SSHFault) -> SSHSignatureFacts {
        guard namespace.utf8.elementsEqual(expected.utf8) else { throw .otherNamespace(namespace) }
        // `ssh-keygen -Y verify` does not look at this flag.
        if let touch, touch.flags & Touch.userPresent == 0 { throw .userNotPresent }
        let signed = Self.signedData(message, namespace: namespace, hash: hashAlgorithm)
        guard isGood(over: touch.map { toBeSigned(signed, $0) } ?? signed) else { throw .badSignature }
        return SSHSignatureFacts(
            fingerprint: publicKey.fingerprint,
            userPresent: touch.map { $0.flags & Touch.userPresent != 0 },
            userVerified: touch.map { $0.flags & Touch.userVerified != 0 },
            counter: touch?.counter)
    }

    /// The bytes that a software key signs for `message`.
    public static func signedData(
        _ message: [UInt8], namespace: String, hash: HashAlgorithm
    ) -> [UInt8] {
        var writer = SSHWireWriter()
        writer.append(raw: magic)
        writer.append(string: namespace.utf8)
        writer.append(string: [])
        writer.append(string: hash.rawValue.utf8)
        switch hash {
        case .sha256: writer.append(string: Hash.sha256(message).bytes)
        case .sha512: writer.append(string: LongDigest.sha512(message))
        }
        return writer.bytes
    }

    /// The 69 bytes that a security key signs: SHA-256(application) ‖ flags ‖ counter ‖ SHA-256(signed data).
    private func toBeSigned(_ signed: [UInt8], _ touch: Touch) -> [UInt8] {
        var writer = SSHWireWriter()
        writer.append(raw: Hash.sha256(publicKey.application).bytes)
        writer.append(raw: [touch.flags])
        writer.append(uint32: touch.counter)
        writer.append(raw: Hash.sha256(signed).bytes)
        return writer.bytes
    }

    private func isGood(over signed: [UInt8]) -> Bool {
        switch (publicKey.material, numbers) {
        case (.ed25519(let key), .ed25519(let signature)):
            Ed25519.isValid(signature, of: signed, key: key)
        case (.ecdsa(let curve, let point), .ecdsa(let r, let s)):
            curve.isValid(r: r, s: s, of: signed, point: point)
        case (.rsa(let modulus, let exponent), .rsa(let hash, let signature)):
            RSASignature.isValid(signature, of: signed, hash: hash, modulus: modulus, exponent: exponent)
        default: false
        }
    }
}

/// What a good signature tells. Only ``SSHSignature/verify(_:namespace:)`` makes one.
public struct SSHSignatureFacts: Hashable, Sendable {
    /// Of the key that signed.
    public let fingerprint: String
    /// Whether the token was touched; nil for a software key, which cannot know.
    public let userPresent: Bool?
    /// Whether the token asked for a PIN or a fingerprint; nil for a software key.
    public let userVerified: Bool?
    /// The token's count of signatures; some tokens always say 0. Nil for a software key.
    public let counter: UInt32?

    fileprivate init(fingerprint: String, userPresent: Bool?, userVerified: Bool?, counter: UInt32?) {
        self.fingerprint = fingerprint
        self.userPresent = userPresent
        self.userVerified = userVerified
        self.counter = counter
    }
}
