/// Why bytes are not an SSH key or an SSH signature that counts.
public enum SSHFault: Error, Hashable, Sendable {
    case tooLarge(byteCount: Int, limitBytes: Int)
    /// Not one `SSH SIGNATURE` block and nothing else.
    case notArmored
    /// Not exactly `<type> <base64>`.
    case notAKeyLine
    /// A length points beyond the end.
    case truncated
    case trailingBytes
    /// A field is there but not in its form.
    case malformed(Field)
    /// A certificate, a type of key or signature, or a hash that is not accepted.
    case unsupported(String)
    /// An RSA modulus that is too short to trust, or too long to compute with.
    case modulusBits(Int)
    /// The signature was made for another purpose.
    case otherNamespace(String)
    /// A security key signed without anybody touching it.
    case userNotPresent
    case badSignature

    public enum Field: String, Hashable, Sendable {
        case number, version, namespace, signature
        case key = "public key"
        case type = "type name"
        case base64 = "base 64"
        case magic = "preamble"
    }
}

extension SSHFault {
    /// Names what was found. A name that nobody would have chosen is not repeated to whoever reads the
    /// message.
    static func unsupported(name: some Collection<UInt8>) -> SSHFault {
        let isName = (1...64).contains(name.count) && name.allSatisfy { (0x21...0x7E).contains($0) }
        return isName ? .unsupported(String(decoding: name, as: UTF8.self)) : .malformed(.type)
    }
}

extension SSHFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let byteCount, let limitBytes): "\(byteCount) bytes; at most \(limitBytes) are read"
        case .notArmored: "not exactly one block from BEGIN SSH SIGNATURE to END SSH SIGNATURE"
        case .notAKeyLine: "not one line '<type> <base64>' of an SSH public key"
        case .truncated: "it ends in the middle of a field"
        case .trailingBytes: "there are bytes after the last field"
        case .malformed(let field): "the \(field.rawValue) is not in its form"
        case .unsupported(let name): "'\(name)' is not accepted"
        case .modulusBits(let bits):
            "an RSA key of \(bits) bits; accepted are \(SSHPublicKey.acceptedModulusBits.lowerBound) to "
                + "\(SSHPublicKey.acceptedModulusBits.upperBound)"
        case .otherNamespace(let name): "it was signed for '\(name)', which is not what is asked for here"
        case .userNotPresent: "the security key signed without a touch"
        case .badSignature: "the signature does not fit the message and the key"
        }
    }
}
