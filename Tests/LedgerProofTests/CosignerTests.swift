import Testing

@testable import LedgerProof

@Suite struct CosignerTests {
    private typealias Vector = NoteVector
    private let cosigner = Cosigner(name: "witness.example/w1", seed: [UInt8](100...131))!
    private let checkpoint = Checkpoint(origin: Vector.origin, size: TreeSize(1), root: Vector.root)

    private func line(_ seconds: UInt64) -> [UInt8] {
        [UInt8]("\(cosigner.cosign(checkpoint, secondsSince1970: seconds).line)\n".utf8)
    }

    private func signed() throws -> SignedNote {
        try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine))
    }

    @Test func aCosignatureIsTheOneAnotherImplementationMakes() {
        #expect(cosigner.verifierKey.text == Vector.witnessKeyText)
        #expect(line(Vector.witnessSeconds) == [UInt8](Vector.witnessLine.utf8))
    }

    @Test(arguments: [0, 1, 255, 1 << 32, UInt64.max])
    func theTimeIsReadBack(seconds: UInt64) throws {
        let note = try signed().cosigned(with: line(seconds), by: [cosigner.verifierKey])

        let verified = try note.verify(with: [cosigner.verifierKey])

        #expect(verified.signatures.map(\.cosignedSecondsSince1970) == [seconds])
        #expect(throws: CheckpointFault.notSignedByItsLog) { try Checkpoint(verified: verified) }
    }

    /// Each bit of the checkpoint, of the witness's name and of its signature.
    @Test func everyChangedBitOfACosignedCheckpointIsFound() throws {
        let keys = [cosigner.verifierKey]
        let whole = [UInt8](Vector.text.utf8) + [0x0A] + line(Vector.witnessSeconds)
        #expect(throws: Never.self) { try SignedNote(parsing: whole).verify(with: keys) }

        for position in 0..<(whole.count * 8) {
            var changed = whole
            changed[position / 8] ^= 1 << UInt8(position % 8)
            #expect(throws: NoteFault.self, "bit \(position)") {
                try SignedNote(parsing: changed).verify(with: keys)
            }
        }
    }

    @Test func aCosignatureOfAnotherTimeOrTreeIsBad() throws {
        let other = Checkpoint(origin: Vector.origin, size: TreeSize(2), root: Vector.root)
        let foreign = cosigner.cosign(other, secondsSince1970: 7)
        let good = cosigner.cosign(checkpoint, secondsSince1970: 7)
        let late = NoteSignature(key: good.key, bytes: [0, 0, 0, 0, 0, 0, 0, 8] + good.bytes.dropFirst(8))

        for signature in [foreign, late] {
            #expect(throws: NoteFault.badSignature(good.key)) {
                try signed().adding([signature]).verify(with: [cosigner.verifierKey])
            }
        }
    }

    @Test func onlyLinesOfKnownWitnessesAreTaken() throws {
        let stranger = Cosigner(name: "stranger.example", seed: [UInt8](1...32))!
        let strange = [UInt8]("\(stranger.cosign(checkpoint, secondsSince1970: 1).line)\n".utf8)

        let note = try signed().cosigned(with: strange + line(5), by: [cosigner.verifierKey])

        #expect(note.bytes == Vector.note(Vector.text, "\n", Vector.logLine) + line(5))
        #expect(throws: NoteFault.noKnownSignature) {
            try signed().cosigned(with: strange, by: [cosigner.verifierKey])
        }
        for lines in ["", "\n", "hello\n", "— x AAAAAAE=", "\n\(Vector.witnessLine)"] {
            #expect(throws: NoteFault.self, "\(lines)") {
                try signed().cosigned(with: [UInt8](lines.utf8), by: [cosigner.verifierKey])
            }
        }
    }

    @Test func aNewerCosignatureTakesThePlaceOfTheOlder() throws {
        let keys = [cosigner.verifierKey]
        let first = try signed().cosigned(with: line(5), by: keys)

        let second = try first.cosigned(with: line(9), by: keys)

        #expect(second == (try signed().cosigned(with: line(9), by: keys)))
        #expect(second.signatures.count == 2)
    }

    @Test func aCosignerReadsBackAsItWasWritten() throws {
        let read = try Cosigner(privateText: cosigner.privateText)

        #expect(read.verifierKey == cosigner.verifierKey && read.privateText == cosigner.privateText)
        // The same seed as a log's key is another kind of key.
        let log = try #require(NoteSigner(name: "witness.example/w1", seed: [UInt8](100...131)))
        #expect(throws: NoteKeyFault.malformed) { try Cosigner(privateText: log.privateText) }
        #expect(throws: NoteKeyFault.malformed) { try NoteSigner(privateText: cosigner.privateText) }
        #expect(log.verifierKey != cosigner.verifierKey)
        #expect(log.verifierKey.asCosignature == cosigner.verifierKey)
    }

    @Test func everyChangedBitOfAPrivateKeyIsFound() {
        let bytes = [UInt8](cosigner.privateText.utf8)

        for position in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[position / 8] ^= 1 << UInt8(position % 8)
            let altered = String(decoding: changed, as: UTF8.self)
            #expect(throws: NoteKeyFault.self) { try Cosigner(privateText: altered) }
        }
    }

    @Test func aCosignerDoesNotShowItsSeed() {
        var dumped = ""

        dump(cosigner, to: &dumped)

        let secret = cosigner.privateText.split(separator: "+").last!
        for text in ["\(cosigner)", String(reflecting: cosigner), "\([cosigner])", dumped] {
            #expect(text.contains("witness.example/w1") && !text.contains(secret) && !text.contains("seed"))
        }
    }

    @Test(arguments: ["", "a b", "a+b", "a\n"]) func aNameHasItsForm(name: String) {
        var generator = SystemRandomNumberGenerator()

        #expect(Cosigner.make(named: name, using: &generator) == nil)
        #expect(Cosigner(name: "x", seed: [1, 2, 3]) == nil)
    }
}
