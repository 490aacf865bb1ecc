import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite struct ConformanceTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ConformanceRule.allCases) func conforms(to rule: ConformanceRule) throws {
        var count = 0
        try rule.check { clock in
            count += 1
            return try SQLiteLog.create(
                at: "\(folder.path)/\(count).db", origin: ConformanceRule.origin, clock: clock)
        }
    }

    @Test(arguments: 0..<20) func answersAsTheOracleDoes(round: Int) throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        let clock = AdjustableClock(RandomOperations.start)
        let oracle = InMemoryLog(origin: ConformanceRule.origin, clock: clock.clock)
        let log = try SQLiteLog.create(
            at: folder.database, origin: ConformanceRule.origin, clock: clock.clock)
        var operations = RandomOperations(seed: seed, clock: clock)

        do { try operations.run(300, on: oracle, and: log) } catch {
            Issue.record("seed \(seed): \(error)")
        }
    }
}
