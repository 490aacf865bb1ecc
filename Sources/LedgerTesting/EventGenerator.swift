public import LedgerProof

/// Drafts as a busy pipeline makes them: about 200 releases open at a time, 8 to 40 records each, records of
/// about 500 bytes. The same seed gives the same drafts; fewer of them are the beginning of more.
public struct EventGenerator: Sequence, IteratorProtocol {
    private struct Release {
        let stream: StreamName
        var remaining: Int
        var isNew = true
    }

    private var random: SeededGenerator
    private var open: [Release] = []
    private var releaseCount = 0
    private var made = 0
    private var now: Timestamp

    private let hasCauses: Bool

    /// - Parameter hasCauses: false for drafts that may be recorded in another order.
    public init(
        seed: UInt64 = 20_261_122, start: Timestamp = Timestamp(microsecondsSince1970: 1_790_000_000_000_000),
        hasCauses: Bool = true
    ) {
        random = SeededGenerator(seed: seed)
        now = start
        self.hasCauses = hasCauses
    }

    /// The time at which the next draft would be recorded.
    public var time: Timestamp { now }

    public mutating func next() -> RecordDraft? {
        now = now.adding(microseconds: Int64.random(in: 1...128_000, using: &random))
        let place = releaseForNext()
        let isNew = open[place].isNew
        let (type, what) = isNew ? tagPushed() : Bool.random(using: &random) ? built() : published()
        let draft = RecordDraft(
            actor: actors.randomElement(using: &random)!,
            cause: cause(),
            id: EventID.make(at: now, using: &random), stream: open[place].stream, type: type, what: what)
        open[place].isNew = false
        open[place].remaining -= 1
        if open[place].remaining == 0 { open.remove(at: place) }
        made += 1
        return draft
    }

    private mutating func cause() -> LogIndex? {
        guard hasCauses, made > 0 else { return nil }
        return LogIndex(Int.random(in: Swift.max(0, made - 200)..<made, using: &random))
    }

    private mutating func releaseForNext() -> Int {
        guard open.count < 200 else { return Int.random(in: 0..<open.count, using: &random) }
        releaseCount += 1
        let project = projects.randomElement(using: &random)!
        let tag = "v\(1 + releaseCount / 5000).\(releaseCount / 50 % 100).\(releaseCount)"
        open.append(
            Release(
                stream: StreamName.release(project, tag: tag)!,
                remaining: Int.random(in: 8...40, using: &random)))
        return open.count - 1
    }

    private mutating func hex(_ digits: Int) -> JSONValue {
        .string((0..<(digits / 2)).map { _ in UInt8.random(in: 0...255, using: &random) }.lowercaseHex)
    }

    private mutating func tagPushed() -> (EventType, JSONObject) {
        (
            EventType("tag.pushed")!,
            [
                "commit": hex(40), "notes": "Automated release cut from main; \u{e9}t\u{e9}", "tree": hex(40),
                "tagger": .string("alice"),
            ]
        )
    }

    private mutating func built() -> (EventType, JSONObject) {
        (
            EventType("stage.succeeded")!,
            [
                "attempt": 1, "commit": hex(40), "log": hex(64), "stage": "build",
                "micros": .integer(Int64.random(in: 0..<1_000_000, using: &random)),
            ]
        )
    }

    private mutating func published() -> (EventType, JSONObject) {
        (
            EventType("artifact.published")!,
            [
                "attempt": 1, "file": .string("autocli-\(made).tar.gz"), "how": "uploaded", "sha256": hex(64),
                "size": .integer(Int64.random(in: 0..<(1 << 28), using: &random)), "target": "testpypi",
            ]
        )
    }

    private let projects = ["payments", "search", "edge-proxy", "identity", "billing", "autocli", "notify"]
    private let actors =
        (0..<24).map { Actor("executor:runner-\($0)@build.example")! }
        + ["person:alice", "person:bob", "github:webhook"].map { Actor($0)! }
}

extension RecordDraft {
    /// A small draft that says `number`; equal numbers make equal drafts, with equal ids.
    public static func numbered(
        _ number: Int, stream: StreamName = StreamName("release/autocli/v1.0.0")!, id: Int? = nil,
        type: String = "tag.pushed", cause: LogIndex? = nil
    ) -> RecordDraft {
        let idBytes = (0..<16).map {
            UInt8(truncatingIfNeeded: $0 < 8 ? 0 : (id ?? number) >> ((15 - $0) * 8))
        }
        return RecordDraft(
            actor: .ledger, cause: cause, id: EventID(bytes: idBytes)!, stream: stream,
            type: EventType(type)!,
            what: ["number": .integer(Int64(number))])
    }

    /// What the worker of `seed` adds as its record `number`, to a stream of its own.
    public static func ofWorker(_ seed: Int, number: Int) -> RecordDraft {
        .numbered(number, stream: StreamName.release("worker", tag: "\(seed)")!, id: seed << 32 | number)
    }
}
