internal import Foundation
internal import Glibc
internal import LedgerEvents
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerTesting

/// One measurement in a process of its own, so that its memory is its own too. Prints one line of JSON.
struct Measurement {
    private let kind: String
    private let path: String
    private let numbers: [Int]

    init(arguments: [String]) throws {
        guard arguments.count >= 2 else {
            throw BenchOptions.Misuse(description: "measure KIND DB [NUMBER…]")
        }
        (kind, path) = (arguments[0], arguments[1])
        numbers = arguments.dropFirst(2).compactMap { Int($0) }
    }

    func run() async throws {
        switch (kind, numbers.count) {
        case ("append", 2): try append(numbers[0], batch: numbers[1])
        case ("producers", 2): try await produce(numbers[0], producers: numbers[1])
        case ("verify-fast", 0): try verify(.fast)
        case ("verify-full", 0): try verify(.full)
        case ("verify-fast", 1): try await verify(.fast, viewCount: numbers[0])
        case ("verify-full", 1): try await verify(.full, viewCount: numbers[0])
        case ("prove", 1): try prove(numbers[0])
        case ("scan", _): try scan()
        case ("replay", _): try replay()
        default: throw BenchOptions.Misuse(description: "unknown measurement '\(kind)'")
        }
    }

    private static let origin = Origin("ledger.example/bench")!

    private func freshLog() throws -> SQLiteLog {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        return try SQLiteLog.create(at: path, origin: Self.origin, clock: .system)
    }

    private func append(_ count: Int, batch: Int) throws {
        let log = try freshLog()
        var generator = EventGenerator()
        var stopwatch = Stopwatch()
        // In pieces, so that a million drafts need not lie in memory at once.
        let piece = max(batch, 10_000)
        for start in stride(from: 0, to: count, by: piece) {
            let drafts = (start..<min(start + piece, count)).map { _ in generator.next()! }
            stopwatch.start()
            for first in stride(from: 0, to: drafts.count, by: batch) {
                try log.write { writer in
                    for draft in drafts[first..<min(first + batch, drafts.count)] {
                        _ = try writer.append(draft, expecting: .any)
                    }
                }
            }
            stopwatch.stop()
        }
        tell(count, stopwatch)
    }

    private func produce(_ count: Int, producers: Int) async throws {
        let log = try freshLog()
        let drafts = Array(EventGenerator(hasCauses: false).prefix(count))
        let sequencer = Sequencer(log)
        var stopwatch = Stopwatch()
        stopwatch.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    for number in stride(from: producer, to: count, by: producers) {
                        _ = try await sequencer.append(drafts[number])
                    }
                }
            }
            try await group.waitForAll()
        }
        stopwatch.stop()
        await sequencer.close()
        tell(count, stopwatch)
    }

    private func open() throws -> SQLiteLog { try SQLiteLog.open(at: path, mode: .readOnly, clock: .system) }

    private func verify(_ depth: LogVerifier.Depth) throws {
        let log = try open()
        var stopwatch = Stopwatch()
        stopwatch.start()
        let result = try LogVerifier.verify(log, depth: depth)
        stopwatch.stop()
        guard case .good(let size, _) = result else { throw Program.Failure(description: "\(result)") }
        tell(size.value, stopwatch)
    }

    private func verify(_ depth: LogVerifier.Depth, viewCount: Int) async throws {
        let path = path
        var stopwatch = Stopwatch()
        stopwatch.start()
        let result = try await LogVerifier.verify(depth: depth, viewCount: viewCount) {
            try SQLiteLog.open(at: path, mode: .readOnly, clock: .system)
        }
        stopwatch.stop()
        guard case .good(let size, _) = result else { throw Program.Failure(description: "\(result)") }
        tell(size.value, stopwatch)
    }

    private func scan() throws {
        let log = try open()
        var stopwatch = Stopwatch()
        stopwatch.start()
        var (count, byteCount) = (0, 0)
        try log.read { reader in
            try reader.scan(0..<Int.max) { _, bytes in
                count += 1
                byteCount += Int(bytes[0]) + Int(bytes[bytes.count - 1]) + bytes.count
            }
        }
        stopwatch.stop()
        precondition(byteCount > 0, "there is something to scan")
        tell(count, stopwatch)
    }

    /// Inclusion proofs of records drawn at random, each checked against the root outside the time.
    private func prove(_ count: Int) throws {
        let log = try open()
        var stopwatch = Stopwatch()
        var generator = SeededGenerator(seed: 1)
        try log.read { reader in
            let (size, root) = (try reader.head().size, try reader.head().root)
            let indexes = (0..<count).map { _ in
                LogIndex(Int.random(in: 0..<size.value, using: &generator))
            }
            stopwatch.start()
            let proofs = try indexes.map { try reader.inclusionProof(of: $0, in: size) }
            stopwatch.stop()
            for (index, proof) in zip(indexes, proofs).prefix(100) {
                let leaf = try reader.subtree(SubtreeID(level: 0, place: index.value))
                guard MerkleProof.checkInclusion(of: leaf, at: index, in: size, root: root, proof: proof)
                else { throw Program.Failure(description: "the proof of record \(index) is wrong") }
            }
        }
        tell(count, stopwatch)
    }

    /// Every record checked and its place read, none of its text copied: what a projection starts from.
    private func replay() throws {
        let log = try open()
        var stopwatch = Stopwatch()
        stopwatch.start()
        var (count, revisions) = (0, 0)
        try log.read { reader in
            try reader.scan(0..<Int.max) { _, bytes in
                let record = try RecordView(scanning: bytes)
                count += 1
                revisions += record.revision + record.streamBytes.count
            }
        }
        stopwatch.stop()
        precondition(revisions > 0, "there is something to replay")
        tell(count, stopwatch)
    }

    private func tell(_ count: Int, _ stopwatch: Stopwatch) {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let peak =
            status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }?
            .split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
        print(
            #"{"bench":"\#(kind)","n":\#(count),"rate":\#(Double(count) / stopwatch.seconds),"#
                + #""cpu_s":\#(stopwatch.processorSeconds),"rss_kb":\#(peak)}"#)
    }
}

/// The time that passed, and the time that the processor gave to this process.
struct Stopwatch {
    private(set) var seconds = 0.0
    private(set) var processorSeconds = 0.0
    private var begin = (0.0, 0.0)

    mutating func start() { begin = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_PROCESS_CPUTIME_ID)) }

    mutating func stop() {
        seconds += Self.now(CLOCK_MONOTONIC) - begin.0
        processorSeconds += Self.now(CLOCK_PROCESS_CPUTIME_ID) - begin.1
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
