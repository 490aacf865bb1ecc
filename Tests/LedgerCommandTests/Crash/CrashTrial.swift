import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite
import Testing

/// One kill, and what came of it.
struct CrashTrial: Sendable {
    let world: CrashWorld
    let stage: CrashStage
    let place: CrashPlace

    struct Result: Sendable {
        /// False where the run ended before the place was reached: things differ a little from run to run.
        var wasHit = false
        var survivors: Set<String> = []
        var faults: [String] = []
    }

    /// Kills one run there, runs again until it is done, and looks at everything.
    func run() async throws -> Result {
        try world.bringBack(stage.rawValue)
        let check = StageCheck(world, stage)
        let (report, killed) = try await world.crash(.kill(place), ["run"])
        var faults = try await check.faults(after: [killed])
        // A program that is just being started has no parent-death signal yet.
        if place.point.call == "execve", let sent = report.later.first(where: { $0.call == "connect" }) {
            faults.append("an orphan went on: \(sent.pattern)")
        }
        return Result(wasHit: report.ended != nil, survivors: report.survivors, faults: faults)
    }
}

/// What must be true of a stage when it is over, whatever happened on the way.
struct StageCheck: Sendable {
    let world: CrashWorld
    let stage: CrashStage
    /// One upload may have been refused because the file was there.
    var allowsRefusedUpload = false
    /// Where the servers' logs ended before.
    private let sizes: (test: Int, index: Int, registry: Int)

    /// One run may find that another one works, one takes over. More would be a loop.
    static let runLimit = 3

    init(_ world: CrashWorld, _ stage: CrashStage) {
        self.world = world
        self.stage = stage
        sizes = (world.testLog.byteCount, world.indexLog.byteCount, world.registryLog.byteCount)
    }

    /// Runs until it is done, and looks at everything: the servers' logs, the records, the verdicts, what is
    /// left over.
    ///
    /// - Parameter earlier: runs before this; what they printed as done must be in the log.
    func faults(after earlier: [RealProgram.Ending]) async throws -> [String] {
        var faults: [String] = []
        var runs = earlier
        for _ in 0..<Self.runLimit {
            runs.append(try await world.attempt(["run"]))
            if runs.last?.code == stage.endCode { break }
        }
        if let last = runs.last, last.code != stage.endCode {
            faults.append("`ledger run` ends with \(last.code): \(last.words)")
        }
        faults += uploadFaults()
        faults += try CrashAudit(world: world, stage: stage).faults(printed: runs.map(\.words).joined())
        faults += try await verifyFaults()
        let left = try FileManager.default.contentsOfDirectory(atPath: world.temporary)
        if !left.isEmpty { faults.append("left in TMPDIR: \(left)") }
        let strays = try world.strays()
        if !strays.isEmpty { faults.append("half-made: \(strays)") }
        return faults
    }

    /// Records an issue for each fault.
    func expectNoFaults(after earlier: [RealProgram.Ending], _ circumstances: String) async throws {
        for fault in try await faults(after: earlier) {
            Issue.record("\(stage.rawValue), \(circumstances): \(fault)")
        }
    }

    private func uploadFaults() -> [String] {
        var faults: [String] = []
        func expect(_ what: String, _ found: some Equatable, _ wanted: some Equatable) {
            if "\(found)" != "\(wanted)" { faults.append("\(what): \(found) instead of \(wanted)") }
        }
        let stored = world.registryLog.requests(from: sizes.registry).stored
        faults += uploadFaults(
            world.testLog.uploads(from: sizes.test), to: "the test index", isExpected: stage == .testIndex)
        faults += uploadFaults(
            world.indexLog.uploads(from: sizes.index), to: "the index", isExpected: stage == .index)
        let isPushed = stage == .build || stage == .registry
        expect("manifests stored", stored["manifest"] ?? 0, isPushed ? 1 : 0)
        expect(
            "blobs stored", stored.count { $0.key.hasPrefix("blob") },
            isPushed ? CrashWorld.files.count + 1 : 0
        )
        for (what, count) in stored where count > 1 { faults.append("stored \(count) times: \(what)") }
        return faults
    }

    /// Each file is stored once, and not sent again when it is there: an index would answer 409. What was cut
    /// off in the
    /// middle stored nothing and is no upload.
    private func uploadFaults(
        _ uploads: [AccessLog.Upload], to index: String, isExpected: Bool
    ) -> [String] {
        let stored = uploads.compactMap(\.stored).sorted()
        var faults: [String] = []
        if stored != (isExpected ? CrashWorld.files : []) { faults.append("stored at \(index): \(stored)") }
        let others = uploads.filter { $0.stored == nil }
        if others.count > 1 || others.contains(where: \.isDuplicate) && !allowsRefusedUpload {
            faults.append("uploaded to \(index) without effect: \(others)")
        }
        return faults
    }

    /// `ledger verify` of the ledger, and of a bundle of it.
    private func verifyFaults() async throws -> [String] {
        var faults: [String] = []
        let bundle = world.folder + "/bundle"
        try? FileManager.default.removeItem(atPath: bundle)
        for (arguments, code) in [
            (["verify", "--gates"], stage.endCode), (["export", bundle], 0),
            (["verify", "--bundle", bundle], stage.endCode),
        ] {
            let ending = try await world.attempt(arguments + ["--output", "json"])
            let isClean = arguments[0] != "verify" || ending.output.contains(#""findings":[]"#)
            if ending.code != code || !isClean {
                faults.append("\(arguments): \(ending.code)\n\(ending.output)\(ending.words)")
            }
        }
        return faults
    }
}

extension CrashWorld {
    var testLog: AccessLog { AccessLog(path: testIndex.logPath) }
    var indexLog: AccessLog { AccessLog(path: index.logPath) }
    var registryLog: AccessLog { AccessLog(path: registry.logPath) }
}

/// The records of the release, held against what must be there.
struct CrashAudit: Sendable {
    let world: CrashWorld
    let stage: CrashStage

    func records() throws -> [Record] {
        let log = try SQLiteLog.open(
            at: world.ledger + "/ledger.db", mode: .readOnly, clock: .fixed(Timestamp.writable.upperBound))
        return try log.read { try $0.records(in: CrashWorld.release.stream) }
    }

    func faults(printed: String) throws -> [String] {
        let records = try records()
        var faults: [String] = []
        func names(_ type: String, _ member: String) -> [String] {
            records.filter { $0.type.text == type }.map { $0.what[member]?.string ?? "?" }
        }
        for (what, found, wanted) in [
            ("succeeded", names("stage.succeeded", "stage"), stage.finished),
            ("failed", names("stage.failed", "stage"), []), ("unknown", names("stage.unknown", "stage"), []),
            ("conflicted", names("publish.conflicted", "stage"), []),
            ("built", names("artifact.built", "stage"), ["build"]),
            ("published", names("artifact.published", "stage"), Array(stage.finished.dropFirst())),
            ("opened", names("gate.opened", "gate"), stage.openedGates),
            ("completed", names("release.completed", "by"), stage == .index ? ["ledger:self"] : []),
        ] where found != wanted { faults.append("\(what): \(found) instead of \(wanted)") }
        for (name, epochs) in epochs(records)
        where epochs != epochs.sorted() || Set(epochs).count != epochs.count {
            faults.append("the epochs of \(name) do not grow: \(epochs)")
        }
        return faults + lost(printed, records)
    }

    private func epochs(_ records: [Record]) -> [String: [Int64]] {
        records.filter { $0.type.text == "stage.started" }.reduce(into: [:]) { result, record in
            result[record.what["stage"]?.string ?? "?", default: []].append(
                record.what["epoch"]?.integer ?? -1)
        }
    }

    /// What was printed as done, and is not in the log.
    private func lost(_ printed: String, _ records: [Record]) -> [String] {
        func has(_ type: String, _ member: String, _ value: some StringProtocol) -> Bool {
            records.contains { $0.type.text == type && $0.what[member]?.string == String(value) }
        }
        return printed.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map { $0.trimmingCharacters(in: [":"]) }
            guard words.count > 2 else { return nil }
            let isRecorded =
                switch words[0] {
                case "▶": has("stage.started", "stage", words[2])
                case "◆": has("gate.opened", "gate", words[4])
                case "✓" where words[2] == "published":
                    records.contains { $0.type.text == "release.completed" }
                case "✓": has("stage.succeeded", "stage", words[2])
                default: true
                }
            return isRecorded ? nil : "printed, but not in the log: \(line)"
        }
    }
}
