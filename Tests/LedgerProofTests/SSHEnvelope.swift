@testable import LedgerProof

/// The fields of an SSHSIG, so that a test can change one and put them together again.
struct SSHEnvelope {
    var magic = [UInt8]("SSHSIG".utf8)
    var version: UInt32 = 1
    var key: [UInt8]
    var namespace = [UInt8](SSHVector.namespace.utf8)
    var reserved: [UInt8] = []
    var hash = [UInt8]("sha512".utf8)
    var signatureType: [UInt8]
    var signature: [UInt8]
    /// What follows the signature's bytes: flags and counter of a security key.
    var rest: [UInt8] = []
    var trailing: [UInt8] = []

    init(key: [UInt8], signatureType: String, signature: [UInt8], rest: [UInt8] = []) {
        (self.key, self.signature, self.rest) = (key, signature, rest)
        self.signatureType = [UInt8](signatureType.utf8)
    }

    init(_ armored: [UInt8]) throws {
        var reader = SSHWireReader(try SSHSignature.unwrap(armored))
        magic = [UInt8](try reader.take(6))
        version = try reader.uint32()
        key = [UInt8](try reader.string())
        namespace = [UInt8](try reader.string())
        reserved = [UInt8](try reader.string())
        hash = [UInt8](try reader.string())
        var inner = SSHWireReader(try reader.string())
        signatureType = [UInt8](try inner.string())
        signature = [UInt8](try inner.string())
        try inner.finish()
        try reader.finish()
    }

    var blob: [UInt8] {
        var inner = SSHWireWriter()
        inner.append(string: signatureType)
        inner.append(string: signature)
        inner.append(raw: rest)
        var writer = SSHWireWriter()
        writer.append(raw: magic)
        writer.append(uint32: version)
        for field in [key, namespace, reserved, hash, inner.bytes] { writer.append(string: field) }
        writer.append(raw: trailing)
        return writer.bytes
    }

    var armored: [UInt8] { SSHVector.armored(blob.base64) }
}

extension SSHWireWriter {
    /// - Parameter magnitude: big-endian; leading zeros are left out.
    mutating func append(mpint magnitude: [UInt8]) {
        let shortest = [UInt8](magnitude.drop { $0 == 0 })
        append(string: (shortest.first ?? 0) >= 0x80 ? [0] + shortest : shortest)
    }

    static func strings(_ fields: [UInt8]...) -> [UInt8] {
        fields.reduce(into: SSHWireWriter()) { $0.append(string: $1) }.bytes
    }
}
