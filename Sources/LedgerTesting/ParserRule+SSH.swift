internal import LedgerProof

extension ParserRule {
    private static let message = [UInt8](#"{"decision":"approve","release":"autocli/v0.1.0"}"#.utf8)

    // MARK: Keys

    /// Bytes as a line, as a `.pub` file, and as what stands in base 64 in them.
    static func judgeKey(_ bytes: [UInt8]) -> Finding {
        var isAccepted = false
        if let line = String(validating: bytes, as: UTF8.self), let key = try? SSHPublicKey(line: line) {
            guard key.line.utf8.elementsEqual(bytes) else {
                return .broken("a key line is written otherwise")
            }
            isAccepted = true
        }
        for key in [try? SSHPublicKey(publicKeyFile: bytes), try? SSHPublicKey(blob: bytes)] {
            guard let key else { continue }
            guard (try? SSHPublicKey(line: key.line)) == key, (try? SSHPublicKey(blob: key.blob)) == key
            else {
                return .broken("a key is read otherwise the second time")
            }
            guard key.fingerprint.utf8.count == 50 else { return .broken("a fingerprint has 50 characters") }
            isAccepted = true
        }
        if let key = try? SSHPublicKey(blob: bytes), key.blob != bytes {
            return .broken("a key is not its blob")
        }
        return isAccepted ? .accepted : .refused
    }

    // MARK: Signatures

    /// Bytes as a file, and as what stands in base 64 in one: there the fuzzer gets past the base 64.
    static func judgeSignature(_ bytes: [UInt8]) -> Finding {
        let file = armored(bytes)
        let inFile = try? SSHSignature(armored: file)
        if let inFile {
            if let fault = fault(of: inFile, blob: bytes) { return .broken(fault) }
            // Lines of any length say the same.
            let other = try? SSHSignature(armored: armored(bytes, width: 7, lineEnd: "\r\n"))
            guard other == inFile || 4 * bytes.count > 8000 else {
                return .broken("other line ends make another signature")
            }
        }
        guard let signature = try? SSHSignature(armored: bytes) else {
            return inFile == nil ? .refused : .accepted
        }
        guard let blob = blob(of: bytes) else { return .broken("a signature without a blob") }
        return fault(of: signature, blob: blob).map { .broken($0) } ?? .accepted
    }

    private static func fault(of signature: SSHSignature, blob: [UInt8]) -> String? {
        guard let parts = WireParts(blob) else { return "a signature that is not in its form" }
        guard parts.key == signature.publicKey.blob,
            parts.namespace.elementsEqual(signature.namespace.utf8),
            parts.hash.elementsEqual(signature.hashAlgorithm.rawValue.utf8)
        else { return "a signature is read otherwise" }
        guard parts.bytes == blob else { return "a signature is written otherwise" }
        guard (try? SSHSignature(armored: armored(blob))) == signature else {
            return "a signature is read otherwise the second time"
        }
        let isGood = (try? signature.verify(message, namespace: signature.namespace)) != nil
        let isGoodElsewhere =
            (try? signature.verify(message, namespace: signature.namespace + "x")) != nil
            || (try? signature.verify(message + [0], namespace: signature.namespace)) != nil
        return isGoodElsewhere || isGood && signature.namespace != "release-approval@ledger"
            ? "a signature is good for what it was not made for" : nil
    }

    private static func armored(_ blob: [UInt8], width: Int = 70, lineEnd: String = "\n") -> [UInt8] {
        let text = Array(blob.base64.utf8)
        var lines = ["-----BEGIN SSH SIGNATURE-----"]
        for start in stride(from: 0, to: text.count, by: width) {
            lines.append(String(decoding: text[start..<min(start + width, text.count)], as: UTF8.self))
        }
        lines.append("-----END SSH SIGNATURE-----")
        return lines.flatMap { Array(($0 + lineEnd).utf8) }
    }

    private static func blob(of file: [UInt8]) -> [UInt8]? {
        let text = String(decoding: file.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let lines = text.split(separator: "\n")
        return [UInt8](base64: lines.dropFirst().dropLast().joined())
    }
}

/// The fields of a signature's blob, read and written without the code that is judged.
private struct WireParts {
    let key, namespace, reserved, hash, signature: [UInt8]

    init?(_ blob: [UInt8]) {
        let start = Array("SSHSIG".utf8) + [0, 0, 0, 1]
        guard blob.starts(with: start) else { return nil }
        var rest = blob.dropFirst(start.count)
        var fields: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count - 4 >= count else { return nil }
            fields.append(Array(rest.dropFirst(4).prefix(count)))
            rest = rest.dropFirst(4 + count)
        }
        guard fields.count == 5 else { return nil }
        (key, namespace, reserved) = (fields[0], fields[1], fields[2])
        (hash, signature) = (fields[3], fields[4])
    }

    var bytes: [UInt8] {
        [key, namespace, reserved, hash, signature].reduce(Array("SSHSIG".utf8) + [0, 0, 0, 1]) {
            all, field in
            all + (0..<4).map { UInt8(truncatingIfNeeded: field.count >> (24 - 8 * $0)) } + field
        }
    }
}
