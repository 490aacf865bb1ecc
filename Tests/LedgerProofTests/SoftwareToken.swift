import Crypto

@testable import LedgerProof

/// A FIDO token in software, so that a test chooses what the hardware would: flags, counter and application.
struct SoftwareToken: Sendable {
    enum Curve: CaseIterable, Sendable { case ed25519, p256 }

    let curve: Curve
    var application = [UInt8]("ssh:".utf8)
    private let ed25519 = Curve25519.Signing.PrivateKey()
    private let p256 = P256.Signing.PrivateKey()

    init(_ curve: Curve) { self.curve = curve }

    var type: String {
        curve == .ed25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com"
    }

    var keyBlob: [UInt8] {
        let name = [UInt8](type.utf8)
        switch curve {
        case .ed25519:
            return SSHWireWriter.strings(name, [UInt8](ed25519.publicKey.rawRepresentation), application)
        case .p256:
            let point = [UInt8](p256.publicKey.x963Representation)
            return SSHWireWriter.strings(name, [UInt8]("nistp256".utf8), point, application)
        }
    }

    func sign(_ message: [UInt8], flags: UInt8, counter: UInt32) throws -> SSHEnvelope {
        let signed = SSHSignature.signedData(message, namespace: SSHVector.namespace, hash: .sha512)
        var writer = SSHWireWriter()
        writer.append(raw: [UInt8](SHA256.hash(data: application)))
        writer.append(raw: [flags])
        writer.append(uint32: counter)
        writer.append(raw: [UInt8](SHA256.hash(data: signed)))
        var rest = SSHWireWriter()
        rest.append(raw: [flags])
        rest.append(uint32: counter)
        return SSHEnvelope(
            key: keyBlob, signatureType: type, signature: try numbers(over: writer.bytes), rest: rest.bytes)
    }

    private func numbers(over bytes: [UInt8]) throws -> [UInt8] {
        switch curve {
        case .ed25519: return [UInt8](try ed25519.signature(for: bytes))
        case .p256:
            let raw = [UInt8](try p256.signature(for: bytes).rawRepresentation)
            var pair = SSHWireWriter()
            pair.append(mpint: [UInt8](raw.prefix(32)))
            pair.append(mpint: [UInt8](raw.suffix(32)))
            return pair.bytes
        }
    }
}
