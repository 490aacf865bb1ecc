import LedgerProof
import Testing

@Suite struct SignedNoteTests {
    private typealias Vector = NoteVector
    private let logKey: NoteVerifierKey
    private let witnessKey: NoteVerifierKey

    init() throws {
        logKey = try NoteVerifierKey(Vector.logKeyText)
        witnessKey = try NoteVerifierKey(Vector.witnessKeyText)
    }

    @Test func aSignedNoteIsBelieved() throws {
        let bytes = Vector.note(Vector.text, "\n", Vector.logLine)
        let note = try SignedNote(parsing: bytes)

        let verified = try note.verify(with: [logKey])

        #expect(note.bytes == bytes)
        #expect(verified.text == [UInt8](Vector.text.utf8))
        #expect(verified.signatures.map(\.key) == [logKey])
        #expect(verified.signatures.map(\.cosignedSecondsSince1970) == [nil])
        #expect(verified.isSigned(by: logKey))
        #expect(!verified.isSigned(by: witnessKey))
    }

    @Test func aWitnessSaysWhenItSawTheTree() throws {
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine, Vector.witnessLine))

        let verified = try note.verify(with: [witnessKey, logKey])

        #expect(verified.signatures.map(\.key) == [logKey, witnessKey])
        #expect(verified.signatures.map(\.cosignedSecondsSince1970) == [nil, Vector.witnessSeconds])
    }

    @Test func signaturesOfStrangersAreIgnored() throws {
        let bytes = Vector.note(Vector.text, "\n", Vector.strangeLines, Vector.logLine, Vector.witnessLine)
        let note = try SignedNote(parsing: bytes)

        let verified = try note.verify(with: [logKey])

        #expect(note.bytes == bytes)
        #expect(note.signatures.count == 6)
        #expect(verified.signatures.map(\.key) == [logKey])
    }

    @Test func aNoteThatOnlyStrangersSignedIsNotBelieved() throws {
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.strangeLines))

        #expect(throws: NoteFault.noKnownSignature) { try note.verify(with: [logKey, witnessKey]) }
        #expect(throws: NoteFault.noKnownSignature) { try note.verify(with: []) }
    }

    @Test func oneBadSignatureUnderAKnownKeyRejectsTheNote() throws {
        let good = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine, Vector.witnessLine))
        let bad = Vector.logLine.replacing("AYGd", with: "AYGe")
        let badWitness = Vector.witnessLine.replacing("AAAABrA1GL", with: "AAAABrA1GM")

        for lines in [bad, bad + Vector.logLine, Vector.logLine + bad, bad + Vector.witnessLine] {
            let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", lines))
            #expect(throws: NoteFault.badSignature(logKey.id)) {
                try note.verify(with: [logKey, witnessKey])
            }
        }
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine, badWitness))
        #expect(throws: NoteFault.badSignature(witnessKey.id)) {
            try note.verify(with: [logKey, witnessKey])
        }
        #expect(throws: Never.self) { try note.verify(with: [logKey]) }
        #expect(throws: Never.self) { try good.verify(with: [logKey, witnessKey]) }
    }

    @Test func aKnownKeyWithASignatureOfTheWrongLengthRejectsTheNote() throws {
        for count in [1, 8, 63, 65, 71, 73] {
            for key in [logKey, witnessKey] {
                let hash = [UInt8](lowercaseHex: key.id.description.suffix(8))!
                let line = "— \(key.name) \((hash + [UInt8](repeating: 0, count: count)).base64)\n"
                let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", line))
                #expect(throws: NoteFault.badSignature(key.id)) { try note.verify(with: [key]) }
            }
        }
    }

    @Test func aKeyThatWeCannotVerifyCountsForNothing() throws {
        let text = "rekor.example+58d29459+" + ([2] + [UInt8](0..<91)).base64
        let ecdsa = try NoteVerifierKey(text)
        let line = "— rekor.example \(([0x58, 0xd2, 0x94, 0x59] + [1, 2, 3]).base64)\n"
        let alone = try SignedNote(parsing: Vector.note(Vector.text, "\n", line))
        let both = try SignedNote(parsing: Vector.note(Vector.text, "\n", line, Vector.logLine))

        #expect(throws: NoteFault.noKnownSignature) { try alone.verify(with: [ecdsa]) }
        #expect(try both.verify(with: [ecdsa, logKey]).signatures.map(\.key) == [logKey])
    }

    @Test func twoKeysOfOneNameAndHashAreAmbiguous() throws {
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine))

        #expect(throws: NoteFault.ambiguousKey(logKey.id)) { try note.verify(with: [logKey, logKey]) }
    }

    @Test func aRepeatedSignatureCountsOnce() throws {
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine, Vector.logLine))

        let verified = try note.verify(with: [logKey])

        #expect(note.signatures.count == 2)
        #expect(verified.signatures.count == 1)
    }

    @Test(arguments: [1, 16, 100, 101])
    func upToAHundredSignaturesAreRead(count: Int) throws {
        let strangers = (1..<count).map { "— stranger-\($0) AAAAAAE=\n" }.joined()
        let bytes = Vector.note(Vector.text, "\n", strangers, Vector.logLine)

        if count <= 100 {
            #expect(throws: Never.self) { try SignedNote(parsing: bytes).verify(with: [logKey]) }
        } else {
            #expect(throws: NoteFault.tooManySignatures(count: 101)) { try SignedNote(parsing: bytes) }
        }
    }

    @Test func textAndSignaturesPartAtTheLastEmptyLine() throws {
        let signer = NoteSigner(name: "someone", seed: Vector.logSeed)!

        for text in ["\n", "a\n", "a\n\nb\n", "a\n\n", "\n\n\n", "a\n\n— x AAAAAAE=\n", "né\n"] {
            let note = try signer.sign([UInt8](text.utf8))
            #expect(note.text == [UInt8](text.utf8))
            #expect(try SignedNote(parsing: note.bytes) == note)
            #expect(throws: Never.self) { try note.verify(with: [signer.verifierKey]) }
        }
    }

    @Test(arguments: ["", "a", "a\nb", "a\tb\n", "a\r\n", "a\u{0}\n", "\u{1F}\n"])
    func whatIsNotLinesOfTextIsNotSigned(text: String) {
        let signer = NoteSigner(name: "someone", seed: Vector.logSeed)!

        #expect(throws: NoteFault.self) { try signer.sign([UInt8](text.utf8)) }
    }

    @Test(arguments: [
        "x AAAAAAE=", "—x AAAAAAE=", "- x AAAAAAE=", " — x AAAAAAE=", "—  AAAAAAE=", "—  x AAAAAAE=", "— x",
        "— x ", "— AAAAAAE=", "— x AAAAAAE= ", "— x  AAAAAAE=", "— x y AAAAAAE=", "— x+y AAAAAAE=",
        "— x AAAAAA==",
        "— x AAAAAAE", "— x AAAAAAF=", "— x AAAA_AE=", "— x =", "— x\u{A0}y AAAAAAE=", "— x\u{2003} AAAAAAE=",
        "— \u{3000} AAAAAAE=", "text", "—", "— ",
    ])
    func aLineThatIsNoSignatureRejectsTheNote(line: String) {
        let alone = Vector.note(Vector.text, "\n", line, "\n")
        let between = Vector.note(Vector.text, "\n", Vector.logLine, line, "\n", Vector.witnessLine)

        #expect(throws: NoteFault.malformedSignature(number: 1)) { try SignedNote(parsing: alone) }
        #expect(throws: NoteFault.malformedSignature(number: 2)) { try SignedNote(parsing: between) }
    }

    @Test func aNoteHasALimit() {
        let bytes = [UInt8](repeating: 0x61, count: SignedNote.maximumByteCount + 1)

        #expect(throws: NoteFault.tooLarge(byteCount: 1_000_001)) { try SignedNote(parsing: bytes) }
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x80]]
            as [[UInt8]])
    func aNoteIsUTF8(bad: [UInt8]) {
        let rest = Vector.note(Vector.text, "\n", Vector.logLine)

        #expect(throws: NoteFault.notText) { try SignedNote(parsing: bad + rest) }
    }

    @Test func aTruncatedNoteIsNeverRead() throws {
        let bytes = Vector.note(Vector.text, "\n", Vector.logLine)

        for count in 0..<bytes.count {
            #expect(throws: NoteFault.self, "the first \(count) bytes") {
                try SignedNote(parsing: bytes.prefix(count))
            }
        }
    }

    @Test func flippingAnyBitIsFound() throws {
        let bytes = Vector.note(Vector.text, "\n", Vector.logLine)

        for position in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[position / 8] ^= 1 << UInt8(position % 8)
            #expect(throws: NoteFault.self, "bit \(position)") {
                try SignedNote(parsing: changed).verify(with: [logKey])
            }
        }
    }

    @Test func aWitnessLineCanBeAddedToANote() throws {
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine))
        let line = NoteSignature(line: [UInt8](Vector.witnessLine.dropLast().utf8))!

        let cosigned = try note.adding([line])

        #expect(cosigned.bytes == Vector.note(Vector.text, "\n", Vector.logLine, Vector.witnessLine))
        #expect(throws: NoteFault.tooManySignatures(count: 101)) {
            try note.adding([NoteSignature](repeating: line, count: 100))
        }
    }
}
