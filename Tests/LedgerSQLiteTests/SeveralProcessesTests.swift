import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite(.serialized) struct SeveralProcessesTests {
    let folder: TemporaryFolder
    init() throws {
        folder = try TemporaryFolder()
        _ = try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: clock)
    }

    private let clock = LedgerClock.system

    private func open() throws -> SQLiteLog { try SQLiteLog.open(at: folder.database, clock: clock) }

    @Test func severalProcessesAppendWithoutForkOrGap() throws {
        let workers = try (0..<4).map {
            try Worker(database: folder.database, seed: $0, count: 120, batch: $0 + 1)
        }
        let log = try open()
        for number in 0..<60 {
            _ = try log.write { try $0.append(.ofWorker(9, number: number), expecting: .exactly(number)) }
        }

        let results = try workers.map { try $0.finish() }

        #expect(results.map(\.status) == [0, 0, 0, 0], "\(results.map(\.error))")
        let indexes = results.flatMap { $0.promised.values }
        #expect(indexes.count == 480 && Set(indexes).count == 480)
        let verdict = try LogVerifier.verify(log, depth: .full)
        let size = try #require(verdict.goodSize, "\(verdict)")
        #expect(size.value == 540)
        for (seed, result) in results.enumerated() {
            try expectPromisesKept(result.promised, seed: seed, in: log)
        }
    }

    /// Two processes for each record, as who was not answered starts another one.
    @Test(.timeLimit(.minutes(60))) func sixteenProcessesAppendEachRecordOnce() throws {
        let count = ProcessInfo.processInfo.environment["LEDGER_SOAK"] == nil ? 50 : 1000
        let workers = try (0..<16).map {
            try Worker(database: folder.database, seed: $0 / 2, count: count, batch: $0 % 5 + 1)
        }

        let results = try workers.map { try $0.finish() }

        #expect(results.allSatisfy { $0.status == 0 }, "\(results.map(\.error))")
        let verdict = try LogVerifier.verify(try open(), depth: .full)
        let size = try #require(verdict.goodSize, "\(verdict)")
        #expect(size.value == 8 * count)
        for pair in 0..<8 {
            let (one, other) = (results[2 * pair].promised, results[2 * pair + 1].promised)
            #expect(one.count == count)
            #expect(one == other)
            try expectPromisesKept(one, seed: pair, in: try open())
        }
        #expect(Set(results.flatMap { $0.promised.values }) == Set(0..<size.value))
    }

    /// Kills a process that appends at a random moment, again and again, on one ledger.
    @Test func aKilledProcessLosesNothingItWasPromised() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        var total = 0
        for round in 0..<25 {
            let worker = try Worker(
                database: folder.database, seed: 100 + round, count: 1_000_000,
                batch: Int.random(in: 1...40, using: &random))
            usleep(UInt32.random(in: 5_000...120_000, using: &random))
            worker.kill()
            let promised = try worker.finish().promised

            let log = try open()
            try expectPromisesKept(promised, seed: 100 + round, in: log)
            let stream = RecordDraft.ofWorker(100 + round, number: 0).stream
            let found = try log.read { try $0.revision(of: stream) }
            #expect(found >= promised.count, "seed \(seed), round \(round)")
            // Who was not answered tries again: nothing is doubled.
            for number in 0...found {
                let receipt = try log.write {
                    try $0.append(.ofWorker(100 + round, number: number), expecting: .exactly(number))
                }
                #expect(receipt.wasDuplicate == (number < found), "seed \(seed), round \(round)")
            }
            total += found + 1
        }
        let verdict = try LogVerifier.verify(try open(), depth: .full)
        let size = try #require(verdict.goodSize, "seed \(seed): \(verdict)")
        #expect(size.value == total, "seed \(seed)")
    }

    private func expectPromisesKept(_ promised: [Int: Int], seed: Int, in log: SQLiteLog) throws {
        try log.read { reader in
            for (number, index) in promised {
                let record = try #require(try reader.record(at: LogIndex(index)))
                #expect(RecordDraft.ofWorker(seed, number: number).isSame(as: record))
            }
        }
    }

    @Test func aReaderSeesOneViewWhileAnotherConnectionAppends() throws {
        let writer = try open()
        let reader = try SQLiteLog.open(at: folder.database, mode: .readOnly, clock: clock)
        _ = try writer.write { try $0.append(.numbered(0), expecting: .any) }

        try reader.read { view in
            let before = try LogContents(reading: view)
            for number in 1..<400 {
                _ = try writer.write { try $0.append(.numbered(number), expecting: .any) }
            }
            let after = try LogContents(reading: view)
            #expect(before == after)
            #expect(after.records.count == 1)
        }

        #expect(try LogContents(reader).records.count == 400)
    }

    @Test func aHeldLockIsReportedAsBusy() throws {
        let holder = try open()
        let other = try open()

        try holder.write { _ in
            let error = #expect(throws: LogError.self) { try other.write { _ in } }
            #expect(error?.code == .busy)
            #expect(error?.message.contains("(pid \(getpid()))") == true)
            #expect(error?.message.contains("is locked by another writer") == true)
        }
    }
}
