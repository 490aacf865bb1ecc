import Testing

@testable import LedgerProof

@Suite struct SSHArmorTests {
    private static let good = String(decoding: SSHVector.ed25519.armored(.sha512), as: UTF8.self)
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"
    private static let text = SSHVector.ed25519.sha512Text

    @Test(arguments: [
        good.replacing("\n", with: "\r\n"),
        String(good.dropLast()),
        "\(begin)\n\(text.filter { $0 != "\n" })\n\(end)\n",
        "\(begin)\r\n\(text)\n\(end)\r\n",
        "\(begin)\n\(text.map { String($0) }.filter { $0 != "\n" }.joined(separator: "\n"))\n\(end)\n",
    ])
    func linesMayBeOfAnyLengthAndHaveEitherEnd(file: String) throws {
        let signature = try SSHSignature(armored: [UInt8](file.utf8))

        #expect(try signature == SSHSignature(armored: SSHVector.ed25519.armored(.sha512)))
    }

    @Test(arguments: [
        "", "\n", begin, "\(begin)\n\(end)\n", "\(begin)\n\n\(end)\n",
        "\n" + good, " " + good, "Signed by me\n" + good, "\u{FEFF}" + good, good + good,
        good + "\n", good + "\r\n", good + " ", String(good.dropLast()) + "\r",
        String(good.dropLast()) + " \n",
        good.replacing("BEGIN", with: "begin"), good.replacing("-----END", with: "----END"),
        good.replacing(begin, with: begin + " "), good.replacing(end, with: "\n" + end),
        good.replacing("\n", with: "\r"), good.replacing("\n", with: "\r\r\n"),
        good.replacing("\n", with: " \n"),
        "\(begin)\n\(text)=\n\(end)\n", "\(begin)\n\(text.replacing("=", with: ""))\n\(end)\n",
        "\(begin)\n====\n\(end)\n", "\(begin)\n\(text)\n\(text)\n\(end)\n", "\(begin)\n\(text)\(end)\n",
        good.replacing("\nU1NI", with: "\nU1NI "), good.replacing("\nU1NI", with: "\nU1NI\u{0}"),
        good.replacing("/", with: "_"), good.replacing("U1NI", with: "U1NÉ"),
    ])
    func anythingElseIsNoSignatureFile(file: String) {
        #expect(throws: SSHFault.self) { try SSHSignature(armored: [UInt8](file.utf8)) }
    }

    @Test func unusedBitsOfTheBase64AreZero() {
        // "…CA==" and "…CB==" would give the same bytes to a reader that does not look.
        let last = Self.text.last { $0 != "=" }!
        let file = Self.good.replacing("\(last)==\n", with: "\(last == "A" ? "B" : "R")==\n")

        #expect(Self.text.hasSuffix("=="))
        #expect(throws: SSHFault.malformed(.base64)) { try SSHSignature(armored: [UInt8](file.utf8)) }
    }

    @Test func aFileHasALimit() {
        let file = [UInt8](repeating: 0x41, count: SSHSignature.maximumByteCount + 1)

        #expect(throws: SSHFault.tooLarge(byteCount: 16_385, limitBytes: 16_384)) {
            try SSHSignature(armored: file)
        }
    }

    @Test(arguments: SSHVector.all)
    func aTruncatedFileIsNeverGood(vector: SSHVector) {
        let file = vector.armored(.sha512)

        // The last byte is a line end, which may be missing.
        for count in 0..<(file.count - 1) {
            #expect(throws: SSHFault.self, "the first \(count) bytes") {
                try SSHSignature(armored: file.prefix(count))
            }
        }
    }

    @Test(arguments: SSHVector.all)
    func aTruncatedBlobIsNeverGood(vector: SSHVector) throws {
        let blob = try SSHEnvelope(vector.armored(.sha512)).blob

        for count in 0..<blob.count {
            #expect(throws: SSHFault.self, "the first \(count) bytes") {
                try SSHSignature(blob: [UInt8](blob.prefix(count)))
            }
        }
    }

    /// There are no exceptions: base 64 is strict, a line end has one form on each line, and `reserved` is
    /// empty, so that it has no byte to flip but those of its length.
    @Test(arguments: SSHVector.all)
    func flippingAnyBitOfTheFileIsFound(vector: SSHVector) {
        let file = vector.armored(.sha512)

        for position in 0..<(file.count * 8) {
            var changed = file
            changed[position / 8] ^= 1 << UInt8(position % 8)
            expectNotGood(changed, "bit \(position)")
        }
    }

    @Test(arguments: SSHVector.all)
    func flippingAnyBitOfTheBlobIsFound(vector: SSHVector) throws {
        let blob = try SSHEnvelope(vector.armored(.sha256)).blob

        for position in 0..<(blob.count * 8) {
            var changed = blob
            changed[position / 8] ^= 1 << UInt8(position % 8)
            expectNotGood(SSHVector.armored(changed.base64), "bit \(position)")
        }
    }

    @Test func noiseNeverTraps() throws {
        var generator = SeededGenerator(seed: 20_261_122)
        let blob = try SSHEnvelope(SSHVector.ecdsaP256.armored(.sha512)).blob

        for _ in 0..<2000 {
            var changed = blob
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard changed != blob else { continue }
            expectNotGood(SSHVector.armored(changed.base64), "\(changed.lowercaseHex)")
        }
    }

    private func expectNotGood(_ file: [UInt8], _ comment: Comment) {
        #expect(throws: SSHFault.self, comment) {
            try SSHSignature(armored: file).verify(SSHVector.message, namespace: SSHVector.namespace)
        }
    }
}

/// SplitMix64: the same seed gives the same numbers everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
