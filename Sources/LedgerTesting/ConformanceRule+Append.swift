internal import LedgerEvents
internal import LedgerProof

/// The rules of adding records.
extension ConformanceRule {
    private static let streams = ["ledger", "roster", "pipeline/python", "release/autocli/v1", "release/b/2"]
        .map { StreamName($0)! }

    static func checkLinks(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        var chain = Chain(origin: origin)
        try require(try log.read { try $0.head().root } == Hash.emptyRoot, "an empty log has the empty root")
        for number in 0..<300 {
            let draft = RecordDraft.numbered(number, stream: streams[number % streams.count])
            let receipt = try log.write { try $0.append(draft, expecting: .any) }
            let (record, head) = try log.read { (try $0.record(at: receipt.index), try $0.head()) }
            guard let record else { throw BrokenRule(description: "record \(number) is not there") }

            try record.bytes.withUnsafeBytes {
                try chain.extend(with: RecordView(scanning: $0), leaf: Hash.leaf($0))
            }
            try require(draft.isSame(as: record), "record \(number) says what the draft said")
            try require(
                receipt
                    == Receipt(
                        index: LogIndex(number), revision: number / streams.count + 1, leaf: record.leaf,
                        time: record.time, wasDuplicate: false), "the receipt is that of record \(number)")
            try require(
                head == LogHead(frontier: chain.frontier, lastLeaf: chain.lastLeaf, lastTime: chain.lastTime),
                "the head after \(number + 1) records is that of their tree")
        }
    }

    /// Every way to cut nine drafts into transactions gives the same bytes.
    static func checkBatching(_ make: MakeLog) throws {
        let drafts = (0..<9).map { RecordDraft.numbered($0, stream: streams[$0 % streams.count]) }
        var expected: LogContents?
        for cuts in 0..<(1 << (drafts.count - 1)) {
            let log = try make(.fixed(noon))
            var batch: [RecordDraft] = []
            for (number, draft) in drafts.enumerated() {
                batch.append(draft)
                guard number == drafts.count - 1 || cuts >> number & 1 == 1 else { continue }
                try log.write { writer in for draft in batch { _ = try writer.append(draft, expecting: .any) }
                }
                batch = []
            }
            let contents = try LogContents(log)
            try require(contents == expected ?? contents, "the batches of pattern \(cuts) change the log")
            expected = contents
        }
    }

    static func checkFailedWrite(_ make: MakeLog) throws {
        struct Refusal: Error {}
        let log = try make(.fixed(noon))
        for size in [0, 1, 255, 256, 257] {
            let before = try grow(log, to: size)
            for added in 1...3 {
                do {
                    try log.write { writer in
                        for number in 0..<added {
                            _ = try writer.append(
                                .numbered(10_000 + number, stream: StreamName("release/never/1")!),
                                expecting: .any)
                        }
                        try writer.keep(note: "never", size: .empty)
                        throw Refusal()
                    }
                } catch is Refusal {}
                try require(
                    try LogContents(log) == before, "a failed write of \(added) at \(size) left something")
            }
        }
    }

    /// Adds numbered drafts until there are `size` records.
    static func grow(_ log: any EventLog, to size: Int) throws -> LogContents {
        try log.write { writer in
            for number in try writer.head().size.value..<max(size, try writer.head().size.value) {
                _ = try writer.append(.numbered(number), expecting: .any)
            }
        }
        return try LogContents(log)
    }

    static func checkRetry(_ make: MakeLog) throws {
        let clock = AdjustableClock(noon)
        let log = try make(clock.clock)
        let draft = RecordDraft.numbered(0)
        let first = try log.write { try $0.append(draft, expecting: .exactly(0)) }
        let again = Receipt(
            index: first.index, revision: first.revision, leaf: first.leaf, time: first.time,
            wasDuplicate: true)
        _ = try log.write { try $0.append(.numbered(1), expecting: .exactly(1)) }

        // The stream has moved on, and the clock is wrong: the answer is still the first receipt.
        for expected in [ExpectedRevision.any, .exactly(0), .exactly(1), .exactly(7)] {
            for lag: Int64 in [0, 3_600_000_000] {
                clock.time = noon.adding(microseconds: -lag)
                let receipt = try log.write { try $0.append(draft, expecting: expected) }
                try require(receipt == again, "a retry gets the first receipt")
            }
        }
        clock.time = noon
        let both = try log.write { writer in
            [
                try writer.append(.numbered(2), expecting: .any),
                try writer.append(.numbered(2), expecting: .any),
            ]
        }
        try require(both[0].leaf == both[1].leaf, "a retry inside the transaction gets the first receipt")
        try require(!both[0].wasDuplicate && both[1].wasDuplicate, "only the second is a duplicate")
        try require(try LogContents(log).records.count == 3, "a retry adds nothing")
    }

    static func checkTakenID(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        let id = RecordDraft.numbered(1).id
        func draft(
            actor: String = "person:alice", cause: Int? = 0, stream: String = "roster", type: String = "a.b",
            version: Int = 1, what: JSONObject = ["a": 1]
        ) -> RecordDraft {
            RecordDraft(
                actor: Actor(actor)!, cause: cause.map { LogIndex($0) }, id: id, stream: StreamName(stream)!,
                type: EventType(type)!, version: version, what: what)
        }
        _ = try grow(log, to: 1)
        _ = try log.write { try $0.append(draft(), expecting: .any) }
        let before = try LogContents(log)
        let others = [
            draft(actor: "person:bob"), draft(cause: nil), draft(stream: "ledger"), draft(type: "a.c"),
            draft(version: 2), draft(what: ["a": 2]), draft(what: [:]),
        ]
        for (number, other) in others.enumerated() {
            let error = try requireError("other content \(number) took the id") {
                try log.write { _ = try $0.append(other, expecting: .any) }
            }
            try require(error.code == .idTaken(id), "other content \(number) is told that its id is taken")
            try require(try LogContents(log) == before, "other content \(number) left something")
        }
        // The transaction can go on.
        try log.write { writer in
            for other in others {
                try requireError("taken") { _ = try writer.append(other, expecting: .any) }
            }
            _ = try writer.append(.numbered(2), expecting: .any)
        }
        try require(try LogContents(log).records.count == 3, "the transaction went on")
    }

    static func checkRevision(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        let stream = StreamName("release/autocli/v1.0.0")!
        for count in 0..<5 {
            let before = try LogContents(log)
            for wanted in 0..<8 where wanted != count {
                let error = try requireError("revision \(wanted) was accepted at \(count)") {
                    try log.write { _ = try $0.append(.numbered(99), expecting: .exactly(wanted)) }
                }
                try require(
                    error.code == .wrongRevision(stream: stream, expected: wanted, found: count),
                    "the error names both revisions")
            }
            try require(try LogContents(log) == before, "a wrong revision left something")
            try log.write { writer in
                try requireError("accepted") {
                    _ = try writer.append(.numbered(99), expecting: .exactly(count + 1))
                }
                _ = try writer.append(.numbered(count), expecting: .exactly(count))
            }
        }
    }

    static func checkTime(_ make: MakeLog) throws {
        let clock = AdjustableClock(noon)
        let log = try make(clock.clock)
        let lag = RecordLinking.toleratedLagMicros
        var last = noon
        for (number, offset) in [0, -1, 1, -lag + 1, 500, -lag + 500, -lag + 499, 499].enumerated() {
            clock.time = noon.adding(microseconds: offset)
            let isRefused = clock.time < last.adding(microseconds: -lag)
            if isRefused {
                let error = try requireError("a clock far behind was accepted") {
                    try log.write { _ = try $0.append(.numbered(number), expecting: .any) }
                }
                try require(error.code == .clockBehind, "a clock far behind is named")
            } else {
                let receipt = try log.write { try $0.append(.numbered(number), expecting: .any) }
                try require(
                    receipt.time == max(last, clock.time), "the time is the clock's, but never goes back")
                last = receipt.time
            }
        }
        for impossible in [Timestamp.writable.lowerBound, Timestamp.writable.upperBound] {
            clock.time = impossible.adding(microseconds: impossible < noon ? -1 : 1)
            let error = try requireError("a time that no record can hold was accepted") {
                try log.write { _ = try $0.append(.numbered(99), expecting: .any) }
            }
            try require(error.code == .clockBehind, "the clock is named")
        }
        try require(try log.read { try $0.head().size.value } == 7, "one of eight was refused")
    }

    static func checkCause(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        for size in 0..<4 {
            for cause in size..<(size + 3) {
                let error = try requireError("a later cause was accepted") {
                    try log.write {
                        _ = try $0.append(.numbered(99, cause: LogIndex(cause)), expecting: .any)
                    }
                }
                try require(error.code == .causeUnknown(LogIndex(cause)), "the error names the cause")
            }
            let cause = size == 0 ? nil : LogIndex(size - 1)
            _ = try log.write { try $0.append(.numbered(size, cause: cause), expecting: .any) }
        }
    }

    static func checkRecordLimit(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        func draft(_ number: Int, padding: Int) -> RecordDraft {
            RecordDraft(
                actor: .ledger, cause: nil, id: RecordDraft.numbered(number).id, stream: .ledger,
                type: EventType("a.b")!, what: ["p": .string(String(repeating: "x", count: padding))])
        }
        let empty = draft(0, padding: 0).linked(
            index: LogIndex(0), previous: origin.seed, revision: 1, time: noon
        ).count
        let room = RecordView.maximumByteCount - empty
        let error = try requireError("a record over the limit was accepted") {
            try log.write { _ = try $0.append(draft(0, padding: room + 1), expecting: .any) }
        }
        try require(error.code == .tooLarge, "the error says that it is too large")
        _ = try log.write { try $0.append(draft(0, padding: room), expecting: .any) }
        let sizes = try LogContents(log).records.map(\.count)
        try require(sizes == [RecordView.maximumByteCount], "a record at the limit is kept whole")
    }

    static func checkAttempts(_ make: MakeLog) throws {
        struct Refusal: Error {}
        // Every pattern of three attempts, each with an attempt inside, where each of the six may fail.
        for pattern in 0..<64 {
            let log = try make(.fixed(noon))
            let expected = try make(.fixed(noon))
            var kept: [Int] = []
            try log.write { writer in
                for outer in 0..<3 {
                    let (outerFails, innerFails) = (
                        pattern >> (2 * outer) & 1 == 1, pattern >> (2 * outer + 1) & 1 == 1
                    )
                    do {
                        try writer.attempt {
                            _ = try writer.append(.numbered(10 * outer), expecting: .exactly(kept.count))
                            do {
                                try writer.attempt {
                                    _ = try writer.append(
                                        .numbered(10 * outer + 1), expecting: .exactly(kept.count + 1))
                                    try writer.keep(note: "inner \(outer)", size: .empty)
                                    if innerFails { throw Refusal() }
                                }
                            } catch is Refusal {}
                            _ = try writer.append(.numbered(10 * outer + 2), expecting: .any)
                            if outerFails { throw Refusal() }
                        }
                        kept +=
                            innerFails
                            ? [10 * outer, 10 * outer + 2] : [10 * outer, 10 * outer + 1, 10 * outer + 2]
                    } catch is Refusal {}
                }
            }
            try expected.write { writer in
                for number in kept {
                    _ = try writer.append(.numbered(number), expecting: .any)
                    if number % 10 == 1 { try writer.keep(note: "inner \(number / 10)", size: .empty) }
                }
            }
            try require(
                try LogContents(log) == LogContents(expected),
                "attempts of pattern \(pattern) do not stand alone")
        }
    }
}
