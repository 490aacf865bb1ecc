import Foundation
import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

/// Ledgers that take their checkpoints to real witnesses.
@Suite struct WitnessedCheckpointTests {
    private let yard: WitnessYard
    private let ledger: LivedInLedger

    init() throws {
        yard = try WitnessYard()
        ledger = try LivedInLedger()
    }

    private func key(of ledger: LivedInLedger) throws -> String {
        let opened = try ledger.read { try $0.record(at: LogIndex(0)) }
        return try #require(opened?.what["key"]?.string)
    }

    private func note(_ ledger: LivedInLedger) throws -> SignedNote {
        let stored = try ledger.read { try $0.latestNote() }
        return try SignedNote(parsing: Array(try #require(stored).text.utf8))
    }

    /// Cosigned by this witness, and of that size.
    private func isCosigned(_ bytes: [UInt8], by key: NoteVerifierKey, size: Int) throws -> Bool {
        let note = try SignedNote(parsing: bytes)
        return try Checkpoint(parsing: note.text).size == TreeSize(size)
            && (try? note.verify(with: [key]))?.isSigned(by: key) == true
    }

    @Test func aCosignatureIsKeptAndHandedOutWithTheCheckpoint() throws {
        let key = try yard.make("w")
        let witness = try yard.start("w", logs: [try self.key(of: ledger)])
        let words = ["--witness", witness.url, "--witness-key", "\(yard.folder)/w.vkey"]
        try ledger.reachTestGate()
        let size = try ledger.read { try $0.head().size.value }

        let made = try LedgerProgram.run(["checkpoint"] + words, in: ledger.folder)

        #expect(made.code == 0 && made.notes.contains("cosigned by \(witness.url)"), "\(made)")
        #expect(try isCosigned(Array(made.output.utf8), by: key, size: size))
        #expect(try ledger.run("checkpoint").output == made.output)
        try ledger.done("export", "bundle")
        try ledger.done("tiles", "www")
        for path in ["bundle/checkpoint", "www/checkpoint"] {
            let bytes = FileManager.default.contents(atPath: "\(ledger.folder)/\(path)")
            #expect(bytes.map { Array($0) } == Array(made.output.utf8), "\(path)")
        }
        // It grows from what the witness saw last, and the same size may be cosigned again.
        try ledger.pushTags(1...3)
        let grown = try LedgerProgram.run(["checkpoint", "--output", "json"] + words, in: ledger.folder)
        #expect(grown.code == 0, "\(grown)")
        let json = try JSONObject(canonical: Array(try #require(grown.lines.first).utf8))
        #expect(json["witnesses"]?.array?.first?.object?["cosigned"]?.integer ?? 0 > 0)
        let again = try LedgerProgram.run(["checkpoint"] + words, in: ledger.folder)
        #expect(again.code == 0 && again.output.split(separator: "\n").count == 5, "\(again)")
        try ledger.done("verify")
        let outside = try LedgerProgram.run(
            ["verify", "--bundle", "bundle", "--log-key", try self.key(of: ledger)], in: ledger.folder)
        #expect(outside.code == 4, "\(outside)")
    }

    /// A witness whose memory is older or newer than what the ledger knows of it: 409, then the right proof.
    @Test func theSizeThatTheWitnessTellsIsTakenUp() throws {
        try yard.make("w")
        let witness = try yard.start("w", logs: [try key(of: ledger)])
        try ledger.keepCopy(as: "early")
        let words = ["checkpoint", "--witness", witness.url, "--witness-key", "\(yard.folder)/w.vkey"]
        #expect(try LedgerProgram.run(words, in: ledger.folder).code == 0)
        // The ledger has forgotten that it was ever cosigned.
        try ledger.putBack("early")
        try ledger.pushTags(1...300)

        let result = try LedgerProgram.run(words, in: ledger.folder)

        #expect(result.code == 0, "\(result)")
    }

    @Test func aCutOrRewrittenLedgerIsFoundByItsWitness() throws {
        try yard.make("w")
        let witness = try yard.start("w", logs: [try key(of: ledger)])
        try ledger.keepCopy(as: "early")
        try ledger.pushTags(1...5)
        let words = ["checkpoint", "--witness", witness.url, "--witness-key", "\(yard.folder)/w.vkey"]
        // On a machine that has kept no checkpoint of it.
        func run() throws -> LedgerProgram.Result {
            try LedgerProgram.run(
                words, in: ledger.folder, environment: ["LEDGER_STATE": "\(yard.folder)/\(UUID())"])
        }
        #expect(try run().code == 0)

        try ledger.putBack("early")
        let cut = try run()
        #expect(cut.code == 5 && cut.notes.contains("the tail was cut"), "\(cut)")
        try ledger.pushTags(11...30)
        let rewritten = try run()
        #expect(rewritten.code == 5 && rewritten.notes.contains("two histories"), "\(rewritten)")
        #expect(try note(ledger).signatures.count == 1)
    }

    @Test func twoLedgersWitnessEachOther() throws {
        let other = try LivedInLedger("other")
        let keys = [try yard.make("w0"), try yard.make("w1")]
        let ledgers = [ledger, other]
        // Each witness belongs to one ledger's owner and watches the other's.
        let witnesses = [
            try yard.start("w0", logs: [try key(of: other)]),
            try yard.start("w1", logs: [try key(of: ledger)]),
        ]

        for round in 1...3 {
            for (number, ledger) in ledgers.enumerated() {
                try ledger.pushTags((10 * round)...(10 * round + number))
                let (url, file) = (witnesses[1 - number].url, "\(yard.folder)/w\(1 - number).vkey")
                let result = try ledger.run("checkpoint", "--witness", url, "--witness-key", file)
                let size = try ledger.read { try $0.head().size.value }
                #expect(result.code == 0, "\(result)")
                #expect(try isCosigned(Array(result.output.utf8), by: keys[1 - number], size: size))
            }
        }
        // Its own owner's witness does not know it.
        let own = try ledger.run(
            "checkpoint", "--witness", witnesses[0].url, "--witness-key", "\(yard.folder)/w0.vkey")
        #expect(own.code == 1 && own.notes.contains("does not know this log"), "\(own)")
    }

    @Test func aPolicyCollectsFromItsWitnessesAndJudges() throws {
        let names = ["w0", "w1", "w2"]
        let keys = try names.map { try yard.make($0) }
        let log = try key(of: ledger)
        var running = try names.map { try yard.start($0, logs: [log]) }
        let lines = zip(names, zip(keys, running)).map { "witness \($0) \($1.0) \($1.1.url)\n" }.joined()
        try "log \(log)\n\(lines)group g 2 w0 w1 w2\nquorum g\n".write(
            toFile: "\(ledger.folder)/policy", atomically: true, encoding: .utf8)
        try ledger.reachTestGate()
        let unsigned = try ledger.run("verify", "--policy", "policy")
        #expect(unsigned.code == 3, "\(unsigned)")

        let all = try ledger.run("checkpoint", "--policy", "policy")
        #expect(all.code == 0 && all.output.split(separator: "\n").count == 7, "\(all)")
        #expect(try ledger.run("verify", "--policy", "policy").code == 0)
        // One is missing: that is what a quorum is for.
        running[1].end()
        try ledger.pushTags(1...2)
        let two = try ledger.run("checkpoint", "--policy", "policy")
        #expect(two.code == 0 && two.notes.contains("not cosigned"), "\(two)")
        let seen = try ledger.run("verify", "--policy", "policy")
        #expect(seen.code == 0 && seen.output.contains("w0") && seen.output.contains("w2"), "\(seen)")
        try ledger.done("export", "good")
        // Two are missing.
        running[2].end()
        try ledger.pushTags(3...4)
        let one = try ledger.run("checkpoint", "--policy", "policy")
        #expect(one.code == 4 && one.notes.contains("Not cosigned by: w1, w2"), "\(one)")
        let short = try ledger.run("verify", "--policy", "policy")
        #expect(short.code == 3 && short.output.contains("lacks the policy's quorum"), "\(short)")
        try ledger.done("export", "short")
        func verify(_ bundle: String) throws -> LedgerProgram.Result {
            try ledger.run("verify", "--bundle", bundle, "--policy", "policy", "--log-key", log)
        }
        #expect(try verify("good").code == 4)
        #expect(try verify("good").output.contains("✓ "))
        #expect(try verify("short").code == 3)
        // They are back: what was missing is gathered for the same checkpoint.
        running[1] = try yard.start("w1", logs: [log])
        let address = "\(keys[1]) \(running[1].url)"
        let policy = try String(contentsOfFile: "\(ledger.folder)/policy", encoding: .utf8)
        try policy.replacing(/w1 \S+ \S+/, with: "w1 \(address)")
            .write(toFile: "\(ledger.folder)/policy", atomically: true, encoding: .utf8)
        #expect(try ledger.run("checkpoint", "--policy", "policy").code == 0)
        #expect(try ledger.run("verify", "--policy", "policy").code == 0)
    }

    @Test func aForgedCosignatureInABundleIsBroken() throws {
        let key = try yard.make("w")
        let log = try self.key(of: ledger)
        let witness = try yard.start("w", logs: [log])
        try ledger.reachTestGate()
        _ = try ledger.run("checkpoint", "--witness", witness.url, "--witness-key", "\(yard.folder)/w.vkey")
        try ledger.done("export", "bundle")
        try "witness w \(key)\nquorum w\n".write(
            toFile: "\(ledger.folder)/policy", atomically: true, encoding: .utf8)
        let path = "\(ledger.folder)/bundle/checkpoint"
        var bytes = Array(try #require(FileManager.default.contents(atPath: path)))

        // In the last bytes of the last signature, short of the padding.
        bytes[bytes.count - 6] = bytes[bytes.count - 6] == 0x41 ? 0x42 : 0x41
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let result = try ledger.run(
            "verify", "--bundle", "bundle", "--policy", "policy", "--log-key", log)

        #expect(result.code == 5, "\(result)")
        #expect(
            try ledger.run("verify", "--bundle", "bundle", "--log-key", log).code == 4,
            "who trusts no witness has no use for its signature")
    }

    @Test func anAnswerThatIsNotTheWitnesssIsNotBelieved() throws {
        try yard.make("w")
        try yard.make("other")
        let witness = try yard.start("w", logs: [try key(of: ledger)])

        let result = try ledger.run(
            "checkpoint", "--witness", witness.url, "--witness-key", "\(yard.folder)/other.vkey")
        #expect(result.code == 1 && result.notes.contains("is not a cosignature"), "\(result)")
        #expect(try note(ledger).signatures.count == 1)
        // One witness is not two.
        let twice = try ledger.run(
            "checkpoint", "--witness", witness.url, "--witness", witness.url, "--witness-key",
            "\(yard.folder)/w.vkey")
        #expect(twice.code == 1, "\(twice)")
        for (words, code, said) in [
            (["--witness", witness.url], 2, "--witness-key"),
            (["--witness", "http://192.0.2.1/", "--witness-key", "\(yard.folder)/w.vkey"], 2, "plain HTTP"),
            (["--witness", "http://127.0.0.1:1/", "--witness-key", "\(yard.folder)/w.vkey"], 1, "no answer"),
            (["--policy", "nowhere"], 1, "cannot read"), (["--policy", "alice"], 2, "no witness policy"),
            (["--tsa-ca", "alice.pub"], 2, "--timestamp"),
        ] {
            let result = try LedgerProgram.run(["checkpoint"] + words, in: ledger.folder)
            #expect(result.code == Int32(code) && result.notes.contains(said), "\(words): \(result)")
        }
    }
}
