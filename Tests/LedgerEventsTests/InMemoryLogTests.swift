import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

@Suite struct InMemoryLogTests {
    @Test(arguments: ConformanceRule.allCases) func conforms(to rule: ConformanceRule) throws {
        try rule.check { InMemoryLog(origin: ConformanceRule.origin, clock: $0) }
    }
}
