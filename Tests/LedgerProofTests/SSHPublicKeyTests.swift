import Testing

@testable import LedgerProof

@Suite struct SSHPublicKeyTests {
    @Test(arguments: SSHVector.all)
    func aKeyReadsBackAsItWasWritten(vector: SSHVector) throws {
        let key = try SSHPublicKey(line: vector.line)

        #expect(key.algorithm == vector.algorithm)
        #expect(key.fingerprint == vector.fingerprint)
        #expect(key.line == vector.line)
        #expect(try SSHPublicKey(blob: key.blob) == key)
    }

    @Test(arguments: ["", "\n", "\r\n", " ", " alice@example.org", " two words\n", " Zoë\r\n"])
    func aFileMayHaveACommentAndALineEnd(ending: String) throws {
        let file = [UInt8]((SSHVector.ed25519.line + ending).utf8)

        let key = try SSHPublicKey(publicKeyFile: file)

        #expect(key.line == SSHVector.ed25519.line)
    }

    @Test(arguments: ["", "\n", "ssh-ed25519", "ssh-ed25519 ", "  ", "\u{FEFF}", "# comment\n"])
    func aFileWithoutAKeyIsRefused(text: String) {
        #expect(throws: SSHFault.self) { try SSHPublicKey(publicKeyFile: [UInt8](text.utf8)) }
    }

    @Test(arguments: ["\n\n", "\r", "\n ", " a\nb", "\n\(SSHVector.ed25519.line)\n"])
    func aFileIsOneLine(ending: String) {
        let file = [UInt8]((SSHVector.ed25519.line + ending).utf8)

        #expect(throws: SSHFault.self) { try SSHPublicKey(publicKeyFile: file) }
    }

    @Test(arguments: [" ", " comment", "\n", "=", "A"])
    func aRecordedLineIsTypeAndBase64Only(ending: String) {
        #expect(throws: SSHFault.self) { try SSHPublicKey(line: SSHVector.ed25519.line + ending) }
        #expect(throws: SSHFault.self) { try SSHPublicKey(line: ending + SSHVector.ed25519.line) }
    }

    @Test func theTypeInTheLineIsThatOfTheKey() {
        let line = SSHVector.ed25519.line.replacing("ssh-ed25519 ", with: "ssh-rsa ")

        #expect(throws: SSHFault.malformed(.type)) { try SSHPublicKey(line: line) }
    }

    @Test func anRSAKeyOf2048BitsIsTooWeak() {
        #expect(throws: SSHFault.modulusBits(2048)) { try SSHPublicKey(line: RefusedSSHVector.rsa2048Key) }
    }

    @Test(arguments: [
        (3071, false), (3072, true), (3073, true), (8192, true), (8193, false), (16_384, false),
    ])
    func anRSAModulusIsCountedInBits(bits: Int, isAccepted: Bool) {
        let blob = Self.rsa(modulus: Self.odd(bits: bits))

        let key = try? SSHPublicKey(blob: blob)

        #expect((key != nil) == isAccepted)
    }

    @Test func anRSAModulusOrExponentThatCannotBeOneIsRefused() {
        let modulus = Self.odd(bits: 3072)
        let even = modulus.dropLast() + [2]

        for exponent in [[], [1], [2], [4], [1, 0, 0], [2, 0, 0, 0, 1]] as [[UInt8]] {
            #expect(throws: SSHFault.malformed(.key)) {
                try SSHPublicKey(blob: Self.rsa(exponent: exponent, modulus: modulus))
            }
        }
        #expect(throws: SSHFault.malformed(.key)) { try SSHPublicKey(blob: Self.rsa(modulus: [UInt8](even))) }
        #expect(throws: SSHFault.malformed(.number)) {
            try SSHPublicKey(blob: SSHWireWriter.strings(Self.type("ssh-rsa"), [0, 1, 0, 1], [0] + modulus))
        }
        #expect(throws: SSHFault.malformed(.number)) {
            try SSHPublicKey(blob: SSHWireWriter.strings(Self.type("ssh-rsa"), [1, 0, 1], modulus))
        }
    }

    @Test(arguments: [
        (RefusedSSHVector.dsaKey, "ssh-dss"),
        (RefusedSSHVector.certificateKey, "ssh-ed25519-cert-v01@openssh.com"),
        ("ssh-mldsa44-ed25519@openssh.com \(Self.mldsa.base64)", "ssh-mldsa44-ed25519@openssh.com"),
    ])
    func otherTypesAreNamedAndRefused(line: String, name: String) {
        #expect(throws: SSHFault.unsupported(name)) { try SSHPublicKey(line: line) }
    }

    @Test func aTypeThatIsNoNameIsNotRepeated() {
        for type in [[], [0x1B, 0x5B], [UInt8](repeating: 0x61, count: 65)] as [[UInt8]] {
            #expect(throws: SSHFault.malformed(.type)) {
                try SSHPublicKey(blob: SSHWireWriter.strings(type, []))
            }
        }
    }

    @Test(arguments: [SSHVector.ecdsaP256, .ecdsaP384, .ecdsaP521])
    func aPointLiesOnItsCurve(vector: SSHVector) throws {
        let blob = try SSHPublicKey(line: vector.line).blob
        let compressed = blob.dropLast(Int(blob.count) / 3)

        for changed in [blob.dropLast() + [blob.last! ^ 1], compressed] {
            #expect(throws: SSHFault.self) { try SSHPublicKey(blob: [UInt8](changed)) }
        }
    }

    @Test func theCurveIsThatOfTheType() throws {
        var reader = SSHWireReader(try SSHPublicKey(line: SSHVector.ecdsaP384.line).blob)
        _ = try reader.string()
        _ = try reader.string()
        let point = [UInt8](try reader.string())

        for (type, curve) in [
            ("ecdsa-sha2-nistp256", "nistp384"), ("ecdsa-sha2-nistp384", "nistp256"),
            ("ecdsa-sha2-nistp256", "nistp256"),
        ] {
            #expect(throws: SSHFault.malformed(.key)) {
                try SSHPublicKey(
                    blob: SSHWireWriter.strings(Self.type(type), [UInt8](curve.utf8), point))
            }
        }
    }

    @Test(arguments: [0, 31, 33])
    func anEd25519KeyHas32Bytes(count: Int) {
        let blob = SSHWireWriter.strings(Self.type("ssh-ed25519"), [UInt8](repeating: 1, count: count))

        #expect(throws: SSHFault.malformed(.key)) { try SSHPublicKey(blob: blob) }
    }

    @Test(arguments: SSHVector.all)
    func aShorterOrLongerBlobIsRefused(vector: SSHVector) throws {
        let blob = try SSHPublicKey(line: vector.line).blob

        for count in 0..<blob.count {
            #expect(throws: SSHFault.self) { try SSHPublicKey(blob: [UInt8](blob.prefix(count))) }
        }
        #expect(throws: SSHFault.trailingBytes) { try SSHPublicKey(blob: blob + [0]) }
    }

    @Test func aBlobHasALimit() {
        let blob = [UInt8](repeating: 0, count: SSHPublicKey.maximumBlobByteCount + 1)

        #expect(throws: SSHFault.tooLarge(byteCount: 4097, limitBytes: 4096)) {
            try SSHPublicKey(blob: blob)
        }
    }

    /// In front of a P-256 point, so that the type alone decides.
    private static let mldsa = SSHWireWriter.strings(type("ssh-mldsa44-ed25519@openssh.com"), [1, 2, 3])

    private static func type(_ name: String) -> [UInt8] { [UInt8](name.utf8) }

    /// Big-endian, with exactly so many bits, the last one set.
    private static func odd(bits: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xFF, count: (bits + 7) / 8)
        bytes[0] = 0xFF >> UInt8(bytes.count * 8 - bits)
        return bytes
    }

    private static func rsa(exponent: [UInt8] = [1, 0, 1], modulus: [UInt8]) -> [UInt8] {
        var writer = SSHWireWriter()
        writer.append(string: type("ssh-rsa"))
        writer.append(mpint: exponent)
        writer.append(mpint: modulus)
        return writer.bytes
    }
}
