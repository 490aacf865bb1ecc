internal import Crypto
public import LedgerProof

/// An Ed25519 SSH key that signs in this process, as `ssh-keygen -Y sign` would. The same seed gives the same
/// key.
public struct SoftwareKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    public let publicKey: SSHPublicKey

    public init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            preconditionFailure("32 bytes are a seed")
        }
        self.key = key
        let blob = Self.string("ssh-ed25519".utf8) + Self.string(key.publicKey.rawRepresentation)
        guard let publicKey = try? SSHPublicKey(blob: blob) else {
            preconditionFailure("an Ed25519 key is one that may sign")
        }
        self.publicKey = publicKey
    }

    /// An armored SSHSIG in the namespace of approvals.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        let namespace = SSHSignature.approvalNamespace
        let signed = SSHSignature.signedData(message, namespace: namespace, hash: .sha512)
        guard let signature = try? key.signature(for: signed) else {
            preconditionFailure("a software key always signs")
        }
        let blob =
            Array("SSHSIG".utf8) + Self.number(1) + Self.string(publicKey.blob) + Self.string(namespace.utf8)
            + Self.string([]) + Self.string("sha512".utf8)
            + Self.string(Self.string("ssh-ed25519".utf8) + Self.string(signature))
        return Array(
            "-----BEGIN SSH SIGNATURE-----\n\(blob.base64)\n-----END SSH SIGNATURE-----\n".utf8)
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] { number(bytes.count) + bytes }
}
