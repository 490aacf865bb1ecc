internal import GRDB
internal import GRDBSQLite
internal import LedgerEvents
internal import LedgerProof

/// A statement of ``HotSQL`` on SQLite's own interface. This file and `SQLiteLog+Append.swift` are the only
/// ones that use it: GRDB costs 1.4 to 2.5 times as much for each row.
///
/// Pointers that a row gives are good until the next step or reset. Bound bytes are borrowed: they must
/// outlive ``run()``.
final class HotStatement {
    private let handle: OpaquePointer
    private unowned let session: SQLiteSession
    /// A scan is going through its rows.
    fileprivate var isScanning = false

    init(_ sql: String, in session: SQLiteSession) throws(LogError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            session.connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw session.failure(code) }
        self.handle = handle
        self.session = session
    }

    deinit { sqlite3_finalize(handle) }

    @inline(__always)
    func bind(_ value: Int, at position: Int32) { sqlite3_bind_int64(handle, position, Int64(value)) }

    @inline(__always)
    func bind(text: UnsafeRawBufferPointer, at position: Int32) {
        sqlite3_bind_text(
            handle, position, text.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(text.count), nil)
    }

    @inline(__always)
    func bind(blob: UnsafeRawBufferPointer, at position: Int32) {
        sqlite3_bind_blob(handle, position, blob.baseAddress, Int32(blob.count), nil)
    }

    /// - Returns: whether there is a row.
    @inline(__always)
    func step() throws(LogError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw failure(code) }
        return false
    }

    /// Runs a statement that gives no rows.
    @inline(__always)
    func run() throws(LogError) {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else { throw failure(code) }
        sqlite3_reset(handle)
    }

    /// Runs an insert.
    ///
    /// - Returns: false if the key is there already.
    func runUnlessPresent() throws(LogError) -> Bool {
        let code = sqlite3_step(handle)
        if code == ResultCode.SQLITE_CONSTRAINT_PRIMARYKEY.rawValue {
            sqlite3_reset(handle)
            return false
        }
        guard code == SQLITE_DONE else { throw failure(code) }
        sqlite3_reset(handle)
        return true
    }

    func reset() { sqlite3_reset(handle) }

    @inline(__always)
    func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

    /// The bytes of a text or blob. Asked for as a blob, because as a text SQLite would copy them to add a
    /// zero.
    @inline(__always)
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    private func failure(_ code: Int32) -> LogError {
        // The message and `errno` are the connection's, and a reset may change them.
        let error = session.failure(code)
        sqlite3_reset(handle)
        return error
    }
}

extension SQLiteSession {
    func failure(_ code: Int32) -> LogError {
        fail(
            .sqlite(
                .init(rawValue: code), message: String(cString: sqlite3_errmsg(connection)),
                systemError: sqlite3_system_errno(connection), path: path, doing: "read or write"))
    }

    /// Calls `body` with the records of `range`, in order, borrowed for the call.
    func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws {
        var statement = try self[.records]
        // A scan inside a scan needs a statement of its own.
        if statement.isScanning { statement = try HotStatement(HotSQL.records.sql, in: self) }
        statement.bind(range.lowerBound, at: 1)
        statement.bind(range.upperBound, at: 2)
        statement.isScanning = true
        defer {
            statement.isScanning = false
            statement.reset()
        }
        while try statement.step() {
            try body(try index(statement.integer(0)), statement.bytes(1))
        }
    }

    private func withRecord<Result>(
        at index: LogIndex, _ body: (UnsafeRawBufferPointer) throws(LogError) -> Result
    ) throws(LogError) -> Result? {
        let statement = try self[.recordAt]
        statement.bind(index.value, at: 1)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return try body(statement.bytes(1))
    }

    /// - Returns: nil if there is no such record.
    func record(at index: LogIndex) throws(LogError) -> LedgerProof.Record? {
        try withRecord(at: index) { bytes throws(LogError) in
            do throws(RecordFault) { return LedgerProof.Record(try RecordView(scanning: bytes)) } catch {
                throw unusable(index.value)
            }
        }
    }

    // MARK: The end of the log

    /// The end of the log as it is in this transaction.
    ///
    /// The last record is read each time. If its leaf hash is the remembered one then all that is remembered
    /// still holds, because that hash commits to every record before it.
    func currentTail(origin: Origin) throws(LogError) -> LogTail {
        guard let (index, leaf) = try lastLeaf() else {
            if tail?.size != .empty { forget() }
            return tail ?? LogTail(origin: origin)
        }
        if let tail, tail.size == index.sizeIncluding, tail.lastLeaf == leaf { return tail }
        streams.removeAll(keepingCapacity: true)
        let last = try checkedRecord(at: index)
        if let tail, tail.size.value <= index.value,
            let following = try links(at: tail.size.nextIndex), following.previous == tail.lastLeaf
        {
            return try extend(tail, to: last)
        }
        return try extend(tailOfFullTiles(below: index, origin: origin), to: last)
    }

    private func lastLeaf() throws(LogError) -> (LogIndex, Hash)? {
        let statement = try self[.lastRecord]
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return (try index(statement.integer(0)), Hash.leaf(statement.bytes(1)))
    }

    /// The last record, if it is the one that was added. Nothing may be built on one that an accident has
    /// changed: no later link would tell.
    private func checkedRecord(at index: LogIndex) throws(LogError) -> LedgerProof.Record {
        guard let record = try record(at: index), record.index == index, let place = try place(of: record.id),
            place.index == index,
            place.leafStart == record.leaf.start
        else { throw unusable(index.value) }
        return record
    }

    private func links(at index: LogIndex) throws(LogError) -> RecordLinks? {
        try withRecord(at: index) { bytes throws(LogError) in
            do throws(RecordFault) { return try RecordLinks(scanning: bytes) } catch {
                throw unusable(index.value)
            }
        }
    }

    /// Adds the leaves from the end of `tail` to the last record. Each but the last is the `prev` of the next
    /// record.
    private func extend(_ tail: LogTail, to last: LedgerProof.Record) throws(LogError) -> LogTail {
        var tail = tail
        let statement = try self[.records]
        statement.bind(tail.size.value + 1, at: 1)
        statement.bind(last.index.value + 1, at: 2)
        defer { statement.reset() }
        while try statement.step() {
            let index = statement.integer(0)
            guard index == tail.size.value + 1,
                let links = try? RecordLinks(scanning: statement.bytes(1)), links.index.value == index
            else { throw unusable(index) }
            try tail.append(links.previous, time: nil) { _, _, _ in }
        }
        guard tail.size.value == last.index.value else { throw unusable(tail.size.value) }
        try tail.append(last.leaf, time: last.time) { _, _, _ in }
        return tail
    }

    /// The end of the last full tile that does not hold `index`, from the tiles of the higher levels.
    private func tailOfFullTiles(below index: LogIndex, origin: Origin) throws(LogError) -> LogTail {
        let covered = index.value / LogTail.tileWidth * LogTail.tileWidth
        guard covered > 0 else { return LogTail(origin: origin) }
        var subtrees: [Hash] = []
        for id in SubtreeID.cover(0..<covered) { subtrees.append(try hashFromTiles(id)) }
        guard let frontier = TreeFrontier(size: TreeSize(covered), subtrees: subtrees) else {
            throw unusable(covered)
        }
        // The last leaf of the full tiles is not asked for: at least the leaf of `index` is added after it.
        return LogTail(frontier: frontier, lastLeaf: subtrees[subtrees.count - 1])
    }

    // MARK: The tree

    /// Calls `body` with the hashes of a tile, borrowed for the call; with none where there is no such tile.
    func withTile<Result>(
        level: Int, place: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(LogError) -> Result {
        let statement = try self[.findTile]
        statement.bind(level, at: 1)
        statement.bind(place, at: 2)
        defer { statement.reset() }
        return try statement.step()
            ? body(statement.bytes(0)) : body(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The root of a full subtree whose leaves all lie in full tiles.
    func hashFromTiles(_ id: SubtreeID) throws(LogError) -> Hash {
        let base = id.level / 8 * 8
        let first = id.place << (id.level - base)
        let tile = first / LogTail.tileWidth
        let offset = first % LogTail.tileWidth * Hash.byteCount
        let count = (1 << (id.level - base)) * Hash.byteCount
        let root = try withTile(level: base, place: tile) { hashes in
            hashes.count >= offset + count
                ? Self.root(of: UnsafeRawBufferPointer(rebasing: hashes[offset..<(offset + count)])) : nil
        }
        guard let root else { throw missingTile(tile, level: base) }
        return root
    }

    /// The root over 2^n hashes.
    static func root(of hashes: UnsafeRawBufferPointer) -> Hash {
        var copy = [UInt8](hashes)
        return copy.withUnsafeMutableBytes { Hash.root(consuming: $0) }
    }

    /// An index from the file, which may hold anything: none is negative, or greater than a record can say.
    @inline(__always)
    func index(_ value: Int) throws(LogError) -> LogIndex {
        guard value >= 0, value < 1 << 53 else { throw unusable(value) }
        return LogIndex(value)
    }

    func unusable(_ index: Int) -> LogError { broken("record \(index) is damaged or missing") }

    func missingTile(_ tile: Int, level: Int) -> LogError {
        broken("tile \(tile) of level \(level) is missing")
    }

    private func broken(_ what: String) -> LogError {
        fail(
            LogError(
                .broken,
                "ledger '\(path)': \(what). Run `ledger verify`, and restore a backup where it agrees."))
    }
}
