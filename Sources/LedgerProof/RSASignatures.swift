internal import CryptoExtras

/// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2): this file alone knows swift-crypto's `CryptoExtras`.
enum RSASignature {
    /// - Parameters:
    ///   - signature: big-endian; a shorter one than the modulus is filled up with zeros, as OpenSSH does.
    ///   - modulus: big-endian, without leading zeros; likewise `exponent`.
    /// - Returns: false also for a key that swift-crypto does not take.
    static func isValid(
        _ signature: [UInt8], of message: [UInt8], hash: SSHSignature.HashAlgorithm, modulus: [UInt8],
        exponent: [UInt8]
    ) -> Bool {
        guard signature.count <= modulus.count,
            let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        else { return false }
        let padding = [UInt8](repeating: 0, count: modulus.count - signature.count)
        let whole = _RSA.Signing.RSASignature(rawRepresentation: padding + signature)
        switch hash {
        case .sha256:
            return key.isValidSignature(
                whole, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        case .sha512:
            return key.isValidSignature(
                whole, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
        }
    }
}
