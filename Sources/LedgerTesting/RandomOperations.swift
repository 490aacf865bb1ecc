public import LedgerEvents
public import LedgerProof

/// The same random operations on two stores, which must answer alike and end alike.
///
/// One of the two is usually ``InMemoryLog``. The operations follow from the seed alone.
public struct RandomOperations {
    private var random: SeededGenerator
    private let clock: AdjustableClock
    private var numbers = 0
    private var known: [RecordDraft] = []
    private let streams = (0..<6).map { StreamName("release/p\($0)/v1")! } + [.ledger, .roster]

    public static let start = Timestamp("2026-11-22T12:00:00.000000Z")!

    /// - Parameter clock: the clock of both stores.
    public init(seed: UInt64, clock: AdjustableClock) {
        random = SeededGenerator(seed: seed)
        self.clock = clock
        clock.time = Self.start
    }

    /// - Throws: ``BrokenRule`` at the first difference.
    public mutating func run(_ count: Int, on left: any EventLog, and right: any EventLog) throws {
        for number in 0..<count {
            moveClock()
            let steps = (0..<Int.random(in: 1...6, using: &random)).map { _ in step() }
            let fails = random.oneIn(8)
            let answers = [left, right].map { Self.answers(of: $0, to: steps, fails: fails) }
            try require(
                answers[0] == answers[1], "transaction \(number): \(answers[0]) against \(answers[1])")
        }
        try require(try LogContents(left) == LogContents(right), "the two logs end with other contents")
    }

    private mutating func moveClock() {
        let step = random.oneIn(10) ? Int64.random(in: -400_000_000...0, using: &random) : 250_000
        clock.time = clock.time.adding(microseconds: step)
    }

    private indirect enum Step {
        case append(RecordDraft, ExpectedRevision)
        case attempt([Step], fails: Bool)
        case keep(StoredEvidence, Hash)
        case erase(Hash)
        case note(String, Int)
        case acquire(String, String, Timestamp)
        case giveBack(String)
    }

    private mutating func step(depth: Int = 0) -> Step {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: return .append(draft(), expected())
        case 9..<12 where depth < 3:
            let steps = (0..<Int.random(in: 0...4, using: &random)).map { _ in step(depth: depth + 1) }
            return .attempt(steps, fails: Bool.random(using: &random))
        case 12: return .append(known.randomElement(using: &random) ?? draft(), expected())
        case 13: return .append(.numbered(-1, id: Int.random(in: 0...max(1, numbers), using: &random)), .any)
        case 14, 15:
            let salt = Bool.random(using: &random) ? [UInt8](repeating: 1, count: 16) : nil
            let evidence = StoredEvidence(salt: salt, content: [UInt8.random(in: 0..<4, using: &random)])
            return random.oneIn(2) ? .erase(evidence.digest) : .keep(evidence, evidence.digest)
        case 16: return .note("note \(numbers)", Int.random(in: 0...20, using: &random))
        case 17: return .giveBack("k")
        default:
            let owner = ["a", "b", "c"].randomElement(using: &random)!
            return .acquire("k", owner, clock.time)
        }
    }

    private mutating func draft() -> RecordDraft {
        numbers += 1
        let cause = random.oneIn(4) ? LogIndex(Int.random(in: 0...numbers, using: &random)) : nil
        let draft = RecordDraft.numbered(
            numbers, stream: streams.randomElement(using: &random)!, cause: cause)
        known.append(draft)
        return draft
    }

    private mutating func expected() -> ExpectedRevision {
        random.oneIn(3) ? .exactly(Int.random(in: 0...max(1, numbers / 6), using: &random)) : .any
    }

    private struct Refusal: Error {}

    /// What the store answered to each step, as text.
    private static func answers(of log: any EventLog, to steps: [Step], fails: Bool) -> [String] {
        var answers: [String] = []
        do {
            try log.write { writer in
                for step in steps { try run(step, on: writer, &answers) }
                answers.append("\(try writer.head())")
                if fails { throw Refusal() }
            }
            answers.append("committed")
        } catch {
            answers.append("undone: \(error)")
        }
        return answers
    }

    private static func run(_ step: Step, on writer: any LogWriter, _ answers: inout [String]) throws {
        do {
            switch step {
            case .append(let draft, let expected):
                answers.append("\(try writer.append(draft, expecting: expected))")
            case .attempt(let steps, let fails):
                try writer.attempt {
                    for step in steps { try run(step, on: writer, &answers) }
                    if fails { throw Refusal() }
                }
            case .keep(let evidence, let digest):
                try writer.keep(evidence, digest: digest)
                answers.append("\(String(describing: try writer.evidence(digest)))")
            case .erase(let digest): answers.append("\(try writer.erase(evidence: digest))")
            case .note(let text, let size):
                try writer.keep(note: text, size: TreeSize(size))
                answers.append("\(String(describing: try writer.latestNote()))")
            case .acquire(let key, let owner, let now):
                let lease = try writer.acquire(lease: key, owner: owner, now: now, untilMicros: 900_000)
                answers.append("\(String(describing: lease))")
            case .giveBack(let key):
                if let lease = try writer.lease(key) { try writer.release(lease) }
                answers.append("\(String(describing: try writer.lease(key)))")
            }
        } catch let error as LogError {
            answers.append("\(error.code): \(error)")
        } catch is Refusal {
            answers.append("undone")
        }
    }
}
