import Foundation
import LedgerProof
import LedgerTesting
import Testing

/// The real server, spoken to by curl.
@Suite struct WitnessServerTests {
    private let yard: WitnessYard
    private let log = WitnessedLog()

    init() throws {
        yard = try WitnessYard()
        try yard.make("w")
    }

    /// A conversation that other witnesses have too (`vectors/tlog-witness`).
    private struct Transcript: Decodable {
        struct Step: Decodable {
            let name: String
            let request: String
            let want_status: Int
            let want_body_contains: String
        }

        let log_vkey: String
        let steps: [Step]
    }

    private static let transcript =
        (RealProgram.package as NSString).deletingLastPathComponent
        + "/shared/vectors/tlog-witness/add-checkpoint-transcript.json"

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: transcript),
            "the folder 'shared' is not beside the package"))
    func theConversationOfOtherWitnessesIsOursToo() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.transcript))
        let transcript = try JSONDecoder().decode(Transcript.self, from: data)
        let witness = try yard.start("w", logs: [transcript.log_vkey])

        for step in transcript.steps {
            let answer = try witness.add(Array(step.request.utf8))
            let wanted = step.want_body_contains.replacing(
                "— example.com/witness", with: "— witness.example/w ")
            #expect(answer.status == step.want_status, "\(step.name): \(answer)")
            #expect(answer.body.contains(wanted), "\(step.name): \(answer)")
            if step.want_status == 409 {
                #expect(answer.contentType == "text/x.tlog.size" && answer.body == step.want_body_contains)
            }
        }
        #expect(!transcript.steps.isEmpty)
    }

    @Test func anAnswerIsACosignatureOfThatCheckpoint() throws {
        let key = try yard.make("other")
        let witness = try yard.start("other", logs: [log.key])
        let before = UInt64(Date().timeIntervalSince1970)

        let answer = try witness.add(log.request(0, 5))

        #expect(answer.status == 200 && answer.body.hasSuffix("\n"), "\(answer)")
        let note = try log.signer.sign(log.checkpoint(5)).cosigned(with: Array(answer.body.utf8), by: [key])
        let verified = try note.verify(with: [key])
        let seconds = try #require(verified.signatures.first?.cosignedSecondsSince1970)
        #expect(seconds >= before && seconds <= before + 60)
        #expect(try witness.last(of: log) == log.checkpoint(5))
        let end = witness.end()
        #expect(end.code == 0 && end.notes.contains("cosigned log.example/a at size 5"), "\(end)")
    }

    @Test func whatWasCosignedIsRememberedAfterARestart() throws {
        let first = try yard.start("w", logs: [log.key])
        #expect(try first.add(log.request(0, 5)).status == 200)
        first.end(SIGKILL)

        let second = try yard.start("w", logs: [log.key])

        #expect(try second.add(log.request(0, 8, fork: 7)).body == "5\n")
        #expect(try second.add(log.request(5, 8)).status == 200)
        #expect(try second.add(log.request(5, 9, fork: 7)).status == 409)
    }

    /// Requests for the same step, all at once: some of them for another history.
    @Test func ofRequestsAtOnceOneWins() async throws {
        let witness = try yard.start("w", logs: [log.key])
        #expect(try witness.add(log.request(0, 5)).status == 200)
        let url = witness.url
        let bodies = try (0..<8).map { try log.request(5, 6 + $0, fork: UInt8($0 % 3)) }

        let statuses = try await withThrowingTaskGroup(of: Int32.self) { group in
            for (number, body) in bodies.enumerated() {
                let path = "\(yard.folder)/body-\(number)"
                try Data(body).write(to: URL(fileURLWithPath: path))
                group.addTask { [folder = yard.folder] in
                    let result = try LedgerProgram.run(
                        "curl",
                        [
                            "-q", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*",
                            "--data-binary", "@\(path)", url + "add-checkpoint",
                        ], in: folder)
                    return Int32(result.output) ?? 0
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(statuses.sorted() == [200] + Array(repeating: 409, count: 7))
        // And with a second process that shares the folder.
        let twin = try yard.start("w", logs: [log.key])
        let last = try #require(try twin.last(of: log))
        #expect(try witness.last(of: log) == last)
        let fork = try #require(
            (UInt8(0)...2).first { log.checkpoint(last.size.value, fork: $0) == last })
        #expect(try twin.add(log.request(last.size.value, 15, fork: fork)).status == 200)
        #expect(try witness.add(log.request(last.size.value, 16, fork: fork)).body == "15\n")
    }

    @Test func hostileRequestsAreRefusedAndChangeNothing() throws {
        let witness = try yard.start("w", logs: [log.key])
        #expect(try witness.add(log.request(0, 5)).status == 200)
        let good = try log.request(5, 8)
        var random = SeededGenerator(seed: 7)

        #expect(try witness.add([UInt8](repeating: 0x61, count: 10 << 20)).status == 413)
        #expect(try witness.add([]).status == 400)
        for _ in 0..<20 {
            let garbage = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(try witness.add(garbage).status == 400)
        }
        let text = String(decoding: good, as: UTF8.self)
        let rest = String(text.dropFirst(6))
        var wrong: [(String, Int)] = []
        for line in ["old 5 ", "old 05", "old -1", "Old 5", "old 9999999999999999999999", "old 9", ""] {
            wrong.append((line + "\n" + rest, 400))
        }
        wrong.append(("old 0\n" + rest, 409))
        wrong.append((text.replacing("log.example/a", with: "log.example/b"), 404))
        wrong.append((text.replacing("log.example/a", with: "log example"), 403))
        wrong.append((text.replacing("\n", with: "\r\n"), 400))
        wrong.append((text + "\n", 400))
        wrong.append((String(text.dropLast()), 400))
        for (words, status) in wrong {
            #expect(try witness.add(Array(words.utf8)).status == status, "\(words)")
        }
        // A proof for other sizes, another root, and an endless proof.
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let proofless = [lines[0]] + lines.drop { !$0.isEmpty }
        #expect(try witness.add(Array(proofless.joined(separator: "\n").utf8)).status == 422)
        lines.insert(contentsOf: Array(repeating: lines[1], count: 70), at: 1)
        #expect(try witness.add(Array(lines.joined(separator: "\n").utf8)).status == 400)
        let proofOfAnother = try ConsistencyProof(parsing: log.request(5, 9))
        let swapped = ConsistencyProof(
            old: TreeSize(5), hashes: try #require(proofOfAnother).hashes,
            checkpoint: try log.signer.sign(log.checkpoint(8)))
        #expect(try witness.add(swapped.bytes).status == 422)
        #expect(try witness.add(log.request(0, 0)).status == 409)
        // Other doors.
        #expect(try witness.request("add-checkpoint").status == 404)
        #expect(try witness.request("").status == 404)
        #expect(try witness.request("../witness.key", options: ["--path-as-is"]).status == 404)
        #expect(try witness.request("\(Hash.sha256([1]).hex)/checkpoint").status == 404)

        #expect(try witness.last(of: log) == log.checkpoint(5))
        #expect(try witness.add(good).status == 200)
    }

    @Test func keyAndMemoryBelongTogether() throws {
        let files = FileManager.default
        let (key, memory) = ("\(yard.folder)/w/witness.key", "\(yard.folder)/w/witness.db")
        var facts = stat()
        #expect(stat(key, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        #expect(stat("\(yard.folder)/w", &facts) == 0 && facts.st_mode & 0o777 == 0o700)
        func open(_ more: String...) throws -> LedgerProgram.Result {
            try LedgerProgram.run(["witness", "--folder", "w", "--print-key"] + more, in: yard.folder)
        }
        let own = try open().output

        chmod(key, 0o644)
        #expect(try open().notes.contains("chmod 600"))
        chmod(key, 0o600)
        try files.moveItem(atPath: memory, toPath: memory + ".away")
        let forgetful = try open("--name", "witness.example/w")
        #expect(
            forgetful.code == 1 && forgetful.notes.contains("must not go on under its key"), "\(forgetful)")
        #expect(!files.fileExists(atPath: memory))
        try files.moveItem(atPath: memory + ".away", toPath: memory)
        try files.moveItem(atPath: key, toPath: key + ".away")
        #expect(try open("--name", "witness.example/w").code == 1)
        try yard.make("other")
        try files.copyItem(atPath: "\(yard.folder)/other/witness.key", toPath: key)
        let exchanged = try open()
        #expect(exchanged.code == 1 && exchanged.notes.contains("another key"), "\(exchanged)")
        try files.removeItem(atPath: key)
        try files.moveItem(atPath: key + ".away", toPath: key)
        #expect(try open().output == own)
        #expect(try open("--name", "witness.example/x").code == 2)
        let nowhere = try LedgerProgram.run(
            ["witness", "--folder", "nowhere", "--log", log.key], in: yard.folder)
        #expect(nowhere.code == 2 && nowhere.notes.contains("--name"), "\(nowhere)")
        #expect(!files.fileExists(atPath: "\(yard.folder)/nowhere"))
    }

    @Test func wrongUseIsExplained() throws {
        for (words, said) in [
            (["--folder", "w"], "whom to witness"), (["--folder", "w", "--log", "nonsense"], "no log key"),
            (["--folder", "w", "--log", log.key, "--log", log.key], "twice"),
            (["--folder", "w", "--log", log.key, "--listen", "8080"], "HOST:PORT"),
            (["--folder", "w", "--log", log.key, "--listen", "127.0.0.1:99999"], "HOST:PORT"),
            (["--folder", "new", "--name", "a b", "--log", log.key], "cannot be the name"),
            (["--folder", "w", "--log", "w.vkey"], "not the key of a log"),
        ] {
            let result = try LedgerProgram.run(["witness"] + words, in: yard.folder)
            #expect(result.code == 2 && result.notes.contains(said), "\(words): \(result)")
        }
    }

    /// `ledger` alone, as a copy of one file would be.
    @Test func withoutTheServerBesideItIsSaidWhatToDo() throws {
        try FileManager.default.createDirectory(
            atPath: "\(yard.folder)/bin", withIntermediateDirectories: true)
        let alone = "\(yard.folder)/bin/ledger"
        if link(LedgerProgram.path, alone) != 0 {
            try FileManager.default.copyItem(atPath: LedgerProgram.path, toPath: alone)
        }

        let result = try LedgerProgram.run(
            alone, ["witness", "--folder", "w", "--log", log.key], in: yard.folder)

        #expect(result.code == 1 && result.notes.contains("make install"), "\(result)")
    }
}
