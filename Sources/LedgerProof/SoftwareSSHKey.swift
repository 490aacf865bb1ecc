/// An Ed25519 SSH key held in memory, for those who make whole ledgers: generators and tests of this package.
///
/// People sign with their own keys through `ssh-keygen`; nothing that runs for them uses this.
package struct SoftwareSSHKey: Sendable {
    private let seed: [UInt8]
    package let publicKey: SSHPublicKey

    /// - Precondition: `seed` has 32 bytes.
    package init(seed: [UInt8]) {
        guard let key = Ed25519.publicKey(ofSeed: seed) else { preconditionFailure("a seed has 32 bytes") }
        var blob = SSHWireWriter()
        blob.append(string: "ssh-ed25519".utf8)
        blob.append(string: key)
        guard let publicKey = try? SSHPublicKey(blob: blob.bytes) else {
            preconditionFailure("an Ed25519 key has a wire form")
        }
        (self.seed, self.publicKey) = (seed, publicKey)
    }

    /// The armored SSHSIG over `message`.
    package func sign(_ message: [UInt8], namespace: String = SSHSignature.approvalNamespace) -> [UInt8] {
        let data = SSHSignature.signedData(message, namespace: namespace, hash: .sha512)
        guard let raw = Ed25519.sign(data, seed: seed) else { preconditionFailure("a seed has 32 bytes") }
        var signature = SSHWireWriter()
        signature.append(string: "ssh-ed25519".utf8)
        signature.append(string: raw)
        var blob = SSHWireWriter()
        blob.append(raw: "SSHSIG".utf8)
        blob.append(uint32: 1)
        blob.append(string: publicKey.blob)
        blob.append(string: namespace.utf8)
        blob.append(string: [])
        blob.append(string: "sha512".utf8)
        blob.append(string: signature.bytes)
        var lines = ["-----BEGIN SSH SIGNATURE-----"]
        var text = Array(blob.bytes.base64)[...]
        while !text.isEmpty {
            lines.append(String(text.prefix(70)))
            text = text.dropFirst(70)
        }
        lines.append("-----END SSH SIGNATURE-----")
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
