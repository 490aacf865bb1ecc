import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@testable import ledger

@Suite struct LogMomentTests {
    @Test(arguments: [
        ("2026-11-22T20:33:15Z", "2026-11-22T20:33:15.000000Z"),
        ("2026-11-22t20:33:15.5z", "2026-11-22T20:33:15.500000Z"),
        ("2026-11-22T20:33:15.123456789Z", "2026-11-22T20:33:15.123456Z"),
        ("2026-11-22T22:03:15+01:30", "2026-11-22T20:33:15.000000Z"),
        ("2026-11-22T19:33:15-01:00", "2026-11-22T20:33:15.000000Z"),
    ])
    func aTimeMayBeWrittenAsItUsuallyIs(text: String, expected: String) {
        #expect(LogMoment(argument: text) == .time(Timestamp(expected)!))
    }

    @Test(arguments: [
        "", "-1", "1.5", "2026-11-22", "2026-11-22 20:33:15Z", "2026-02-30T00:00:00Z", "2026-11-22T20:33:15",
        "2026-11-22T20:33:15.Z", "2026-11-22T20:33:15+1:00", "2026-11-22T20:33:15+25:00",
        "2026-11-22T25:33:15Z",
        "2026-11-22T20:33:15Zjunk", "2026-11-22T20:33:15+01:00:00",
    ])
    func whatIsNeitherIndexNorTimeIsRefused(text: String) {
        #expect(LogMoment(argument: text) == nil)
    }

    @Test func anIndexIsAnIndex() { #expect(LogMoment(argument: "57") == .index(57)) }
}

@Suite struct SlipTests {
    @Test func aRoleThatNothingAsksForIsNoted() throws {
        let ledger = try LivedInLedger()

        let slip = try ledger.run("role", "grant", "bob", "relaeser", "--as", "alice", "--key", "alice")
        let good = try ledger.run("role", "grant", "carol", "releaser", "--as", "alice", "--key", "alice")

        #expect(slip.code == 0 && slip.notes.contains("Known here: admin, releaser, tester."))
        #expect(good.code == 0 && good.notes.isEmpty)
    }

    @Test func noTextEndsWithEmptyLines() throws {
        let ledger = try LivedInLedger()
        try ledger.pushTags(1...1)

        for command in [["pipeline", "show"], ["replay", "--at", "3"], ["replay"], ["status"], ["log"]] {
            let output = try LedgerProgram.run(command, in: ledger.folder).output
            #expect(output.hasSuffix("\n") && !output.hasSuffix("\n\n"), "\(command)")
            let hasSpaces = output.split(separator: "\n").contains { $0.hasSuffix(" ") }
            #expect(!hasSpaces, "\(command)")
        }
    }
}

@Suite struct TerminalTests {
    @Test(arguments: 0..<24) func aClippedLineFits(width: Int) {
        let line = Terminal.marked("red", .red) + " and then some ✓─◆"

        let clipped = Terminal.clipped(line, to: width)

        if width > 0 { #expect(Terminal.plainCount(clipped) <= width) }
        // A colour that was begun ends.
        let shown = Terminal.shown(clipped, isColoured: true)
        #expect(shown.contains("\u{1B}[31m") == shown.contains("\u{1B}[0m"))
        if width >= Terminal.plainCount(line) { #expect(clipped == line) }
    }

    @Test func aWrappedTextKeepsItsWords() {
        let text = (1...60).map { "word\($0)" }.joined(separator: " ")

        let lines = Terminal.wrapped(text, indent: "      ").split(separator: "\n")

        #expect(lines.count > 1)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("      word") })
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(lines.flatMap { $0.split(separator: " ") }.joined(separator: " ") == text)
    }

    @Test func tablesAreAligned() {
        let table = Terminal.table([["a", Terminal.marked("bb", .red), "c"], ["aaa", "b", "c"]])

        #expect(
            Terminal.shown(table, isColoured: true) == "a    \u{1B}[31mbb\u{1B}[0m  c\naaa  b   c")
        #expect(Terminal.shown(table, isColoured: false) == "a    bb  c\naaa  b   c")
    }

    @Test func noLineOfATableEndsWithSpaces() {
        let table = Terminal.table([["a", ""], ["b", "c"]], header: ["one", ""])

        #expect(table == "one\na\nb    c")
    }

    /// What controls a terminal, turns text around or hides in it.
    private static let hostile: [Unicode.Scalar] = {
        let controls = Array(0..<9) + Array(11..<0x20) + Array(0x7F..<0xA0)
        let hidden = [0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060]
        let more = [0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xE0041]
        return (controls + hidden + more).compactMap { Unicode.Scalar($0) }
    }()

    @Test func nothingThatControlsATerminalGoesOut() {
        for scalar in Self.hostile {
            let text = "a" + String(scalar) + "b"
            let visible = "a\\u{\(String(scalar.value, radix: 16))}b"

            #expect(Terminal.safe(text) == visible)
            #expect(Terminal.shown(text, isColoured: true) == visible)
            #expect(Terminal.table([[text]]) == visible)
        }
    }

    @Test func onlyOurStylesColour() {
        #expect(Terminal.shown("\u{1B}[31mred", isColoured: true) == "\\u{1b}[31mred")
        #expect(Terminal.safe(Terminal.marked("red", .red)) == "\\u{fdd2}red\\u{fddf}")
        #expect(Terminal.table([["a\nb"]]) == "a\\u{a}b")
    }

    @Test func whatIsWrittenInOtherScriptsStays() {
        for text in ["a\tb\nc", "naïve — ✓", "日本語", "می‌خواهم", "👩‍👩‍👧", "Ωμέγα"] {
            #expect(Terminal.shown(text, isColoured: true) == text)
        }
    }

    @Test func jsonStaysJSONAndPlain() throws {
        for scalar in Self.hostile where scalar.value > 0x1F {
            let object: JSONObject = ["a": .string("x" + String(scalar))]

            let line = JSONText.line(object)

            #expect(line.unicodeScalars.allSatisfy { Terminal.isPlain($0) })
            let read = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(read == ["a": "x" + String(scalar)])
        }
    }

    @Test(arguments: [(59, "59 s"), (60, "1 min"), (3600, "1 h"), (86_400 * 9, "9 d"), (-5, "0 s")])
    func agesAreShort(seconds: Int, expected: String) {
        #expect(Terminal.age(Int64(seconds) * 1_000_000) == expected)
    }
}

@Suite struct ViewedReleasesTests {
    @Test func theViewsKnowTheOpenReleases() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        try ledger.write { writer in
            for number in 1...5 {
                try writer.pushTag(ReleaseName.make(number), tagger: "alice")
                if number > 2 { try writer.complete(ReleaseName.make(number)) }
            }
        }
        let releases = ViewedReleases(keeper: ViewKeeper(LedgerFolder(path: ledger.path)))

        for _ in 0..<2 {
            let open = try ledger.read { reader in
                try releases.open(
                    in: try LedgerContext(reader, now: Session.clock.now(), files: { _ in nil }))
            }
            #expect(Set(open) == [ledger.release, ReleaseName.make(1), ReleaseName.make(2)])
        }
    }

    /// As where another process makes the file again and writes to it, twice.
    @Test func viewsThatAreReplacedUnderAReaderAreAskedAgain() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestPyPI()
        let keeper = ViewKeeper(LedgerFolder(path: ledger.path))
        try ledger.read { reader in
            let context = try LedgerContext(reader, now: Session.clock.now(), files: { _ in nil })
            var askedCount = 0

            let open = try keeper.read(context) { store in
                askedCount += 1
                guard askedCount < 3 else { return try store.read { try $0.releases(.open, limit: 9) } }
                try SQLiteViews.rebuild(at: ledger.views) {
                    try LedgerViews($0).catchUp(context, batch: .rebuild)
                }
                // The journal of who writes to the new file, in the midst of a commit.
                try Data([0xD9, 0xD5, 0x05, 0xF9]).write(to: URL(fileURLWithPath: ledger.views + "-journal"))
                return try store.read { try $0.releases(.open, limit: 9) }
            }

            #expect(askedCount == 3)
            #expect(open.compactMap { ReleaseID(stream: $0.stream) } == [ledger.release])
        }
    }

    @Test func manyMayLookAtOnce() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()

        let running = try (0..<6).map { _ in
            try LedgerProgram.start(arguments: ["status", "--output", "json"], in: ledger.folder)
        }
        let results = running.map { running in
            running.process.waitUntilExit()
            return running.result()
        }

        #expect(
            results.allSatisfy { $0.code == 4 && $0.notes.isEmpty }, "\(results.map { ($0.code, $0.notes) })")
        #expect(Set(results.map(\.output)).count == 1)
        #expect(try ledger.run("replay").code == 0)
    }
}
