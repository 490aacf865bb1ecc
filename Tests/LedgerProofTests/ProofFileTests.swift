import LedgerProof
import LedgerTesting
import Testing

@Suite struct ProofFileTests {
    private static let origin = Origin("example.com/log")!
    private static let signer: NoteSigner = {
        var random = SeededGenerator(seed: 7)
        return NoteSigner.make(for: origin, using: &random)
    }()
    private static let key = signer.verifierKey
    private static let records = (0..<13).map { Array("record \($0)".utf8) }
    private static let tree: MerkleTree = {
        var tree = MerkleTree()
        for record in records { tree.append(Hash.leaf(record)) }
        return tree
    }()

    private static func checkpoint(_ size: Int) -> Checkpoint {
        Checkpoint(origin: origin, size: TreeSize(size), root: tree.root(at: TreeSize(size)))
    }

    private static func inclusion(_ index: Int, in size: Int) throws -> TlogProof {
        TlogProof(
            index: LogIndex(index),
            hashes: ProofPlan.inclusion(of: LogIndex(index), in: TreeSize(size)).resolve { tree.subtree($0) },
            checkpoint: try signer.sign(checkpoint(size)))
    }

    private static func consistency(_ old: Int, _ new: Int) throws -> ConsistencyProof {
        ConsistencyProof(
            old: TreeSize(old),
            hashes: ProofPlan.consistency(from: TreeSize(old), to: TreeSize(new)).resolve {
                tree.subtree($0)
            },
            checkpoint: try signer.sign(checkpoint(new)))
    }

    /// What a file proves of a record, or of the checkpoint of six records; nil if nothing.
    private static func claim(_ bytes: [UInt8], record: Int = 5) -> Checkpoint? {
        switch ProofFile(parsing: bytes) {
        case .inclusion(let proof): try? proof.check(Hash.leaf(records[record]), key: key)
        case .consistency(let proof): try? proof.check(from: checkpoint(6), key: key)
        case nil: nil
        }
    }

    @Test(arguments: 1...13) func everyProofIsReadBackAndHolds(size: Int) throws {
        for index in 0..<size {
            let proof = try Self.inclusion(index, in: size)
            #expect(ProofFile(parsing: proof.bytes) == .inclusion(proof))
            #expect(try proof.check(Hash.leaf(Self.records[index]), key: Self.key) == Self.checkpoint(size))
        }
        for old in 0...size {
            let proof = try Self.consistency(old, size)
            #expect(ProofFile(parsing: proof.bytes) == .consistency(proof))
            #expect(try proof.check(from: Self.checkpoint(old), key: Self.key) == Self.checkpoint(size))
        }
    }

    @Test func everyBitOfAProofFileCounts() throws {
        for bytes in [try Self.inclusion(5, in: 13).bytes, try Self.consistency(6, 13).bytes] {
            #expect(Self.claim(bytes) == Self.checkpoint(13))
            for offset in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[offset] ^= 1 << bit
                    #expect(Self.claim(changed) == nil, "byte \(offset), bit \(bit)")
                }
            }
        }
    }

    @Test func aFileThatIsCutOrLongerProvesNothing() throws {
        for bytes in [try Self.inclusion(5, in: 13).bytes, try Self.consistency(6, 13).bytes] {
            for count in bytes.indices { #expect(Self.claim(Array(bytes.prefix(count))) == nil) }
            for extra in ["\n", " ", "x\n", "— a b\n"] {
                #expect(Self.claim(bytes + Array(extra.utf8)) == nil)
            }
            for offset in bytes.indices {
                var changed = bytes
                changed.remove(at: offset)
                #expect(Self.claim(changed) == nil, "byte \(offset) left out")
            }
        }
    }

    @Test func everyHashOfAProofCounts() throws {
        let proof = try Self.inclusion(5, in: 13)
        let leaf = Hash.leaf(Self.records[5])
        for (place, hash) in proof.hashes.enumerated() {
            for change in [nil, Hash.sha256(hash.bytes)] {
                var hashes = proof.hashes
                if let change { hashes[place] = change } else { hashes.remove(at: place) }
                let wrong = TlogProof(index: proof.index, hashes: hashes, checkpoint: proof.checkpoint)
                #expect(throws: ProofFault.notIncluded(proof.index, in: TreeSize(13))) {
                    try wrong.check(leaf, key: Self.key)
                }
            }
        }
        for other in Self.records.indices where other != 5 {
            #expect(throws: ProofFault.notIncluded(proof.index, in: TreeSize(13))) {
                try proof.check(Hash.leaf(Self.records[other]), key: Self.key)
            }
        }
    }

    @Test func everyHashOfAConsistencyProofCounts() throws {
        let proof = try Self.consistency(6, 13)
        let fault = ProofFault.notConsistent(from: TreeSize(6), to: TreeSize(13))
        for (place, hash) in proof.hashes.enumerated() {
            for change in [nil, Hash.sha256(hash.bytes)] {
                var hashes = proof.hashes
                if let change { hashes[place] = change } else { hashes.remove(at: place) }
                let wrong = ConsistencyProof(old: proof.old, hashes: hashes, checkpoint: proof.checkpoint)
                #expect(throws: fault) { try wrong.check(from: Self.checkpoint(6), key: Self.key) }
            }
        }
        let rewritten = Checkpoint(origin: Self.origin, size: TreeSize(6), root: Hash.emptyRoot)
        #expect(throws: fault) { try proof.check(from: rewritten, key: Self.key) }
        #expect(throws: ProofFault.otherSize(proof: TreeSize(6), checkpoint: TreeSize(5))) {
            try proof.check(from: Self.checkpoint(5), key: Self.key)
        }
        let other = Checkpoint(origin: Origin("other.example")!, size: TreeSize(6), root: rewritten.root)
        #expect(throws: ProofFault.otherLog(other.origin)) { try proof.check(from: other, key: Self.key) }
    }

    @Test func onlyTheLogsKeyCounts() throws {
        var random = SeededGenerator(seed: 8)
        let (twin, other) = (
            NoteSigner.make(for: Self.origin, using: &random),
            NoteSigner.make(for: Origin("other.example")!, using: &random)
        )
        let proof = try Self.inclusion(5, in: 13)
        for key in [twin.verifierKey, other.verifierKey] {
            #expect(throws: ProofFault.signature(.noKnownSignature)) {
                try proof.check(Hash.leaf(Self.records[5]), key: key)
            }
        }
        // Signed, but not by the log that it is of.
        let foreign = try other.sign(Array(Self.checkpoint(13).text.utf8))
        let signed = TlogProof(index: proof.index, hashes: proof.hashes, checkpoint: foreign)
        #expect(throws: ProofFault.checkpoint(.notSignedByItsLog)) {
            try signed.check(Hash.leaf(Self.records[5]), key: other.verifierKey)
        }
    }

    @Test func extraDataIsPassedOverAndABundleHasNone() throws {
        let lines = try Self.inclusion(5, in: 13).bytes.split(separator: 10, maxSplits: 1)
        func file(_ extra: String) -> [UInt8] { lines[0] + Array("\n\(extra)\n".utf8) + lines[1] }

        #expect(Self.claim(file("extra aGVsbG8=")) == Self.checkpoint(13))
        #expect(TlogProof(parsing: file("extra aGVsbG8=")) == nil)
        #expect(Self.claim(file("extra aGVsbG8")) == nil)
        #expect(Self.claim(file("extra")) == nil)
        #expect(Self.claim(file("extra aGVsbG8=\nextra aGVsbG8=")) == nil)
    }

    // MARK: Vectors

    private struct Vectors: Decodable {
        struct Good: Decodable {
            let file, leaf, key: String
            enum CodingKeys: String, CodingKey {
                case file
                case leaf = "leaf_utf8", key = "log_vkey"
            }
        }
        struct Bad: Decodable { let text, why: String }
        let good: [Good]
        let bad: [Bad]
        enum CodingKeys: String, CodingKey {
            case good
            case bad = "parse_errors"
        }
    }

    @Test(.enabled(if: SharedFolder.has("vectors/tlog-proof/vectors.json"), "\(SharedFolder.absence)"))
    func theProofsOfOthersHold() throws {
        let vectors: Vectors = try SharedFolder.json("vectors/tlog-proof/vectors.json")

        for vector in vectors.good {
            let bytes = try SharedFolder.bytes("vectors/tlog-proof/\(vector.file)")
            guard case .inclusion(let proof) = ProofFile(parsing: bytes) else {
                Issue.record("\(vector.file) is no proof")
                continue
            }
            let key = try NoteVerifierKey(vector.key)
            #expect(try proof.check(Hash.leaf(Array(vector.leaf.utf8)), key: key).origin.text == key.id.name)
            #expect(throws: ProofFault.self) { try proof.check(Hash.leaf(Array("x".utf8)), key: key) }
        }
        for vector in vectors.bad {
            #expect(ProofFile(parsing: Array(vector.text.utf8)) == nil, "\(vector.why)")
        }
    }

    private struct Transcript: Decodable {
        struct Step: Decodable { let request: String }
        let steps: [Step]
    }

    @Test(
        .enabled(
            if: SharedFolder.has("vectors/tlog-witness/add-checkpoint-transcript.json"),
            "\(SharedFolder.absence)"))
    func whatAWitnessTakesIsAConsistencyProof() throws {
        let transcript: Transcript = try SharedFolder.json(
            "vectors/tlog-witness/add-checkpoint-transcript.json")

        let proofs = transcript.steps.compactMap { ConsistencyProof(parsing: Array($0.request.utf8)) }

        #expect(!proofs.isEmpty)
        #expect(
            proofs.map(\.bytes).allSatisfy { bytes in
                transcript.steps.contains { Array($0.request.utf8) == bytes }
            })
    }
}
