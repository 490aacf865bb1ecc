import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// Commands on a disk that fails, or whose power is cut: they do all that they say, or say that they did not.
@Suite(.serialized) struct DiskFailureTests {
    private static let enrol = [
        "person", "enroll", "dave", "--public-key", "dave.pub", "--role", "tester", "--as", "alice", "--key",
        "alice",
    ]
    private static let recordCount = 3

    private func ledger() throws -> LivedInLedger {
        let ledger = try LivedInLedger()
        try LedgerProgram.run(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "dave", "-f", "dave"], in: ledger.folder)
        try ledger.done("checkpoint")
        try ledger.keepCopy(as: "kept")
        try FileManager.default.copyItem(
            atPath: "\(ledger.folder)/.state", toPath: "\(ledger.folder)/kept-state")
        return ledger
    }

    private func reset(_ ledger: LivedInLedger) throws {
        try ledger.putBack("kept")
        try FileManager.default.removeItem(atPath: "\(ledger.folder)/.state")
        try FileManager.default.copyItem(
            atPath: "\(ledger.folder)/kept-state", toPath: "\(ledger.folder)/.state")
    }

    private func size(_ ledger: LivedInLedger) throws -> Int { try ledger.read { try $0.head().size.value } }

    private func trace(
        _ options: [String], _ arguments: [String], _ ledger: LivedInLedger
    ) throws -> (LedgerProgram.Result, CrashTool.Report) {
        let report = "\(ledger.folder)/report"
        let result = try LedgerProgram.run(
            try RealProgram.built("crash-point"),
            ["--report", report] + options + ["--", LedgerProgram.path] + arguments, in: ledger.folder)
        return (result, try CrashTool.read(report))
    }

    private static func writes(_ place: CrashPlace) -> Bool {
        let point = place.point
        return point.isOwn && point.target.hasPrefix("/") && !point.target.hasSuffix(".lock")
            && !point.target.hasSuffix("-shm")
            && ["write", "sync", "truncate", "link", "rename"].contains { point.call.contains($0) }
    }

    @Test(.timeLimit(.minutes(120))) func aCommandWhoseDiskFailsSaysSoAndLosesNothing() throws {
        let ledger = try ledger()
        let before = try size(ledger)
        let (counted, counts) = try trace([], Self.enrol, ledger)
        try #require(counted.code == 0, "\(counted.notes)")
        let places = counts.places.filter(Self.writes)
        let trials = places.flatMap { place in
            ["EIO", "ENOSPC", "+EIO", "+ENOSPC"].map { (place, $0) }
                + (place.point.call.contains("write") ? [(place, "SHORT")] : [])
        }
        var generator = SeededGenerator(seed: CrashPlan.seed)
        let chosen = CrashPlan.isSoak ? trials : Array(trials.shuffled(using: &generator).prefix(16))
        print(
            "disk: \(places.count) writes and syncs, \(trials.count) failures, tried \(chosen.count), "
                + "seed \(CrashPlan.seed)")
        #expect(places.count >= 6)
        var codes: [Int32: Int] = [:]
        for (place, error) in chosen {
            try reset(ledger)
            let words = Comment(rawValue: "\(error) \(place), seed \(CrashPlan.seed)")

            let (result, _) = try trace(
                ["--like", place.pattern, "--fail", "\(place.number)", error], Self.enrol, ledger)

            codes[result.code, default: 0] += 1
            let added = try size(ledger) - before
            #expect([0, Self.recordCount].contains(added), words)
            #expect(result.code < 128, words)
            if result.code == 0 {
                #expect(added == Self.recordCount, words)
            } else {
                #expect(result.notes.contains("ledger: "), "\(words): \(result.notes)")
            }
            let verified = try ledger.run("verify")
            #expect(verified.code == 0, "\(words): \(verified.output)\(verified.notes)")
            let again = try LedgerProgram.run(Self.enrol, in: ledger.folder)
            #expect(again.code == (added == 0 ? 0 : 3), "\(words): \(again.notes)")
            #expect(try size(ledger) == before + Self.recordCount, words)
            #expect(try ledger.run("replay", "--check").code == 0, words)
        }
        print("disk: exit codes \(codes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })")
        #expect(codes[1] != nil)
    }

    /// `ledger` itself, with its views, its checkpoint in the state folder and all.
    @Test(.timeLimit(.minutes(120))) func aPowerCutTakesNothingThatACommandSaid() throws {
        let ledger = try ledger()
        let before = try size(ledger)
        let start = try DiskModel(ledger.folder)
        var record = DiskRecord()
        for command in [Self.enrol, ["status"], ["checkpoint"]] {
            let written = "\(FileManager.default.temporaryDirectory.path)/\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: written) }
            let (result, _) = try trace(["--record", written, ledger.folder], command, ledger)
            // 6: there is no release to tell of.
            try #require([0, 6].contains(result.code), "\(command): \(result.notes)")
            try record.add(written)
        }
        let final = try ledger.read { try LogContents(reading: $0).records }

        let images = DiskModel.images(of: record, from: start)
        var generator = SeededGenerator(seed: CrashPlan.seed)
        let chosen = CrashPlan.isSoak ? images : Array(images.shuffled(using: &generator).prefix(16))
        print("power: commands: \(images.count) images, tried \(chosen.count), seed \(CrashPlan.seed)")
        for image in chosen {
            let path = "\(ledger.folder)-image"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let words = Comment(rawValue: "\(image.words), seed \(CrashPlan.seed)")
            try image.write(from: ledger.folder, to: path)

            let verified = try LedgerProgram.run(["verify"], in: path)
            #expect(verified.code == 0, "\(words): \(verified.output)\(verified.notes)")
            let log = try SQLiteLog.open(
                at: "\(path)/.ledger/ledger.db", mode: .readOnly, clock: .fixed(World.start))
            let records = try LogContents(log).records
            #expect(records == Array(final.prefix(records.count)), words)
            if image.printed.contains("enrolled dave") {
                #expect(records.count == before + Self.recordCount, words)
            }
            let again = try LedgerProgram.run(Self.enrol, in: path)
            #expect(again.code == (records.count == before ? 0 : 3), "\(words): \(again.notes)")
            // Views that were cut off are told of, and made again.
            let views = try LedgerProgram.run(["replay", "--check"], in: path)
            #expect(
                views.code == 0
                    || [1, 8].contains(views.code) && views.output.contains("They are made again"),
                "\(words): \(views.output)\(views.notes)")
            for command in [["replay", "--check"], ["status"], ["checkpoint"]] {
                let result = try LedgerProgram.run(command, in: path)
                #expect(
                    [0, 6].contains(result.code), "\(words): \(command): \(result.output)\(result.notes)")
            }
        }
    }
}
