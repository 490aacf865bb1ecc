internal import LedgerEvents
internal import LedgerProof

/// One transaction on an ``InMemoryLog``.
final class InMemoryTransaction: LogWriter {
    private(set) var state: InMemoryLog.State
    let origin: Origin
    private let clock: LedgerClock

    init(_ state: InMemoryLog.State, origin: Origin, clock: LedgerClock) {
        self.state = state
        self.origin = origin
        self.clock = clock
    }

    // MARK: Reading

    func head() throws -> LogHead {
        LogHead(
            frontier: state.chain.frontier, lastLeaf: state.chain.lastLeaf, lastTime: state.chain.lastTime)
    }

    func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
        for record in state.records[range.clamped(to: state.records.indices)] {
            try record.bytes.withUnsafeBytes { try body(record.index, $0) }
        }
    }

    func record(at index: LogIndex) throws -> Record? {
        state.records.indices.contains(index.value) ? state.records[index.value] : nil
    }

    func index(of id: EventID) throws -> LogIndex? { state.indexes[id] }

    func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] {
        Array((state.positions[stream] ?? []).dropFirst(max(0, revision - 1)))
    }

    func revision(of stream: StreamName) throws -> Int { state.positions[stream]?.count ?? 0 }

    func streams(withPrefix prefix: String) throws -> [StreamName] {
        state.streams.filter { $0.text.hasPrefix(prefix) }
    }

    func subtree(_ id: SubtreeID) throws -> Hash {
        let leaves = state.records[(id.place << id.level)..<((id.place + 1) << id.level)].map(\.leaf)
        return ReferenceTree.root(leaves)
    }

    func evidence(_ digest: Hash) throws -> StoredEvidence? { state.evidence[digest] }

    func notes(fromSize size: TreeSize) throws -> [StoredNote] { state.notes.filter { $0.size >= size } }

    func latestNote() throws -> StoredNote? {
        guard let largest = state.notes.map(\.size).max() else { return nil }
        return state.notes.last { $0.size == largest }
    }

    // MARK: Writing

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let before = state
        do { return try body() } catch {
            state = before
            throw error
        }
    }

    func append(_ draft: RecordDraft, expecting revision: ExpectedRevision) throws -> Receipt {
        if let index = state.indexes[draft.id] {
            return try RecordLinking.receipt(of: draft, recordedAs: state.records[index.value])
        }
        let index = state.chain.size.nextIndex
        let found = try self.revision(of: draft.stream)
        try RecordLinking.check(revision, stream: draft.stream, revision: found)
        try RecordLinking.check(cause: draft.cause, before: index)
        let time = try RecordLinking.time(after: state.chain.lastTime, now: clock.now())
        let bytes = draft.linked(
            index: index, previous: state.chain.lastLeaf, revision: found + 1, time: time)
        try RecordLinking.check(size: bytes)
        let record = try Record(bytes)
        try bytes.withUnsafeBytes {
            try state.chain.extend(with: RecordView(scanning: $0), leaf: record.leaf)
        }
        state.records.append(record)
        state.indexes[draft.id] = index
        if found == 0 { state.streams.append(draft.stream) }
        state.positions[draft.stream, default: []].append(index)
        return Receipt(index: index, revision: found + 1, leaf: record.leaf, time: time, wasDuplicate: false)
    }

    func keep(_ evidence: StoredEvidence, digest: Hash) throws {
        try RecordLinking.check(evidence, digest: digest)
        state.evidence[digest] = state.evidence[digest] ?? evidence
    }

    func erase(evidence digest: Hash) throws -> Bool {
        guard let evidence = state.evidence[digest] else { return false }
        try RecordLinking.checkErasable(evidence, digest: digest)
        state.evidence[digest] = nil
        return true
    }

    func keep(note: String, size: TreeSize) throws { state.notes.append(StoredNote(size: size, text: note)) }

    func acquire(lease key: String, owner: String, now: Timestamp, untilMicros duration: Int64) throws
        -> Lease?
    {
        var held = state.leases[key] ?? .init(owner: owner, epoch: 0, expires: nil)
        let isRunning = held.expires.map { $0 > now } ?? false
        if isRunning, held.owner != owner { return nil }
        if !isRunning { held.epoch += 1 }
        held.owner = owner
        held.expires = now.adding(microseconds: duration)
        state.leases[key] = held
        return try lease(key)
    }

    func lease(_ key: String) throws -> Lease? {
        guard let held = state.leases[key], let expires = held.expires else { return nil }
        return Lease(key: key, owner: held.owner, epoch: held.epoch, expires: expires)
    }

    func release(_ lease: Lease) throws {
        guard let held = state.leases[lease.key], held.owner == lease.owner, held.epoch == lease.epoch else {
            return
        }
        state.leases[lease.key]?.expires = nil
    }
}
