import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

@Suite struct LogCommandTests {
    @Test func theLastRecordsAreShownInOrder() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let size = try ledger.read { try $0.head().size.value }

        #expect(try indexes(ledger.json("log", "--limit", "3")) == Array(size - 3..<size))
        #expect(try indexes(ledger.json("log", "--limit", "1000")) == Array(0..<size))
        #expect(try indexes(ledger.json("log", "--from", "2", "--limit", "3")) == [2, 3, 4])
        #expect(try indexes(ledger.json("log", "--stream", "ledger")) == [0])
        let release = try ledger.json("log", "--stream", "v0.1.0")
        #expect(release.map { $0["revision"]?.integer } == (1...Int64(release.count)).map { $0 })
        #expect(try ledger.json("log", "--stream", "release/autocli/v0.1.0") == release)
        let started = try ledger.json("log", "--type", "stage.started")
        #expect(
            started.map { $0["text"] } == [
                "started build, attempt 1", "started deploy_github_packages, attempt 1",
            ])
        #expect(try ledger.json("log", "--type", "stage.started", "--limit", "1") == [started[1]])
        #expect(
            try ledger.json("log", "--type", "stage.started", "--limit", "1", "--from", "0") == [started[0]])
    }

    private func indexes(_ lines: [JSONObject]) -> [Int] {
        lines.compactMap { $0["index"]?.integer.map { Int($0) } }
    }

    @Test func whatIsNotThereIsSaid() throws {
        let ledger = try LivedInLedger()

        #expect(try ledger.run("log", "--type", "gate.approved").code == 6)
        #expect(try ledger.run("log", "--type", "nonsense").code == 2)
        #expect(try ledger.run("log", "--stream", "v9").code == 2)
        #expect(try ledger.run("log", "--from", "1000").code == 2)
        #expect(try ledger.run("log", "--limit", "0").code == 2)
        #expect(try ledger.run("show", "1000").code == 2)
        #expect(try ledger.run("show", "1000", "--raw").code == 2)
        #expect(try ledger.run("nonsense").code == 2)
    }

    @Test func aRecordCannotMoveTheCursor() throws {
        let ledger = try LivedInLedger()
        let reason = "\u{1B}[2J\u{9B}31m\u{202E}evil\r\n\u{7}"
        try ledger.write { writer in
            try writer.pushTag(ledger.release, tagger: "alice")
            try writer.start("build", of: ledger.release)
            try writer.end("build", of: ledger.release, "stage.failed", reason: reason)
        }
        let last = try ledger.read { try $0.head().size.value - 1 }

        for command in [
            ["log"], ["show", "\(last)"], ["status"], ["search", "\u{1B}[2J\u{9B}31m"],
            ["replay", "--explain"],
        ] {
            let output = try LedgerProgram.run(command, in: ledger.folder).output
            #expect(output.contains("evil"), "\(command)")
            for character in ["\u{1B}", "\u{9B}", "\u{202E}", "\r", "\u{7}"] {
                #expect(!output.unicodeScalars.contains { String($0) == character }, "\(command)")
            }
        }
    }
}

@Suite struct ShowCommandTests {
    @Test func theRawBytesMakeTheLeafHash() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        let size = try ledger.read { try $0.head().size.value }

        for index in 0..<size {
            let raw = try ledger.run("show", "\(index)", "--raw")
            let shown = try #require(try ledger.json("show", "\(index)").first)
            let record = try ledger.read { try $0.record(at: LogIndex(index)) }
            #expect(Array(raw.output.utf8) == record?.bytes)
            #expect(shown["leaf"]?.string == Hash.leaf(Array(raw.output.utf8)).hex)
            #expect(shown["record"] == .object(try JSONObject(canonical: Array(raw.output.utf8))))
        }
        let shell = try LedgerProgram.run(
            "/bin/sh", ["-c", "printf '\\0%s' \"$('\(LedgerProgram.path)' show 5 --raw)\" | sha256sum"],
            in: ledger.folder)
        let leaf = try ledger.read { try $0.record(at: LogIndex(5))?.leaf.hex }
        #expect(shell.output.hasPrefix(try #require(leaf)))
    }

    @Test func evidenceIsListedAndItsLossIsSaid() throws {
        let ledger = try LivedInLedger()

        let evidence = try #require(try ledger.json("show", "1").first?["evidence"]?.array)

        #expect(evidence.map { $0.object?["name"] } == ["statement.sig", "statement.json"])
        #expect(evidence.allSatisfy { $0.object?["state"] == "there" })
        try ledger.write { writer in
            let what: JSONObject = [
                "log": [
                    "digest": .string(Digest.text(Hash.emptyRoot)), "media": "text/plain", "name": "lost.log",
                    "size": 7,
                ], "stage": "build",
            ]
            try writer.append(Act(ledger.release.stream, "stage.succeeded", what))
        }
        let last = try ledger.read { try $0.head().size.value - 1 }
        #expect(try ledger.run("show", "\(last)").output.contains("lost.log  MISSING"))
    }
}

@Suite struct SearchCommandTests {
    @Test func whateverHasAnAddressIsFoundByItsBeginning() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        let records = try ledger.read { reader in
            try (0..<reader.head().size.value).map { try reader.record(at: LogIndex($0))! }
        }
        let tag = try #require(records.first { $0.type.text == "tag.pushed" })
        let approval = try #require(records.first { $0.type.text == "gate.approved" })
        let file = World.files(of: ledger.release)[0]
        func evidence(_ name: String) throws -> String {
            try #require(EvidenceReference(json: approval.what[name])).digest.hex
        }

        for (text, kind) in [
            (try #require(tag.what["commit"]?.string), "commit"), (file.digest.hex, "file"),
            (try evidence("statement"), "evidence"), (try evidence("signature"), "evidence"),
            (try #require(approval.what["fingerprint"]?.string), "key"), (tag.leaf.hex, "leaf hash"),
            (try #require(records.last).leaf.hex, "leaf hash"),
            (try #require(tag.what["pipeline"]?.string), "policy"), ("autocli/v0.1.0", "release"),
            ("bob", "person"), ("alice", "actor"), ("v0.1.0", "tag"), (approval.id.text, "event id"),
        ] {
            let isName = text.count < 20
            for count in isName ? [text.count] : [12, text.count] {
                let found = try ledger.json("search", String(text.prefix(count)))
                #expect(found.contains { $0["kind"]?.string == kind }, "\(kind) \(text.prefix(count))")
            }
        }
        let leaf = try ledger.json("search", String(tag.leaf.hex.prefix(16)))
        #expect(leaf.first?["records"] == [.integer(Int64(tag.index.value))])
    }

    @Test func aShortTextMustBeTheWholeName() throws {
        let ledger = try LivedInLedger()

        #expect(try ledger.run("search", "bob").code == 0)
        #expect(try ledger.run("search", "bo").code == 6)
        #expect(try ledger.run("search", "aaaaaaaaaaaaaaaaaaaaaaaaaa").code == 6)
        #expect(try ledger.run("search", "").code == 2)
    }

    @Test func aSearchIsBounded() throws {
        let ledger = try LivedInLedger()
        try ledger.write { writer in
            for number in 1...9 { try writer.pushTag(ReleaseName.make(number), tagger: "alice") }
        }

        let found = try ledger.run("search", "autocli", "--limit", "3")

        #expect(found.code == 0)
        #expect(found.output.contains("and 16 more") || found.output.contains("more. A longer text"))
        #expect(try ledger.json("search", "autocli", "--limit", "3").count == 3)
        #expect(try ledger.json("search", "alice").allSatisfy { $0["records"]?.array?.count ?? 9 <= 5 })
    }

    @Test func evidenceIsShownAsItIs() throws {
        let ledger = try LivedInLedger()
        let record = try #require(
            try ledger.read { reader in try reader.record(at: LogIndex(1)) })
        let reference = try #require(EvidenceReference(json: record.what["statement"]))

        let shown = try ledger.run("show", "1", "--evidence", reference.name)

        #expect(shown.code == 0 && Hash.sha256(Array(shown.output.utf8)) == reference.digest)
        let other = try ledger.run("show", "1", "--evidence", "../x")
        #expect(other.code == 2 && other.notes.contains(reference.name), "\(other.notes)")
        #expect(try ledger.run("show", "1").output.contains("ledger show 1 --evidence "))
    }
}
