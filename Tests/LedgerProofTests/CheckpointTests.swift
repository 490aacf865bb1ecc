import Testing

@testable import LedgerProof

@Suite struct CheckpointTests {
    private typealias Vector = NoteVector
    private static let root = "OzZ9bbe8UXJtkYsY6aeeD85T+Gf744Zx9gnmu1nUYDU="

    @Test func aCheckpointIsThreeLines() throws {
        let checkpoint = Checkpoint(origin: Vector.origin, size: TreeSize(1), root: Vector.root)

        #expect(checkpoint.text == Vector.text)
        #expect(try Checkpoint(parsing: [UInt8](Vector.text.utf8)) == checkpoint)
    }

    @Test func itsSignatureIsTheOneAnotherImplementationMakes() throws {
        let checkpoint = Checkpoint(origin: Vector.origin, size: TreeSize(1), root: Vector.root)
        let signer = try NoteSigner(privateText: Vector.logPrivateText)

        let note = try signer.sign(checkpoint)

        #expect(note.bytes == Vector.note(Vector.text, "\n", Vector.logLine))
        #expect(try Checkpoint(verified: note.verify(with: [signer.verifierKey])) == checkpoint)
    }

    @Test func onlyTheKeyOfItsOriginSignsACheckpoint() throws {
        let checkpoint = Checkpoint(origin: Vector.origin, size: TreeSize(1), root: Vector.root)
        let other = NoteSigner(name: "ledger.example/other", seed: Vector.logSeed)!
        let note = try other.sign([UInt8](checkpoint.text.utf8))

        #expect(throws: CheckpointFault.notSignedByItsLog) { try other.sign(checkpoint) }
        #expect(throws: CheckpointFault.notSignedByItsLog) {
            try Checkpoint(verified: note.verify(with: [other.verifierKey]))
        }
    }

    @Test func aWitnessAloneMakesNoCheckpoint() throws {
        let witnessKey = try NoteVerifierKey(Vector.witnessKeyText)
        let note = try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine, Vector.witnessLine))
        let seenByWitness = try note.verify(with: [witnessKey])

        #expect(throws: CheckpointFault.notSignedByItsLog) { try Checkpoint(verified: seenByWitness) }
    }

    @Test func aWitnessUnderTheLogsNameMakesNoCheckpoint() throws {
        let text = [UInt8](Vector.text.utf8)
        let key = try #require(Ed25519.publicKey(ofSeed: Vector.logSeed))
        let hash = NoteKeyID.hash(name: Vector.origin.text, type: 4, key: key)
        let id = try #require(NoteKeyID(name: Vector.origin.text, hash: hash))
        let witnessKey = try NoteVerifierKey("\(id)+\(([4] + key).base64)")
        let signature = try #require(
            Ed25519.sign([UInt8]("cosignature/v1\ntime 7\n".utf8) + text, seed: Vector.logSeed))
        let note = try SignedNote(
            text: text, signatures: [NoteSignature(key: id, bytes: [0, 0, 0, 0, 0, 0, 0, 7] + signature)])

        let seenByWitness = try note.verify(with: [witnessKey])

        #expect(seenByWitness.signatures.map(\.cosignedSecondsSince1970) == [7])
        #expect(throws: CheckpointFault.notSignedByItsLog) { try Checkpoint(verified: seenByWitness) }
    }

    @Test(arguments: ["0", "1", "9", "10", "123456789012", "9007199254740992"])
    func aSizeIsDecimal(size: String) throws {
        let checkpoint = try parse(Vector.origin.text, size, Self.root)

        #expect(checkpoint.size.description == size)
    }

    @Test(arguments: [
        "", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1.0", "١", "bananas", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "3438945738945739845734895735",
    ])
    func anotherSizeIsRefused(size: String) {
        #expect(throws: CheckpointFault.size) { try parse(Vector.origin.text, size, Self.root) }
    }

    @Test(arguments: [
        "", "YmFuYW5hcw==", "ThisIsn'tBase64", " " + root, root + " ", String(root.dropLast()), root + "AAAA",
        root.replacing("DU=", with: "DV="), root.replacing("+", with: "-"), "\(root)\(root)",
    ])
    func aRootIs32BytesOfStrictBase64(root: String) {
        #expect(throws: CheckpointFault.root) { try parse(Vector.origin.text, "1", root) }
    }

    @Test(arguments: ["", "Log", "go.sum database tree", "ledger.example/", "/x", "ledger.example/é", "a\r"])
    func anOriginHasItsForm(origin: String) {
        #expect(throws: CheckpointFault.origin) { try parse(origin, "1", Self.root) }
    }

    @Test(arguments: [
        "", "\n", "\n\n\n\n", "ledger.example/autocli\n1\n", "ledger.example/autocli\n1\n\(root)",
        "ledger.example/autocli\n1\n\(root)\n\n", "ledger.example/autocli\n1\n\(root)\nextension\n",
        "ledger.example/autocli\n1\n\(root)\n ",
    ])
    func thereAreNoOtherLines(text: String) {
        #expect(throws: CheckpointFault.notThreeLines) { try Checkpoint(parsing: [UInt8](text.utf8)) }
    }

    private func parse(_ lines: String...) throws(CheckpointFault) -> Checkpoint {
        try Checkpoint(parsing: [UInt8](lines.map { $0 + "\n" }.joined().utf8))
    }
}
