import Testing

@testable import LedgerProof

/// Vectors from other implementations of C2SP signed-note, tlog-checkpoint and tlog-cosignature.
@Suite(
    .enabled(if: SharedFolder.has("vectors/signed-note/valid.json"), Comment(rawValue: SharedFolder.absence)))
struct SharedNoteTests {
    private struct NoteCase: Decodable {
        let desc: String
        let note: String?
        let note_b64: String?
        let vkeys: [String]?
        let skey: String?
        let text: String?

        var bytes: [UInt8] {
            note.map { [UInt8]($0.utf8) } ?? note_b64.flatMap { [UInt8](base64: $0) } ?? []
        }
    }

    private struct BadKeys: Decodable {
        let valid: String
        let bad: [String]
    }

    private struct Checkpoints: Decodable {
        struct Case: Decodable {
            let body: String
            let origin: String?
            let size: Int?
            let root_b64: String?
        }

        let ok: [Case]
        let bad: [Case]
    }

    private struct Cosignatures: Decodable {
        struct Witness: Decodable {
            let cosigner_vkey_0x04: String
            let ed25519_vkey_0x01: String
            let skey_TEST_ONLY: String
            let time: UInt64
            let line: String
        }

        struct Note: Decodable { let note: String }

        let checkpoint: String
        let cosigned: String
        let witnesses: [Witness]
        let real_world: [Note]
    }

    @Test func goodNotesAreBelieved() throws {
        let cases = try SharedFolder.json("vectors/signed-note/valid.json", as: [NoteCase].self)

        for example in cases {
            let keys = try (example.vkeys ?? []).map { try NoteVerifierKey($0) }
            let note = try SignedNote(parsing: example.bytes)
            let verified = try note.verify(with: keys)
            #expect(note.bytes == example.bytes, "\(example.desc)")
            #expect(verified.signatures.count == keys.count, "\(example.desc)")
            if let skey = example.skey, let text = example.text {
                let signer = try NoteSigner(privateText: skey)
                #expect(try signer.sign([UInt8](text.utf8)) == note)
                #expect(signer.privateText == skey)
            }
        }
        #expect(!cases.isEmpty)
    }

    @Test func badNotesAreRefused() throws {
        let cases = try SharedFolder.json("vectors/signed-note/invalid.json", as: [NoteCase].self)

        for example in cases {
            #expect(throws: NoteFault.self, "\(example.desc)") {
                let keys = (example.vkeys ?? []).compactMap { try? NoteVerifierKey($0) }
                _ = try SignedNote(parsing: example.bytes).verify(with: keys)
            }
        }
        #expect(!cases.isEmpty)
    }

    @Test func badKeysVerifyNothing() throws {
        let keys = try SharedFolder.json("vectors/signed-note/bad-vkeys.json", as: BadKeys.self)
        let bytes = [UInt8](keys.valid.utf8)
        let changed = bytes.indices.map { offset in
            var altered = bytes
            altered[offset] += 1
            return String(decoding: altered, as: UTF8.self)
        }

        for text in keys.bad + changed {
            // One of them is well-formed and of a kind that is not known; we hold it, but it verifies
            // nothing.
            let key = try? NoteVerifierKey(text)
            #expect(key == nil || key?.judge([1], of: [0x0A]) == .unknown, "\(text)")
            if changed.contains(text) { #expect(key == nil, "\(text)") }
        }
        #expect(try NoteVerifierKey(keys.valid).text == keys.valid)
    }

    @Test func checkpointsAreReadStrictly() throws {
        let cases = try SharedFolder.json("vectors/tlog-checkpoint/parse.json", as: Checkpoints.self)

        for example in cases.bad {
            // With a name that we accept, so that it is the fault they mean which is found.
            let body = renamed(example.body)
            #expect(throws: CheckpointFault.self, "\(body)") { try Checkpoint(parsing: [UInt8](body.utf8)) }
        }
        for example in cases.ok {
            // Those without a root are only good for a reader that takes roots of any length.
            let checkpoint = try? Checkpoint(parsing: [UInt8](renamed(example.body).utf8))
            #expect(checkpoint?.root.bytes.base64 == example.root_b64)
            if let checkpoint { #expect(checkpoint.size.value == example.size) }
            // Their names are not URLs without a scheme, as ours always are.
            #expect(throws: CheckpointFault.self) { try Checkpoint(parsing: [UInt8](example.body.utf8)) }
        }
        #expect(!cases.ok.isEmpty && !cases.bad.isEmpty)
    }

    @Test func cosignaturesAreVerified() throws {
        let vector = try SharedFolder.json(
            "vectors/tlog-cosignature/cosignature-v1.json", as: Cosignatures.self)
        let logKey = try NoteVerifierKey(
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
        let witnessKeys = try vector.witnesses.map { try NoteVerifierKey($0.cosigner_vkey_0x04) }
        let cosigned = try SharedFolder.bytes("vectors/tlog-cosignature/checkpoint15-cosigned.txt")
        let lines = vector.witnesses.map { NoteSignature(line: [UInt8]($0.line.dropLast().utf8)) }

        let verified = try SignedNote(parsing: cosigned).verify(with: [logKey] + witnessKeys)
        let assembled = try SignedNote(parsing: [UInt8](vector.checkpoint.utf8)).adding(
            lines.compactMap { $0 })

        #expect(cosigned == [UInt8](vector.cosigned.utf8))
        #expect(assembled.bytes == cosigned)
        #expect(verified.signatures.map(\.key) == [logKey] + witnessKeys)
        #expect(
            verified.signatures.map(\.cosignedSecondsSince1970) == [nil] + vector.witnesses.map { $0.time })
        #expect(try Checkpoint(verified: verified).size == TreeSize(15))
        for witness in vector.witnesses {
            let signer = try NoteSigner(privateText: witness.skey_TEST_ONLY)
            #expect(signer.verifierKey.text == witness.ed25519_vkey_0x01)
            let parts = try NoteSecret.parts(of: witness.skey_TEST_ONLY)
            let cosigner = try #require(
                Cosigner(name: parts.id.name, seed: [UInt8](parts.bytes.dropFirst())))
            let checkpoint = try Checkpoint(parsing: SignedNote(parsing: cosigned).text)
            #expect(cosigner.verifierKey.text == witness.cosigner_vkey_0x04)
            #expect(
                cosigner.cosign(checkpoint, secondsSince1970: witness.time).line + "\n" == witness.line)
        }
    }

    @Test func notesFromTheFieldAreRead() throws {
        let vector = try SharedFolder.json(
            "vectors/tlog-cosignature/cosignature-v1.json", as: Cosignatures.self)

        for example in vector.real_world {
            let note = try SignedNote(parsing: [UInt8](example.note.utf8))
            #expect(note.bytes == [UInt8](example.note.utf8))
            #expect(throws: Never.self) { try Checkpoint(parsing: note.text) }
        }
        #expect(!vector.real_world.isEmpty)
    }

    private func renamed(_ body: String) -> String {
        guard let end = body.firstIndex(of: "\n"), end != body.startIndex else { return body }
        return "log.example/x" + body[end...]
    }
}
