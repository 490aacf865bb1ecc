import Testing

@testable import LedgerProof

@Suite struct WitnessPolicyTests {
    private typealias Vector = NoteVector
    private static let cosigners = (0..<5).map { number in
        Cosigner(name: "witness.example/w\(number)", seed: [UInt8](repeating: UInt8(number), count: 32))!
    }
    private let checkpoint = Checkpoint(origin: Vector.origin, size: TreeSize(1), root: Vector.root)

    private func policy(_ lines: String...) throws -> WitnessPolicy {
        let known = Self.cosigners.enumerated().map { "witness w\($0) \($1.verifierKey)\n" }.joined()
        return try WitnessPolicy(parsing: [UInt8]((known + lines.map { $0 + "\n" }.joined()).utf8))
    }

    /// The checkpoint, signed by its log and cosigned by these.
    private func note(_ numbers: some Sequence<Int>) throws -> SignedNote {
        try SignedNote(parsing: Vector.note(Vector.text, "\n", Vector.logLine)).adding(
            numbers.map { Self.cosigners[$0].cosign(checkpoint, secondsSince1970: UInt64($0)) })
    }

    /// What the lines say, for each set of the five witnesses.
    @Test func aQuorumIsWhatItsGroupsSay() throws {
        let nested = try policy(
            "group x 2 w0 w1 w2", "group y any w3 w4", "group all-of-them all x y", "quorum all-of-them")
        let any = try policy("group g any w0 w1", "quorum g")
        let all = try policy("group g all w0 w1 w2 w3 w4", "quorum g")
        let one = try policy("quorum w3")
        let none = try policy("quorum none")

        for mask in 0..<32 {
            let present = Set((0..<5).filter { mask >> $0 & 1 == 1 })
            let note = try note(present.sorted())
            func hasQuorum(_ policy: WitnessPolicy) throws -> Bool { try policy.judge(note).hasQuorum }

            let isNested = present.intersection([0, 1, 2]).count >= 2 && !present.isDisjoint(with: [3, 4])
            #expect(try hasQuorum(nested) == isNested, "\(present)")
            #expect(try hasQuorum(any) == !present.isDisjoint(with: [0, 1]))
            #expect(try hasQuorum(all) == (present.count == 5))
            #expect(try hasQuorum(one) == present.contains(3))
            #expect(try hasQuorum(none))
            let judgement = try nested.judge(note)
            #expect(judgement.cosigned.map(\.witness.name) == present.sorted().map { "w\($0)" })
            #expect(judgement.cosigned.map(\.secondsSince1970) == present.sorted().map { UInt64($0) })
            #expect(judgement.missing.count == 5 - present.count)
        }
    }

    @Test func aBadSignatureOfAWitnessIsNeverPassedOver() throws {
        let good = Self.cosigners[1].cosign(checkpoint, secondsSince1970: 3)
        let bad = NoteSignature(key: good.key, bytes: good.bytes.dropLast() + [good.bytes.last! ^ 1])
        let note = try note([0]).adding([bad])

        #expect(throws: NoteFault.badSignature(good.key)) { try policy("quorum w0").judge(note) }
    }

    @Test func aWitnessThatSignedTwiceCountsOnce() throws {
        let again = Self.cosigners[0].cosign(checkpoint, secondsSince1970: 9)
        let note = try note([0]).adding([again])

        let judgement = try policy("group g 2 w0 w1", "quorum g").judge(note)

        #expect(judgement.cosigned.map(\.secondsSince1970) == [9])
        #expect(!judgement.isMet)
    }

    @Test func aPolicyThatNamesLogsTakesNoOther() throws {
        let note = try note([0])

        #expect(try policy("log \(Vector.logKeyText)", "quorum w0").judge(note).isMet)
        let other = NoteSigner(name: "ledger.example/other", seed: Vector.logSeed)!.verifierKey
        #expect(try !policy("log \(other)", "quorum w0").judge(note).isMet)
        #expect(try policy("quorum w0").judge(note).isMet)
        // A log's key under another name than the origin does not speak for it.
        let misnamed = try SignedNote(
            text: note.text,
            signatures: [
                NoteSigner(name: "ledger.example/other", seed: Vector.logSeed)!.signature(of: note.text)
            ]
                + note.signatures.dropFirst())
        #expect(try !policy("log \(other)", "quorum w0").judge(misnamed).isMet)
    }

    /// The same 32 bytes are one witness, whichever type its key is written with.
    @Test func aKeyOfTheOtherTypeIsThatWitness() throws {
        let seed = [UInt8](repeating: 0, count: 32)
        let plain = NoteSigner(name: "witness.example/w0", seed: seed)!.verifierKey
        let policy = try WitnessPolicy(parsing: [UInt8]("witness a \(plain)\nquorum a\n".utf8))

        #expect(try policy.judge(note([0])).isMet)
        #expect(throws: WitnessPolicyFault.self) { try self.policy("witness a \(plain)", "quorum a") }
    }

    @Test(arguments: [
        ("", "no quorum"), ("quorum w9", "not defined"), ("quorum w0\nquorum w0", "already"),
        ("group w0 any w1\nquorum w0", "defined already"), ("group g 0 w0\nquorum g", "count"),
        ("group g 2 w0\nquorum g", "count"), ("group g 01 w0\nquorum g", "count"),
        ("group g -1 w0\nquorum g", "count"), ("group g 99999999999999999999 w0\nquorum g", "count"),
        ("group g any\nquorum g", "expected"), ("group g any w9\nquorum g", "not defined"),
        ("group g any w0 w0\nquorum g", "in a group already"),
        ("group g any w0\ngroup h any w0\nquorum g", "in a group already"),
        ("group g any none\nquorum g", "not defined"), ("group g any g\nquorum g", "not defined"),
        ("group none any w0\nquorum none", "cannot be a name"),
        ("group all any w0\nquorum all", "cannot be a name"), ("quorum", "expected"),
        ("quorum w0 w1", "expected"), ("quorum all", "not defined"), ("Quorum w0", "not one of"),
        ("witness x nonsense\nquorum x", "note key"), ("witness x\nquorum w0", "expected"),
        ("log nonsense\nquorum w0", "note key"), ("log\nquorum w0", "expected"),
        ("log \(NoteVector.witnessKeyText)\nquorum w0", "key of a witness"),
        ("log \(NoteVector.logKeyText)\nlog \(NoteVector.logKeyText)\nquorum w0", "already"),
        ("quorum w0\r", "control"), ("quorum w0\u{0}", "control"), ("quorum w0\u{7F}", "control"),
        ("# \u{1B}\nquorum w0", "control"),
    ])
    func whatIsNoPolicyIsRefused(lines: String, words: String) {
        let fault = #expect(throws: WitnessPolicyFault.self) { try policy(lines) }

        #expect(fault?.description.contains(words) == true, "\(lines): \(fault as Any)")
    }

    @Test func aFaultNamesItsLine() {
        let fault = #expect(throws: WitnessPolicyFault.self) { try policy("", "# remark", "quorum w7") }

        #expect(fault?.line == 8)
        #expect(throws: WitnessPolicyFault.self) { try WitnessPolicy(parsing: [UInt8]("quorum none".utf8)) }
        let long = String(repeating: "#\n", count: WitnessPolicy.maximumLineCount)
        #expect(throws: Never.self) {
            try WitnessPolicy(parsing: [UInt8]((long.dropLast(2) + "quorum none\n").utf8))
        }
        #expect(throws: WitnessPolicyFault.self) {
            try WitnessPolicy(parsing: [UInt8]((long + "quorum none\n").utf8))
        }
    }

    @Test func namesAreBytes() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")

        #expect(throws: Never.self) { try policy("group \(composed) any w0", "quorum \(composed)") }
        #expect(throws: WitnessPolicyFault.self) {
            try policy("group \(composed) any w0", "quorum \(decomposed)")
        }
        #expect(throws: Never.self) { try policy("\t group\t g  any  w0 w1 ", "  # x", " \tquorum   g") }
    }

    @Test(
        .enabled(
            if: SharedFolder.has("vectors/tlog-policy/policies.json"), Comment(rawValue: SharedFolder.absence)
        ))
    func policiesOfOthersAreRead() throws {
        struct Policies: Decodable {
            let ok: [String]
            let bad: [[String]]
        }
        let cases = try SharedFolder.json("vectors/tlog-policy/policies.json", as: Policies.self)

        for text in cases.ok {
            #expect(throws: Never.self, "\(text)") { try WitnessPolicy(parsing: [UInt8](text.utf8)) }
        }
        for example in cases.bad {
            #expect(throws: WitnessPolicyFault.self, "\(example[0])") {
                try WitnessPolicy(parsing: [UInt8](example[1].utf8))
            }
        }
        #expect(!cases.ok.isEmpty && !cases.bad.isEmpty)
    }
}
