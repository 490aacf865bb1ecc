import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerTesting
import Testing

/// A clock that cannot be right is told before anybody signs, in words that can be followed.
@Suite struct ClockTests {
    /// Signs nothing.
    private struct Nobody: StatementSigner {
        let person = "ida"

        func sign(_ statement: [UInt8]) async throws -> [UInt8] {
            Issue.record("somebody was asked to sign")
            return []
        }
    }

    private func message(at time: Timestamp, after last: Timestamp?) async -> String? {
        let clock = AdjustableClock(last ?? time)
        let log = InMemoryLog(origin: World.origin, clock: clock.clock)
        let handler = CommandHandler(
            door: Sequencer(log), clock: clock.clock, evidence: EvidenceStore(folder: "/nowhere"))
        do {
            if last != nil {
                _ = try await handler.append(
                    Act(.ledger, "ledger.rekeyed", [:]), actor: "ledger:self", cause: nil
                ) { _ in }
            }
            clock.time = time
            _ = try await handler.perform(Act.grant(role: "tester", to: "bob"), by: Nobody())
        } catch { return (error as? LogError)?.message }
        return "it was recorded"
    }

    @Test(arguments: [Timestamp.writable.upperBound, Timestamp.writable.lowerBound])
    func aYearThatNoRecordCanHoldIsAnError(bound: Timestamp) async {
        let beyond = bound.adding(microseconds: bound.microsecondsSince1970 < 0 ? -1 : 1)

        let words = await message(at: beyond, after: nil)

        #expect(words?.contains("outside of the years 0000 to 9999") == true, "\(words ?? "no LogError")")
    }

    @Test func aClockBehindSaysUntilWhenAndWhatToDo() async {
        let last = World.start.adding(microseconds: 86_400_000_000)
        let until = last.adding(microseconds: -RecordLinking.toleratedLagMicros)

        let words = await message(at: World.start, after: last)

        #expect(
            words?.contains("nothing can be recorded before \(until)") == true, "\(words ?? "no LogError")")
        #expect(words?.contains("ledger restore --acknowledge") == true)
    }
}
