import Foundation
import LedgerEvents
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// Who has the file and the `sqlite3` shell is found out: the first bad record, and what was done.
@Suite(.enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell")) struct TamperingTests {
    let folder: TemporaryFolder
    private let clock = LedgerClock.fixed(RandomOperations.start)
    private static let environment = ProcessInfo.processInfo.environment
    private static let isSoak = environment["LEDGER_SOAK"] != nil
    private static let seed = environment["LEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
    /// One kind alone, by its name.
    private static let wanted = environment["LEDGER_TAMPERING"]
    /// Of each kind.
    private static let count = isSoak ? 5264 : 6

    /// What is found is a matter of bytes, not of the disk that they lie on.
    init() throws { folder = try TemporaryFolder(inMemory: true) }

    /// A ledger, and what somebody keeps of it elsewhere.
    private struct Target {
        let path: String
        let records: [[UInt8]]
        let size: TreeSize
        let root: Hash
    }

    private func target(_ number: Int, using generator: inout SeededGenerator) throws -> Target {
        let path = "\(folder.path)/\(number).db"
        let log = try SQLiteLog.create(at: path, origin: ConformanceRule.origin, clock: clock)
        let count = Int.random(in: 300...560, using: &generator)
        try log.write { writer in
            for number in 0..<count {
                let name = number == 0 || generator.oneIn(7) ? "ledger" : "release/autocli/v1.0.\(number % 5)"
                _ = try writer.append(.numbered(number, stream: StreamName(name)!), expecting: .any)
            }
        }
        try log.checkpointWAL()
        let contents = try LogContents(log)
        return Target(
            path: path, records: contents.records, size: contents.head.size, root: contents.head.root)
    }

    /// As `ledger verify --against CHECKPOINT` does it.
    private func verify(_ path: String, against target: Target) throws -> VerificationResult {
        try SQLiteLog.open(at: path, mode: .readOnly, clock: clock).read { reader in
            let verdict = try LogVerifier.verify(reading: reader, depth: .full)
            guard case .good(let size, _) = verdict else { return verdict }
            guard size >= target.size else {
                return .broken(LogFault(.cut, at: size.nextIndex, "shorter than the checkpoint"))
            }
            guard try reader.root(at: target.size) == target.root else {
                return .broken(LogFault(.resealed, at: nil, "not what the checkpoint is of"))
            }
            return verdict
        }
    }

    private func apply(_ tampering: Tampering, to copy: String, _ shell: OpenSQLiteShell) throws {
        guard let (old, new) = tampering.patch else { return try shell.run(tampering.sql, on: copy) }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
        bytes.replaceSubrange(try #require(bytes.range(of: Data(old))), with: new)
        try bytes.write(to: URL(fileURLWithPath: copy))
    }

    /// How many were found, and told right; and what was not.
    private struct Tally {
        var (count, found, placed, rightPlaces, rightCauses) = (0, 0, 0, 0, 0)
        var wrong: [String] = []

        mutating func add(_ verdict: VerificationResult, of tampering: Tampering) {
            count += 1
            if tampering.index != nil { placed += 1 }
            guard case .broken(let fault) = verdict else { return wrong.append("not found: \(tampering)") }
            found += 1
            let isPlaced = tampering.index == nil || fault.index == tampering.index
            if tampering.index != nil, isPlaced { rightPlaces += 1 }
            if fault.cause == tampering.cause { rightCauses += 1 }
            if !isPlaced || fault.cause != tampering.cause { wrong.append("\(tampering): \(fault)") }
        }

        mutating func add(_ other: Tally) {
            (count, found, placed) = (count + other.count, found + other.found, placed + other.placed)
            rightPlaces += other.rightPlaces
            rightCauses += other.rightCauses
            wrong += other.wrong
        }

        var text: String {
            func percent(_ part: Int, _ whole: Int) -> String {
                whole == 0 ? "-" : String(format: "%.3f %%", 100 * Double(part) / Double(whole))
            }
            return "\(count) tamperings: found \(percent(found, count)), first bad record right "
                + "\(percent(rightPlaces, placed)), cause right \(percent(rightCauses, count))"
        }
    }

    @Test(.timeLimit(.minutes(300))) func everyTamperingIsFoundAndNamed() throws {
        let shell = try OpenSQLiteShell()
        let copy = "\(folder.path)/copy.db"
        var all = Tally()
        for (number, kind) in Tampering.Kind.allCases.enumerated()
        where Self.wanted == nil || Self.wanted == kind.rawValue {
            var generator = SeededGenerator(seed: Self.seed &+ UInt64(number) << 32)
            var tally = Tally()
            var target = try target(number, using: &generator)
            for round in 0..<Self.count {
                if round % 500 == 499 {
                    target = try self.target(number + round * 100, using: &generator)
                }
                let tampering = Tampering(kind, of: target.records, using: &generator)
                for suffix in ["", "-wal", "-shm"] { unlink(copy + suffix) }
                try FileManager.default.copyItem(atPath: target.path, toPath: copy)
                try apply(tampering, to: copy, shell)

                tally.add(try verify(copy, against: target), of: tampering)
            }
            if Self.isSoak { print("\(kind.rawValue): \(tally.text)") }
            all.add(tally)
        }
        print("\(all.text); seed \(Self.seed)")
        let wrong = all.wrong.prefix(20).joined(separator: "\n")
        #expect(all.found == all.count, "seed \(Self.seed):\n\(wrong)")
        #expect(all.rightPlaces * 1000 >= all.placed * 999, "seed \(Self.seed):\n\(wrong)")
        #expect(all.rightCauses * 100 >= all.count * 99, "seed \(Self.seed):\n\(wrong)")
        if !wrong.isEmpty { print(wrong) }
    }

    /// Ledgers of every size, each also while somebody adds to it.
    @Test(.timeLimit(.minutes(60))) func aCleanLedgerRaisesNoAlarm() async throws {
        var generator = SeededGenerator(seed: Self.seed)
        var (looks, busyLooks) = (0, 0)
        for number in 0..<(Self.isSoak ? 1000 : 12) {
            let path = "\(folder.path)/clean-\(number).db"
            let count = Int.random(in: 1...600, using: &generator)
            let log = try SQLiteLog.create(at: path, origin: ConformanceRule.origin, clock: clock)
            try log.write { writer in
                for number in 0..<count {
                    _ = try writer.append(.ofWorker(1, number: number), expecting: .any)
                }
            }
            for depth in [LogVerifier.Depth.fast, .full] {
                #expect(try size(path, depth) == count, "seed \(Self.seed), ledger \(number)")
            }

            let clock = clock
            let writing = Task.detached {
                let log = try SQLiteLog.open(at: path, clock: clock)
                for number in count..<(count + 60) {
                    _ = try log.write { try $0.append(.ofWorker(1, number: number), expecting: .any) }
                }
            }
            for round in 0..<4 {
                let found = try size(path, round % 2 == 0 ? .full : .fast)
                let size = try #require(found, "seed \(Self.seed), ledger \(number)")
                #expect((count...(count + 60)).contains(size))
                looks += 1
                if size > count, size < count + 60 { busyLooks += 1 }
            }
            try await writing.value
            #expect(try size(path, .full) == count + 60)
        }
        if Self.isSoak { print("\(looks) looks beside a writer, \(busyLooks) of them at a part of its work") }
        #expect(busyLooks > 0)
    }

    private func size(_ path: String, _ depth: LogVerifier.Depth) throws -> Int? {
        let log = try SQLiteLog.open(at: path, mode: .readOnly, clock: clock)
        return try LogVerifier.verify(log, depth: depth).goodSize?.value
    }
}
