import Glibc
import LedgerEvents
import LedgerProof
import LedgerTesting
import Synchronization
import Testing

@Suite struct SequencerTests {
    private static let noon = RandomOperations.start

    /// Counts the transactions of a log, and can hold them up or make their commits fail.
    private final class WatchedLog: EventLog {
        struct Watch: Sendable {
            var writes = 0
            var isCommitBroken = false
            var isHeld = false
            var isEntered = false
            /// How many tasks are about to submit.
            var started = 0
        }

        let origin = ConformanceRule.origin
        private let log = InMemoryLog(origin: ConformanceRule.origin, clock: .fixed(noon))
        private let watch: Watched

        init(_ watch: Watched) { self.watch = watch }

        func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result {
            watch.state.withLock { $0.isEntered = true }
            while watch.state.withLock({ $0.isHeld }) { usleep(1000) }
            return try log.write { writer in
                let result = try body(writer)
                let isBroken = watch.state.withLock {
                    $0.writes += 1
                    return $0.isCommitBroken
                }
                if isBroken { throw LogError(.storage, "the disk is full") }
                return result
            }
        }

        func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result { try log.read(body) }
    }

    private final class Watched: Sendable {
        let state = Mutex(WatchedLog.Watch())

        func start() { state.withLock { $0.started += 1 } }

        /// Returns when so many tasks have started, and a moment later, when they wait in the inbox.
        func wait(forStarted count: Int) async throws {
            while state.withLock({ $0.started }) < count { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private struct Refusal: Error {}

    private static func sequencer(_ watch: Watched = Watched(), limits: Limits = .standard) -> Sequencer {
        Sequencer(WatchedLog(watch), limits: limits)
    }

    @Test func receiptsAreGaplessAndEachIsItsOwn() async throws {
        let sequencer = Self.sequencer()

        let receipts = try await withThrowingTaskGroup(of: (Int, Receipt).self) { group in
            for number in 0..<200 {
                group.addTask { (number, try await sequencer.append(.numbered(number))) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }

        #expect(Set(receipts.values.map(\.index.value)) == Set(0..<200))
        for (number, receipt) in receipts {
            let record = try await sequencer.read { try $0.record(at: receipt.index) }
            #expect(record.map { RecordDraft.numbered(number).isSame(as: $0) } == true)
        }
        await sequencer.close()
    }

    @Test func thoseWhoWaitShareACommit() async throws {
        let watch = Watched()
        watch.state.withLock { $0.isHeld = true }
        let sequencer = Self.sequencer(watch)

        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    watch.start()
                    _ = try await sequencer.append(.numbered(number))
                }
            }
            // The first may have been taken alone.
            try await watch.wait(forStarted: 64)
            watch.state.withLock { $0.isHeld = false }
            try await group.waitForAll()
        }

        #expect(watch.state.withLock { $0.writes } <= 8)
        await sequencer.close()
    }

    @Test(arguments: [1, 3, 1024]) func aFailingSubmissionHarmsNobodyElse(perCommit: Int) async throws {
        var limits = Limits()
        limits.submissionsPerCommit = perCommit
        let sequencer = Self.sequencer(limits: limits)

        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<100 {
                group.addTask {
                    do {
                        try await sequencer.submit { writer in
                            _ = try writer.append(.numbered(2 * number), expecting: .any)
                            _ = try writer.append(.numbered(2 * number + 1), expecting: .any)
                            if number % 3 == 0 { throw Refusal() }
                        }
                        return (number, true)
                    } catch {
                        #expect(error is Refusal)
                        return (number, false)
                    }
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }

        for number in 0..<100 { #expect(outcomes[number] == (number % 3 != 0)) }
        let found = try await sequencer.read { reader in
            try (0..<200).filter { try reader.index(of: RecordDraft.numbered($0).id) != nil }
        }
        #expect(found == (0..<200).filter { $0 / 2 % 3 != 0 })
        await sequencer.close()
    }

    @Test func aFailedCommitFailsAllOfItsSubmissions() async throws {
        let watch = Watched()
        watch.state.withLock { $0.isCommitBroken = true }
        let sequencer = Self.sequencer(watch)

        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await #expect(throws: LogError.self) { try await sequencer.append(.numbered(number)) }
                }
            }
        }

        watch.state.withLock { $0.isCommitBroken = false }
        #expect(try await sequencer.append(.numbered(5)).index == LogIndex(0))
        await sequencer.close()
    }

    @Test func aFullInboxRefusesAtOnce() async throws {
        var limits = Limits()
        limits.waitingSubmissions = 4
        let watch = Watched()
        watch.state.withLock { $0.isHeld = true }
        let sequencer = Self.sequencer(watch, limits: limits)
        let taken = Task { try await sequencer.append(.numbered(0)) }
        while !watch.state.withLock({ $0.isEntered }) { try await Task.sleep(for: .milliseconds(1)) }

        await withTaskGroup(of: LogError.Code?.self) { group in
            for number in 1...10 {
                group.addTask {
                    do { _ = try await sequencer.append(.numbered(number)) } catch {
                        return (error as? LogError)?.code
                    }
                    return nil
                }
            }
            // Nobody who waits can be answered yet: the first six answers are refusals.
            for _ in 0..<6 { #expect(await group.next() == .busy) }
            watch.state.withLock { $0.isHeld = false }
            for _ in 0..<4 { #expect(await group.next() == .some(nil)) }
        }

        #expect(try await taken.value.index == LogIndex(0))
        await sequencer.close()
    }

    @Test func bytesLimitACommitButNeverStopIt() async throws {
        var limits = Limits()
        limits.bytesPerCommit = 1
        let watch = Watched()
        let sequencer = Self.sequencer(watch, limits: limits)

        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { _ = try await sequencer.append(.numbered(number)) } }
            try await group.waitForAll()
        }

        #expect(watch.state.withLock { $0.writes } == 20)
        await sequencer.close()
    }

    @Test func whatWaitsIsAnsweredBeforeItCloses() async throws {
        let watch = Watched()
        watch.state.withLock { $0.isHeld = true }
        let sequencer = Self.sequencer(watch)
        let waiting = (0..<10).map { number in
            Task {
                watch.start()
                return try await sequencer.append(.numbered(number))
            }
        }
        try await watch.wait(forStarted: 10)
        watch.state.withLock { $0.isHeld = false }

        await sequencer.close()

        var indexes: Set<Int> = []
        for task in waiting { indexes.insert(try await task.value.index.value) }
        #expect(indexes == Set(0..<10))
        let error = await #expect(throws: LogError.self) { try await sequencer.append(.numbered(99)) }
        #expect(error?.code == .busy)
        await sequencer.close()
    }
}
