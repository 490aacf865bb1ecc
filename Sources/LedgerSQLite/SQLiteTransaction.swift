internal import Foundation
internal import GRDB
internal import LedgerEvents
internal import LedgerProof

/// One transaction on a ledger's file, reading or writing. Good only inside the closure that was given it.
final class SQLiteTransaction: LogWriter {
    let origin: Origin
    let session: SQLiteSession
    let database: Database
    private let clock: LedgerClock
    private let isWritable: Bool
    private var isOpen = true
    private(set) var hasChanged = false
    /// Loaded at its first use; nil again after something was undone.
    private var tail: LogTail?
    /// One for each attempt that runs: whether its savepoint is set. It is set before the first change.
    private var savepoints: [Bool] = []

    init(
        _ session: SQLiteSession, database: Database, origin: Origin, clock: LedgerClock, isWritable: Bool
    ) {
        self.session = session
        self.database = database
        self.origin = origin
        self.clock = clock
        self.isWritable = isWritable
    }

    /// Ends the use of this value, and hands over what is known of the log's end.
    func close() -> LogTail? {
        isOpen = false
        return tail
    }

    // MARK: Reading

    func currentTail() throws(LogError) -> LogTail {
        precondition(isOpen, "a transaction is used only inside its closure")
        if let tail { return tail }
        let current = try session.currentTail(origin: origin)
        tail = current
        return current
    }

    func head() throws -> LogHead { try currentTail().head }

    func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
        precondition(isOpen, "a transaction is used only inside its closure")
        try session.scan(range, body)
    }

    func record(at index: LogIndex) throws -> LedgerProof.Record? {
        precondition(isOpen, "a transaction is used only inside its closure")
        return try session.record(at: index)
    }

    func index(of id: EventID) throws -> LogIndex? { try session.place(of: id)?.index }

    func revision(of stream: StreamName) throws -> Int {
        // The streams that are remembered belong to the log's end.
        _ = try currentTail()
        return try session.state(of: stream)?.revision ?? 0
    }

    func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex] {
        try session.query {
            try Int.fetchAll(statement(.positions), arguments: [stream.text, revision])
        }.map { try session.index($0) }
    }

    func streams(withPrefix prefix: String) throws -> [StreamName] {
        // A name has no '~', and every byte of a name comes before it.
        try session.query {
            try String.fetchAll(statement(.streams), arguments: [prefix, prefix + "~"])
        }.compactMap { StreamName($0) }
    }

    func subtree(_ id: SubtreeID) throws -> Hash {
        let tail = try currentTail()
        precondition((id.place + 1) << id.level <= tail.size.value, "the subtree lies inside the log")
        let first = id.place << id.level
        let openTileStart = tail.size.value / LogTail.tileWidth * LogTail.tileWidth
        guard first >= openTileStart else { return try session.hashFromTiles(id) }
        let offset = (first - openTileStart) * Hash.byteCount
        return tail.openTile.withUnsafeBytes { hashes in
            SQLiteSession.root(
                of: UnsafeRawBufferPointer(rebasing: hashes[offset...].prefix(Hash.byteCount << id.level)))
        }
    }

    func evidence(_ digest: Hash) throws -> StoredEvidence? {
        try session.query {
            guard let row = try Row.fetchOne(statement(.evidence), arguments: [Data(digest.bytes)]) else {
                return nil
            }
            let salt = try row.decode(Data?.self, atIndex: 0)
            let content = try row.decode(Data.self, atIndex: 1)
            guard salt.map({ $0.count == 16 }) ?? true else {
                throw LogError(.broken, "ledger '\(session.path)': the evidence sha256:\(digest) is damaged.")
            }
            return StoredEvidence(salt: salt.map { [UInt8]($0) }, content: [UInt8](content))
        }
    }

    func notes(fromSize size: TreeSize) throws -> [StoredNote] {
        try fetchNotes(.notes, [size.value])
    }

    func latestNote() throws -> StoredNote? { try fetchNotes(.latestNote, []).first }

    private func fetchNotes(_ sql: OrdinarySQL, _ arguments: StatementArguments) throws -> [StoredNote] {
        try session.query {
            try Row.fetchAll(statement(sql), arguments: arguments).map { row in
                let size = try row.decode(Int.self, atIndex: 0)
                guard size >= 0 else {
                    throw LogError(.broken, "ledger '\(session.path)': a note speaks of \(size) records.")
                }
                return StoredNote(size: TreeSize(size), text: try row.decode(String.self, atIndex: 1))
            }
        }
    }

    func statement(_ sql: OrdinarySQL) throws -> Statement { try database.cachedStatement(sql: sql.rawValue) }

    // MARK: Writing

    func append(_ draft: RecordDraft, expecting expected: ExpectedRevision) throws -> Receipt {
        try add(draft, expecting: expected)
    }

    private func add(_ draft: RecordDraft, expecting expected: ExpectedRevision) throws(LogError) -> Receipt {
        let tail = try currentTail()
        let index = tail.size.nextIndex
        let state = try session.state(of: draft.stream)
        let revision = (state?.revision ?? 0) + 1
        let (time, bytes): (Timestamp, [UInt8])
        do throws(LogError) {
            try RecordLinking.check(expected, stream: draft.stream, revision: revision - 1)
            try RecordLinking.check(cause: draft.cause, before: index)
            time = try RecordLinking.time(after: tail.lastTime, now: clock.now())
            bytes = draft.linked(index: index, previous: tail.lastLeaf, revision: revision, time: time)
            try RecordLinking.check(size: bytes)
        } catch {
            // A retry is answered first, or the second try of a success would be told that it came too late.
            if let receipt = try earlierReceipt(of: draft) { return receipt }
            throw error
        }
        let leaf = Hash.leaf(bytes)
        guard
            try insert(
                bytes, at: index, id: draft.id, leaf: leaf, stream: draft.stream, state: state,
                revision: revision, time: time)
        else { return try earlierReceipt(of: draft)! }
        return Receipt(index: index, revision: revision, leaf: leaf, time: time, wasDuplicate: false)
    }

    /// Adds the rows of one record at the end, which is at `index`.
    ///
    /// - Returns: false if the id is taken. Nothing was added then.
    func insert(
        _ bytes: [UInt8], at index: LogIndex, id: EventID, leaf: Hash, stream: StreamName,
        state: SQLiteSession.StreamState?, revision: Int, time: Timestamp
    ) throws(LogError) -> Bool {
        try willChange()
        // The id first: where it is taken, nothing else was added.
        guard try session.insert(id, at: index, leaf: leaf) else { return false }
        try session.insert(bytes, at: index)
        let number = if let state { state.number } else { try session.insert(stream) }
        try session.insertPosition(of: index, stream: number, revision: revision)
        try extend(with: leaf, time: time)
        session.remember(.init(number: number, revision: revision), of: stream)
        return true
    }

    private func extend(with leaf: Hash, time: Timestamp) throws(LogError) {
        // Taken out, so that the arrays are not shared and not copied.
        guard var tail = self.tail.take() else {
            preconditionFailure("the log's end is loaded before it moves")
        }
        try tail.append(leaf, time: time) { node, hash, leaves throws(LogError) in
            try session.store(node, hash, over: leaves)
        }
        self.tail = tail
    }

    private func earlierReceipt(of draft: RecordDraft) throws(LogError) -> Receipt? {
        guard let index = try session.place(of: draft.id)?.index else { return nil }
        guard let record = try session.record(at: index) else { throw session.unusable(index.value) }
        return try RecordLinking.receipt(of: draft, recordedAs: record)
    }

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        savepoints.append(false)
        do {
            let result = try body()
            if savepoints.removeLast() { try session[.releaseSavepoint].run() }
            return result
        } catch {
            if savepoints.removeLast() { try undoToSavepoint() }
            throw error
        }
    }

    /// Sets the savepoints of the attempts that run. They cost nothing where an attempt changes nothing.
    func willChange() throws(LogError) {
        precondition(isOpen && isWritable, "a transaction is used only inside its closure")
        if let failure = session.failure { throw failure }
        hasChanged = true
        guard savepoints.last == false else { return }
        for place in savepoints.indices where !savepoints[place] {
            try session[.savepoint].run()
            savepoints[place] = true
        }
    }

    private func undoToSavepoint() throws(LogError) {
        tail = nil
        session.forget()
        // After an error of the disk SQLite may have ended the whole transaction; then there is nothing to go
        // on with.
        if let failure = session.failure { throw failure }
        try session[.rollbackToSavepoint].run()
        try session[.releaseSavepoint].run()
    }

    func keep(_ evidence: StoredEvidence, digest: Hash) throws {
        try RecordLinking.check(evidence, digest: digest)
        try willChange()
        guard try self.evidence(digest) == nil else { return }
        try session.query {
            try statement(.insertEvidence).execute(
                arguments: [
                    Data(digest.bytes), evidence.salt.map { Data($0) }, Data(evidence.content),
                ])
        }
    }

    func erase(evidence digest: Hash) throws -> Bool {
        guard let evidence = try evidence(digest) else { return false }
        try RecordLinking.checkErasable(evidence, digest: digest)
        try willChange()
        try session.query {
            try statement(.eraseEvidence).execute(arguments: [Data(digest.bytes)])
        }
        return true
    }

    func keep(note: String, size: TreeSize) throws {
        try willChange()
        try session.query { try statement(.insertNote).execute(arguments: [size.value, note]) }
    }
}
