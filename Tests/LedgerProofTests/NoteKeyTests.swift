import Testing

@testable import LedgerProof

@Suite struct NoteKeyTests {
    private typealias Vector = NoteVector

    @Test(arguments: [NoteVector.logKeyText, NoteVector.witnessKeyText])
    func aKeyReadsBackAsItWasWritten(text: String) throws {
        let key = try NoteVerifierKey(text)

        #expect(key.text == text)
        #expect(try NoteVerifierKey(key.text) == key)
        #expect(key.key.count == 32)
    }

    @Test func theFirstByteSaysWhatTheKeyIsFor() throws {
        #expect(try NoteVerifierKey(Vector.logKeyText).algorithm == .ed25519)
        #expect(try NoteVerifierKey(Vector.witnessKeyText).algorithm == .cosignature)
    }

    /// So that a list of keys may name one of a kind that comes after us.
    @Test(arguments: [0x00, 0x02, 0x03, 0x05, 0x06, 0x65, 0xFF] as [UInt8])
    func aKeyOfAnotherKindIsHeld(type: UInt8) throws {
        let key = [UInt8](0..<91)
        let hash =
            type == 2
            ? NoteKeyID.prefix(of: Hash.sha256(key).bytes)
            : NoteKeyID.hash(name: "other.example", type: type, key: key)
        let id = try #require(NoteKeyID(name: "other.example", hash: hash))
        let text = "\(id)+\(([type] + key).base64)"

        let held = try NoteVerifierKey(text)

        #expect(held.algorithm == .other(type))
        #expect(held.text == text)
        #expect(held.judge([1, 2, 3], of: [0x0A]) == .unknown)
    }

    @Test(arguments: [NoteVector.logKeyText, NoteVector.witnessKeyText])
    func everyChangedByteOfAKeyIsFound(text: String) {
        let bytes = [UInt8](text.utf8)

        for position in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[position / 8] ^= 1 << UInt8(position % 8)
            let altered = String(decoding: changed, as: UTF8.self)
            #expect(throws: NoteKeyFault.self, "\(altered)") { try NoteVerifierKey(altered) }
        }
    }

    @Test func everyPartOfAKeyIsNeeded() {
        let text = Vector.logKeyText

        for start in text.indices {
            for end in text.indices[start...] where end > start {
                #expect(throws: NoteKeyFault.self) { try NoteVerifierKey(String(text[start..<end])) }
            }
        }
        #expect(throws: NoteKeyFault.self) { try NoteVerifierKey("") }
        #expect(throws: NoteKeyFault.self) { try NoteVerifierKey(text + "\n") }
        #expect(throws: NoteKeyFault.self) { try NoteVerifierKey(" " + text) }
    }

    @Test(arguments: [0, 31, 33, 64])
    func anEd25519KeyHas32Bytes(count: Int) throws {
        let key = [UInt8](repeating: 1, count: count)

        for type in [0x01, 0x04] as [UInt8] {
            let hash = NoteKeyID.hash(name: "x", type: type, key: key)
            let id = try #require(NoteKeyID(name: "x", hash: hash))
            #expect(throws: NoteKeyFault.malformed) {
                try NoteVerifierKey("\(id)+\(([type] + key).base64)")
            }
        }
    }

    @Test(arguments: ["", " ", "a b", "a+b", "a\n", "a\u{1}", "\u{2028}", "a\u{3000}"])
    func aNameHasNoSpaceAndNoPlus(name: String) {
        #expect(NoteKeyID(name: name, hash: 0) == nil)
        #expect(NoteSigner(name: name, seed: Vector.logSeed) == nil)
    }

    @Test func namesAreComparedAsBytes() throws {
        let composed = try #require(NoteKeyID(name: "\u{E9}", hash: 1))
        let decomposed = try #require(NoteKeyID(name: "e\u{301}", hash: 1))

        #expect(composed != decomposed)
        #expect(composed.name == decomposed.name)
    }

    @Test func aSignerReadsBackAsItWasWritten() throws {
        let signer = try NoteSigner(privateText: Vector.logPrivateText)

        #expect(signer.verifierKey.text == Vector.logKeyText)
        #expect(signer.privateText == Vector.logPrivateText)
        #expect(
            NoteSigner(name: "ledger.example/autocli", seed: Vector.logSeed)?.privateText
                == Vector.logPrivateText)
    }

    @Test func everyChangedByteOfAPrivateKeyIsFound() {
        let bytes = [UInt8](Vector.logPrivateText.utf8)

        for position in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[position / 8] ^= 1 << UInt8(position % 8)
            let altered = String(decoding: changed, as: UTF8.self)
            #expect(throws: NoteKeyFault.self) { try NoteSigner(privateText: altered) }
        }
        for count in 0..<bytes.count {
            let prefix = String(decoding: bytes.prefix(count), as: UTF8.self)
            #expect(throws: NoteKeyFault.self) { try NoteSigner(privateText: prefix) }
        }
    }

    @Test func marksThatJoinTheMarkerAreNotSwallowed() {
        let text = Vector.logPrivateText.replacing("KEY+", with: "KEY+\u{301}")

        #expect(throws: NoteKeyFault.self) { try NoteSigner(privateText: text) }
    }

    @Test func aSignerDoesNotShowItsSeed() throws {
        let signer = try NoteSigner(privateText: Vector.logPrivateText)
        var dumped = ""

        dump(signer, to: &dumped)

        for text in ["\(signer)", String(reflecting: signer), "\([signer])", dumped] {
            #expect(text.contains("ledger.example/autocli"))
            #expect(!text.contains("AQABAgMEBQYH"))
            #expect(!text.contains("seed"))
        }
    }

    @Test func aNewSignerIsOfItsOrigin() throws {
        var generator = SystemRandomNumberGenerator()

        let signer = NoteSigner.make(for: Vector.origin, using: &generator)
        let other = NoteSigner.make(for: Vector.origin, using: &generator)

        #expect(signer.verifierKey.name == Vector.origin.text)
        #expect(signer.verifierKey != other.verifierKey)
        #expect(try NoteSigner(privateText: signer.privateText).verifierKey == signer.verifierKey)
    }

    @Test(arguments: [0, 31, 33])
    func aSeedHas32Bytes(count: Int) {
        #expect(NoteSigner(name: "x", seed: [UInt8](repeating: 0, count: count)) == nil)
    }
}
