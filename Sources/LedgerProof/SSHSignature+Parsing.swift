/// From the file to the fields; the grammar stands in `SSHSignature.swift`.
extension SSHSignature {
    private static let begin = [UInt8]("-----BEGIN SSH SIGNATURE-----".utf8)
    private static let end = [UInt8]("-----END SSH SIGNATURE-----".utf8)

    /// Takes the armor off.
    static func unwrap(_ file: [UInt8]) throws(SSHFault) -> [UInt8] {
        var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last LF has no line end, so a CR there is not part of one.
        for position in lines.indices.dropLast() where lines[position].last == UInt8(ascii: "\r") {
            lines[position].removeLast()
        }
        // The line end after the last line is optional.
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count >= 3, lines.first?.elementsEqual(begin) == true,
            lines.last?.elementsEqual(end) == true
        else { throw .notArmored }
        let text = lines[1..<(lines.count - 1)]
        guard text.allSatisfy({ !$0.isEmpty }) else { throw .notArmored }
        guard let blob = [UInt8](base64: String(decoding: text.joined(), as: UTF8.self)) else {
            throw .malformed(.base64)
        }
        return blob
    }

    init(blob: [UInt8]) throws(SSHFault) {
        var reader = SSHWireReader(blob)
        guard try reader.take(Self.magic.count).elementsEqual(Self.magic) else { throw .malformed(.magic) }
        guard try reader.uint32() == 1 else { throw .malformed(.version) }
        let key = try SSHPublicKey(blob: [UInt8](try reader.string()))
        let namespace = try reader.string()
        guard (1...255).contains(namespace.count), namespace.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .malformed(.namespace)
        }
        _ = try reader.string()
        let hash = try reader.string()
        guard
            let hashAlgorithm = HashAlgorithm.allCases.first(where: { hash.elementsEqual($0.rawValue.utf8) })
        else { throw .unsupported(name: hash) }
        let signature = try reader.string()
        try reader.finish()
        publicKey = key
        self.namespace = String(decoding: namespace, as: UTF8.self)
        self.hashAlgorithm = hashAlgorithm
        (numbers, touch) = try Self.parts(of: signature, by: key)
    }

    private static func parts(
        of signature: ArraySlice<UInt8>, by key: SSHPublicKey
    ) throws(SSHFault) -> (Numbers, Touch?) {
        var reader = SSHWireReader(signature)
        let type = try reader.string()
        let bytes = try reader.string()
        let numbers: Numbers
        switch key.material {
        case .ed25519:
            try require(type, key.algorithm.rawValue)
            guard bytes.count == Ed25519.signatureByteCount else { throw .malformed(.signature) }
            numbers = .ed25519([UInt8](bytes))
        case .ecdsa:
            // The same key may also sign as `webauthn-sk-…`: bytes that a browser chose, which we do not
            // read.
            try require(type, key.algorithm.rawValue)
            var pair = SSHWireReader(bytes)
            numbers = .ecdsa(r: try pair.mpint(), s: try pair.mpint())
            try pair.finish()
        case .rsa:
            // `ssh-rsa` as the type of a signature means SHA-1.
            if type.elementsEqual("rsa-sha2-256".utf8) {
                numbers = .rsa(.sha256, [UInt8](bytes))
            } else {
                try require(type, "rsa-sha2-512")
                numbers = .rsa(.sha512, [UInt8](bytes))
            }
        }
        var touch: Touch?
        if key.algorithm.isSecurityKey {
            touch = Touch(flags: try reader.byte(), counter: try reader.uint32())
        }
        try reader.finish()
        return (numbers, touch)
    }

    private static func require(_ type: ArraySlice<UInt8>, _ expected: String) throws(SSHFault) {
        guard type.elementsEqual(expected.utf8) else { throw .unsupported(name: type) }
    }
}
