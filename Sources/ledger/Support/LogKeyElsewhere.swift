import Foundation
import LedgerProof

/// A log's key whose private half is not here.
struct LogKeyElsewhere {
    let key: NoteVerifierKey
    let command: String

    /// - Returns: nil where neither is given.
    /// - Throws: ``UsageFault`` if one of the two is missing, or the key is none of this log.
    init?(key: String?, command: String?, origin: Origin) throws {
        guard key != nil || command != nil else { return nil }
        guard let key, let command, !command.isEmpty else {
            throw UsageFault(
                "--log-key and --signer go together: the public key, and the command that signs.")
        }
        let content =
            FileManager.default.contents(atPath: key).map { String(decoding: $0, as: UTF8.self) } ?? key
        self.key = try Self.key(content.trimmingCharacters(in: .whitespacesAndNewlines), origin)
        self.command = command
    }

    /// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo. RFC 8410, section 4.
    private static let prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    private static func key(_ text: String, _ origin: Origin) throws -> NoteVerifierKey {
        let lines = text.split(separator: "\n")
        if lines.first == "-----BEGIN PUBLIC KEY-----", lines.last == "-----END PUBLIC KEY-----",
            let bytes = [UInt8](base64: lines.dropFirst().dropLast().joined()), bytes.starts(with: prefix),
            let key = NoteVerifierKey(origin: origin, ed25519: [UInt8](bytes.dropFirst(prefix.count)))
        {
            return key
        }
        guard let key = try? NoteVerifierKey(text), key.algorithm == .ed25519 else {
            throw UsageFault(
                "--log-key is no Ed25519 public key. Make one: openssl genpkey -algorithm ed25519 -out log.pem; openssl pkey -in log.pem -pubout -out log.pub.pem"
            )
        }
        guard key.name == origin.text else {
            throw UsageFault("the key of --log-key is of '\(key.name)', not of '\(origin)'.")
        }
        return key
    }
}
