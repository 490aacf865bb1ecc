import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// A command that is killed has done all of what it does, or nothing; said again, it does it, or says that it
/// is done.
@Suite(.serialized) struct CommandCrashTests {
    /// A command, the state in which it is given, and what it leaves.
    struct Case: Sendable, CustomStringConvertible {
        let arguments: [String]
        /// Records that it adds, together.
        let recordCount: Int
        /// How it ends where it was done before.
        let againCode: Int
        /// What it makes, where it adds no records.
        var makes = "bundle"
        /// How `ledger verify` ends before it.
        var verifyCode = 0
        var description: String { arguments.prefix(3).joined(separator: " ") }
    }

    @Test(.timeLimit(.minutes(120)))
    func aKilledCommandHasDoneAllOrNothing() async throws {
        let world = try await CrashWorld.make()
        var generator = SeededGenerator(seed: CrashPlan.seed)
        print("crash: commands, seed \(CrashPlan.seed)")
        try world.keep(as: "people")
        try await world.ledger(world.start)
        try world.keep(as: "started")
        try await world.ledger(["run"], codes: [4])
        try world.keep(as: "gate")
        try await world.makeKey("erin")

        let cases: [(String, Case)] = [
            ("people", Case(arguments: world.enrol("erin", role: "tester"), recordCount: 3, againCode: 3)),
            ("people", Case(arguments: world.start, recordCount: 1, againCode: 8)),
            ("gate", Case(arguments: world.approve("TestGate"), recordCount: 1, againCode: 3)),
            ("gate", Case(arguments: ["checkpoint", "--to", "kept"], recordCount: 0, againCode: 0)),
            ("gate", Case(arguments: ["export", "bundle"], recordCount: 0, againCode: 2)),
            ("gate", Case(arguments: ["tiles", "tiled"], recordCount: 0, againCode: 0, makes: "tiled")),
        ]
        for (state, tried) in cases + (try await copies(world)) {
            try await check(tried, from: state, world, &generator)
        }
        await world.end()
    }

    /// Commands that make a ledger from another one, or a copy of it.
    private func copies(_ world: CrashWorld) async throws -> [(String, Case)] {
        try world.bringBack("gate")
        try await world.ledger(["backup", "gate.ledger"])
        try await world.ledger(["export", "gate.bundle"])
        // A ledger that has lost its last record, as what was kept outside of it knows.
        try world.bringBack("gate")
        try await world.ledger(world.approve("TestGate"))
        try await world.ledger(["checkpoint"])
        try world.keep(as: "lost")
        try FileManager.default.removeItem(atPath: world.folder + "/states/lost/ledger")
        try FileManager.default.copyItem(
            atPath: world.folder + "/states/gate/ledger", toPath: world.folder + "/states/lost/ledger")
        let made = ["--ledger", "made"]
        return [
            ("gate", Case(arguments: ["backup", "made"], recordCount: 0, againCode: 2, makes: "made")),
            (
                "gate",
                Case(
                    arguments: ["restore", "gate.ledger"] + made, recordCount: 0, againCode: 2, makes: "made")
            ),
            (
                "gate",
                Case(arguments: ["restore", "gate.ledger", "--replace"], recordCount: 0, againCode: 0)
            ),
            (
                "gate",
                Case(
                    arguments: ["import", "gate.bundle"] + made, recordCount: 0, againCode: 2, makes: "made")
            ),
            (
                "lost",
                Case(
                    arguments: ["restore", "--acknowledge", "--as", "alice", "--key", "alice"],
                    recordCount: 1, againCode: 0, verifyCode: 5)
            ),
        ]
    }

    private func check(
        _ tried: Case, from state: String, _ world: CrashWorld, _ generator: inout SeededGenerator
    ) async throws {
        try reset(world, to: state)
        let (counted, ending) = try await world.crash(.count, tried.arguments)
        #expect(ending.code == 0, "\(tried): \(ending.words)")
        let places = Self.chosen(counted.places, &generator)
        print("crash: \(tried): \(counted.points.count) points, tried \(places.count)")
        for place in places {
            try reset(world, to: state)
            let before = try world.size()
            let (report, killed) = try await world.crash(.kill(place), tried.arguments)
            let added = try world.size() - before
            let isDone =
                tried.recordCount == 0
                ? FileManager.default.fileExists(atPath: "\(world.folder)/\(tried.makes)") : added > 0

            #expect([0, tried.recordCount].contains(added), "\(tried), killed \(place)")
            #expect(
                killed.output.isEmpty || isDone || tried.recordCount == 0,
                "\(tried), killed \(place): \(killed.output)")
            let verified = try await world.attempt(["verify"])
            #expect(
                verified.code == (isDone ? 0 : tried.verifyCode),
                "\(tried), killed \(place): \(verified.output)\(verified.words)")
            let again = try await world.attempt(tried.arguments)
            #expect(again.code == (isDone ? tried.againCode : 0), "\(tried), killed \(place): \(again.words)")
            #expect(try world.size() - before == tried.recordCount)
            #expect(try world.strays() == [], "\(tried), killed \(place)")
            try await checkKept(world, tried, place)
            if report.ended == nil { print("crash: \(tried): not reached: \(place)") }
        }
    }

    /// A checkpoint or bundle that is there is whole.
    private func checkKept(_ world: CrashWorld, _ tried: Case, _ place: CrashPlace) async throws {
        let kept = (try? FileManager.default.contentsOfDirectory(atPath: world.folder + "/kept")) ?? []
        for name in kept {
            let verified = try await world.attempt(["verify", "--against", "kept/\(name)"])
            #expect(
                verified.code == 0, "\(tried), killed \(place): \(name): \(verified.output)\(verified.words)")
        }
        if FileManager.default.fileExists(atPath: world.folder + "/made/ledger.db") {
            let verified = try await world.attempt(["verify", "--ledger", "made"])
            #expect(
                verified.code == 0, "\(tried), killed \(place): \(verified.output)\(verified.words)")
        } else if FileManager.default.fileExists(atPath: world.folder + "/made") {
            let restored = try await world.attempt(["restore", "made", "--ledger", "made-of-it"])
            #expect(restored.code == 0, "\(tried), killed \(place): \(restored.words)")
        }
        if tried.verifyCode != 0 {
            // Whatever happened, the log goes on, under its new key.
            try await world.ledger(["checkpoint"])
            try await world.ledger(["verify"])
        }
        if FileManager.default.fileExists(atPath: world.folder + "/bundle") {
            let verified = try await world.attempt(["verify", "--bundle", "bundle"])
            #expect(
                [0, 4].contains(verified.code),
                "\(tried), killed \(place): \(verified.output)\(verified.words)")
        }
    }

    @Test(.timeLimit(.minutes(120)))
    func aKilledInitLeavesAWholeLedgerOrNone() async throws {
        let world = try await CrashWorld.make()
        var generator = SeededGenerator(seed: CrashPlan.seed)
        try FileManager.default.removeItem(atPath: world.ledger)
        try world.keep(as: "nothing")
        let (counted, _) = try await world.crash(.count, world.initialize)
        let places = Self.chosen(counted.places, &generator)
        print("crash: init: \(counted.points.count) points, tried \(places.count)")

        for place in places {
            try reset(world, to: "nothing")
            _ = try await world.crash(.kill(place), world.initialize)
            let isThere = FileManager.default.fileExists(atPath: world.ledger)

            let again = try await world.attempt(world.initialize)
            #expect(again.code == (isThere ? 2 : 0), "init, killed \(place): \(again.words)")
            let verified = try await world.attempt(["verify"])
            #expect(verified.code == 0, "init, killed \(place): \(verified.output)\(verified.words)")
            #expect(try world.size() == 5)
            #expect(try isThere || world.strays() == [], "init, killed \(place)")
        }
        await world.end()
    }

    /// All in a soak; else every class, and every write to the log.
    private static func chosen(_ places: [CrashPlace], _ generator: inout SeededGenerator) -> [CrashPlace] {
        guard !CrashPlan.isSoak else { return places }
        let classes = Dictionary(grouping: places, by: \.point.pointClass)
        return classes.sorted { $0.key < $1.key }.compactMap { $0.value.randomElement(using: &generator) }
    }

    private func reset(_ world: CrashWorld, to state: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: world.folder)
        for name in names
        where ["kept", "bundle", "made", "made-of-it", "tiled"].contains(name)
            || name.hasPrefix("ledger.aside-")
        {
            try? FileManager.default.removeItem(atPath: "\(world.folder)/\(name)")
        }
        try world.bringBack(state)
    }
}

extension CrashWorld {
    /// Records in the log.
    func size() throws -> Int {
        let log = try SQLiteLog.open(
            at: ledger + "/ledger.db", mode: .readOnly, clock: .fixed(Timestamp.writable.upperBound))
        return try log.read { try $0.head().size.value }
    }

    /// Half-made things, anywhere in the world.
    func strays() throws -> [String] {
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { !$0.hasPrefix("states/") && ($0.contains(".new-") || $0.hasSuffix(".tmp")) }
    }
}
