import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// Who has the file and the `sqlite3` shell is found out: the first bad record, and what was done.
@Suite(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell")) struct TamperingTests {
    let folder: TemporaryFolder
    private let records: [[UInt8]]
    private let clock = LedgerClock.fixed(RandomOperations.start)
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["LEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
    /// Of each kind.
    private static let count = environment["LEDGER_SOAK"] == nil ? 6 : 6250

    init() throws {
        folder = try TemporaryFolder()
        let log = try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: clock)
        try log.write { writer in
            for number in 0..<320 {
                let stream = StreamName(
                    number == 0 || number % 7 == 3 ? "ledger" : "release/autocli/v1.0.\(number % 5)")!
                _ = try writer.append(.numbered(number, stream: stream), expecting: .any)
            }
        }
        try log.checkpointWAL()
        records = try LogContents(log).records
    }

    private func verify(_ path: String, _ depth: LogVerifier.Depth) throws -> VerificationResult {
        try LogVerifier.verify(try SQLiteLog.open(at: path, mode: .readOnly, clock: clock), depth: depth)
    }

    @Test(.timeLimit(.minutes(300)), arguments: Tampering.Kind.allCases)
    func everyTamperingIsFoundAndNamed(kind: Tampering.Kind) throws {
        var generator = SeededGenerator(
            seed: Self.seed &+ UInt64(Tampering.Kind.allCases.firstIndex(of: kind)!) << 32)
        var (wrongPlaces, wrongCauses) = ([String](), [String]())
        for _ in 0..<Self.count {
            let tampering = Tampering(kind, of: records, using: &generator)
            let copy = folder.path + "/copy.db"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
            let result = try SQLiteShell.run(tampering.sql, on: copy)
            try #require(result.isSuccess, "\(result.text)")

            let verdict = try verify(copy, .full)

            guard case .broken(let fault) = verdict else {
                Issue.record("not found: \(tampering), seed \(Self.seed)")
                continue
            }
            if let index = tampering.index, fault.index != index {
                wrongPlaces.append("\(tampering): \(fault)")
            }
            if fault.cause != tampering.cause { wrongCauses.append("\(tampering): \(fault.cause): \(fault)") }
        }
        #expect(wrongPlaces.isEmpty, "seed \(Self.seed)")
        #expect(wrongCauses.isEmpty, "seed \(Self.seed)")
    }

    @Test func aCleanLedgerRaisesNoAlarm() throws {
        for depth in [LogVerifier.Depth.fast, .full] {
            #expect(try verify(folder.database, depth).goodSize == TreeSize(records.count))
        }
    }
}
