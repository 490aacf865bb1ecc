import LedgerEvents
import LedgerProof
import LedgerTesting
import Synchronization
import Testing

/// A memory that forgets with the test.
private final class InMemoryWitness: WitnessMemory {
    private(set) var kept: [Origin: WitnessedCheckpoint] = [:]
    var fault: LogError?

    func advance(_ origin: Origin, _ body: (WitnessedCheckpoint?) throws -> WitnessedCheckpoint) throws {
        let next = try body(kept[origin])
        if let fault { throw fault }
        kept[origin] = next
    }

    func last(of origin: Origin) throws -> WitnessedCheckpoint? { kept[origin] }
}

@Suite struct WitnessTests {
    private static let leaves = (0..<20).map { Hash.leaf([UInt8($0)]) }
    private let signer = NoteSigner(name: "log.example/a", seed: [UInt8](repeating: 1, count: 32))!
    private let cosigner = Cosigner(name: "witness.example/w", seed: [UInt8](repeating: 2, count: 32))!
    private let memory = InMemoryWitness()

    private func witness(at seconds: Int64 = 1000, keys: [NoteVerifierKey]? = nil) throws -> Witness {
        Witness(
            cosigner: cosigner, rules: try WitnessRules(logs: keys ?? [signer.verifierKey]), memory: memory,
            clock: .fixed(Timestamp(microsecondsSince1970: seconds * 1_000_000)))
    }

    private func checkpoint(_ size: Int, root: Hash? = nil) -> Checkpoint {
        let origin = Origin("log.example/a")!
        return Checkpoint(
            origin: origin, size: TreeSize(size), root: root ?? ReferenceTree.root(Self.leaves.prefix(size)))
    }

    private func proof(from old: Int, to new: Int) -> [Hash] {
        let subtrees = ReferenceTree.subtrees(Self.leaves)
        return ProofPlan.consistency(from: TreeSize(old), to: TreeSize(new)).resolve { subtrees[$0]! }
    }

    private func body(_ old: Int, _ new: Int, proof: [Hash]? = nil, root: Hash? = nil) throws -> [UInt8] {
        ConsistencyProof(
            old: TreeSize(old), hashes: proof ?? (old <= new ? self.proof(from: old, to: new) : []),
            checkpoint: try signer.sign(checkpoint(new, root: root))
        ).bytes
    }

    private func refusal(_ body: [UInt8], _ witness: Witness? = nil) throws -> WitnessRefusal? {
        let before = memory.kept
        do {
            _ = try (witness ?? self.witness()).addCheckpoint(body)
            return nil
        } catch let refusal as WitnessRefusal {
            #expect(memory.kept == before)
            return refusal
        }
    }

    /// Every old and new size up to 6, each with the proof of every other pair.
    @Test func onlyTheProofFromTheLastSizeToThisOneIsTaken() throws {
        for last in 0...6 {
            for new in 0...6 {
                for (from, to) in (0...6).flatMap({ from in (from...6).map { (from, $0) } }) {
                    let memory = InMemoryWitness()
                    let witness = Witness(
                        cosigner: cosigner, rules: try WitnessRules(logs: [signer.verifierKey]),
                        memory: memory, clock: .fixed(Timestamp(microsecondsSince1970: 0)))
                    if last > 0 { _ = try witness.addCheckpoint(body(0, last)) }
                    let given = proof(from: from, to: to)
                    let isRight = last <= new && given == proof(from: last, to: new)

                    let isTaken = (try? witness.addCheckpoint(body(last, new, proof: given))) != nil

                    #expect(isTaken == isRight, "\(last) to \(new) with the proof from \(from) to \(to)")
                }
            }
        }
    }

    @Test func whatIsCosignedIsWhatIsKept() throws {
        let witness = try witness()

        let (first, lines) = try witness.addCheckpoint(body(0, 5))

        let kept = try #require(memory.kept[first.origin])
        #expect(kept.checkpoint == checkpoint(5) && kept.secondsSince1970 == 1000)
        let expected = try signer.sign(first).cosigned(with: [UInt8](lines.utf8), by: [cosigner.verifierKey])
        #expect(kept.note == String(decoding: expected.bytes, as: UTF8.self))
        #expect(try witness.checkpoint(ofOriginDigest: first.origin.seed.hex) == kept.note)
        #expect(try witness.checkpoint(ofOriginDigest: Hash.sha256([1]).hex) == nil)
        _ = try witness.addCheckpoint(body(5, 5))
        _ = try witness.addCheckpoint(body(5, 8))
        #expect(memory.kept[first.origin]?.checkpoint == checkpoint(8))
    }

    @Test func anotherSizeThanTheLastIsAConflictThatNamesIt() throws {
        let witness = try witness()
        #expect(try refusal(body(3, 5)) == .conflict(.empty))
        _ = try witness.addCheckpoint(body(0, 5))

        for old in [0, 1, 4, 6, 7] {
            let refusal = try refusal(body(old, 8))
            #expect(refusal == .conflict(TreeSize(5)))
            #expect(refusal?.status == 409 && refusal?.body == "5\n")
            #expect(refusal?.contentType == "text/x.tlog.size")
        }
        // A smaller tree after a larger one.
        #expect(try refusal(body(3, 4)) == .conflict(TreeSize(5)))
        #expect(try refusal(body(5, 4))?.status == 400)
    }

    @Test func anotherRootIsNeverCosigned() throws {
        let witness = try witness()
        _ = try witness.addCheckpoint(body(0, 5))

        #expect(try refusal(body(5, 5, root: Hash.sha256([7]))) == .notConsistent)
        #expect(try refusal(body(5, 8, root: Hash.sha256([7]))) == .notConsistent)
        #expect(try refusal(body(5, 8, proof: [])) == .notConsistent)
        #expect(try refusal(body(5, 8, proof: proof(from: 5, to: 8) + [Hash.sha256([7])])) == .notConsistent)
    }

    @Test func theEmptyTreeHasItsOwnRootAndNoProof() throws {
        #expect(try refusal(body(0, 0, root: Hash.sha256([7]))) == .notConsistent)
        #expect(try refusal(body(0, 5, proof: [Hash.emptyRoot])) == .notConsistent)
        #expect(try refusal(body(0, 0)) == nil)
        #expect(try refusal(body(0, 0)) == nil)
        #expect(try refusal(body(0, 5)) == nil)
        #expect(try refusal(body(5, 0))?.status == 400)
    }

    @Test func onlyKnownLogsWithTheirOwnSignaturesAreCosigned() throws {
        let other = NoteSigner(name: "log.example/b", seed: [UInt8](repeating: 1, count: 32))!
        let stranger = NoteSigner(name: "log.example/a", seed: [UInt8](repeating: 3, count: 32))!
        let both = try WitnessRules(logs: [signer.verifierKey, stranger.verifierKey])
        func request(_ note: SignedNote) -> [UInt8] {
            ConsistencyProof(old: .empty, hashes: [], checkpoint: note).bytes
        }
        let text = [UInt8](checkpoint(5).text.utf8)

        let unknown = try other.sign(
            Checkpoint(origin: Origin("log.example/b")!, size: TreeSize(5), root: checkpoint(5).root))
        #expect(try refusal(request(unknown)) == .unknownLog)
        #expect(try refusal(request(stranger.sign(text)))?.status == 403)
        #expect(try refusal(request(other.sign(text)))?.status == 403)
        // A good one does not excuse a bad one under a known key.
        let bad = NoteSignature(line: [UInt8](try stranger.sign([0x0A]).signatures[0].line.utf8))!
        let mixed = try signer.sign(text).adding([bad])
        #expect(try refusal(request(mixed)) == nil)
        #expect(
            try refusal(request(mixed), witness(keys: both.keys[Origin("log.example/a")!]))?.status == 403)
    }

    /// Other witnesses read base 64 less strictly, and find a bad signature there.
    @Test func aSignatureLineThatIsNoneIsABadSignature() throws {
        let text = String(decoding: try body(0, 5), as: UTF8.self)

        #expect(try refusal([UInt8]((text.dropLast(2) + "!\n").utf8))?.status == 403)
        #expect(try refusal([UInt8]((text + "hello\n").utf8))?.status == 403)
        #expect(try refusal([UInt8](("old x" + text.dropFirst(5) + "hello\n").utf8))?.status == 400)
    }

    /// Lines of others, a forged one of the witness itself among them, are neither kept nor returned.
    @Test func linesOfOthersAreNotPassedOn() throws {
        let forged = NoteSignature(
            line: [UInt8](cosigner.cosign(checkpoint(6), secondsSince1970: 1).line.utf8))!
        let note = try signer.sign(checkpoint(5)).adding([forged])

        let (_, lines) = try witness().addCheckpoint(
            ConsistencyProof(old: .empty, hashes: [], checkpoint: note).bytes)

        #expect(!lines.contains(forged.line))
        #expect(memory.kept.values.allSatisfy { !$0.note.contains(forged.line) })
    }

    @Test func eachChangedByteOfARequestIsRefused() throws {
        _ = try witness().addCheckpoint(body(0, 5))
        let whole = try body(5, 8)

        for position in whole.indices {
            var changed = whole
            changed[position] ^= 1
            #expect(try refusal(changed) != nil, "byte \(position)")
        }
        for count in whole.indices { #expect(try refusal(Array(whole.prefix(count))) != nil, "\(count)") }
        #expect(try refusal(whole) == nil)
    }

    @Test func timesNeverGoBack() throws {
        _ = try witness(at: 1000).addCheckpoint(body(0, 5))

        _ = try witness(at: 400).addCheckpoint(body(5, 8))

        #expect(memory.kept.values.map(\.secondsSince1970) == [1000])
        _ = try witness(at: 1001).addCheckpoint(body(8, 9))
        #expect(memory.kept.values.map(\.secondsSince1970) == [1001])
    }

    @Test func whatCannotBeKeptIsNotCosigned() throws {
        memory.fault = LogError(.storage, "the disk is full")

        #expect(throws: LogError.self) { try witness().addCheckpoint(body(0, 5)) }
        #expect(memory.kept.isEmpty)
    }

    @Test func aWitnessServesLogsAlone() throws {
        #expect(throws: WitnessLogFault.notALog(cosigner.verifierKey)) {
            try WitnessRules(logs: [cosigner.verifierKey])
        }
        #expect(throws: WitnessLogFault.twice(signer.verifierKey)) {
            try WitnessRules(logs: [signer.verifierKey, signer.verifierKey])
        }
        let odd = NoteSigner(name: "Not an origin".replacing(" ", with: "_"), seed: [UInt8](0...31))!
        #expect(throws: WitnessLogFault.notALog(odd.verifierKey)) {
            try WitnessRules(logs: [odd.verifierKey])
        }
    }
}
