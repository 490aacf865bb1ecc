internal import GRDBSQLite
internal import LedgerEvents
internal import LedgerProof

/// The hot path of a write, on SQLite's own interface: transactions, savepoints, and the rows of one record.
extension SQLiteSession {
    func beginWriting() throws(LogError) {
        failure = nil
        try self[.beginImmediate].run()
    }

    /// The view is that of this moment: SQLite fixes it with the first query, not with BEGIN.
    func beginReading() throws(LogError) {
        failure = nil
        try self[.begin].run()
        let statement = try self[.lastRecord]
        _ = try statement.step()
        statement.reset()
    }

    /// - Throws: ``LogError``; it is not known then whether the commit will be found after all.
    func commit() throws(LogError) { try self[.commit].run() }

    /// Ends the transaction without its changes. SQLite may have ended it already, after an error.
    func rollback() {
        if sqlite3_get_autocommit(connection) == 0 { try? self[.rollback].run() }
    }

    /// Tells `walPageCount` of each commit.
    func watchWriteAheadLog() {
        // The session outlives the connection, which it closes; the pointer is not used after that.
        sqlite3_wal_hook(
            connection,
            { context, _, _, pageCount in
                Unmanaged<SQLiteSession>.fromOpaque(context!).takeUnretainedValue().walPageCount = Int(
                    pageCount)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Copies what it can of the write-ahead log into the file, without waiting for a reader or hindering
    /// one.
    func checkpoint() throws(LogError) {
        var (all, done): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, &all, &done)
        // Busy: somebody outside checkpoints at this moment. The next commit tries again.
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw failure(code) }
        checkpointedPageCount = all == done ? 0 : walPageCount
    }

    // MARK: Rows

    /// Where the record with an id is, and how its leaf hash begins.
    struct Place {
        let index: LogIndex
        let leafStart: Int64
    }

    /// - Returns: nil if the id is not in the log.
    func place(of id: EventID) throws(LogError) -> Place? {
        let result = id.bytes.withUnsafeBytes { bytes in
            Result { () throws(LogError) in try place(ofID: bytes) }
        }
        return try result.get()
    }

    /// - Parameter bytes: the 16 of an id.
    func place(ofID bytes: UnsafeRawBufferPointer) throws(LogError) -> Place? {
        let statement = try self[.findID]
        statement.bind(blob: bytes, at: 1)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return Place(index: try index(statement.integer(0)), leafStart: Int64(statement.integer(1)))
    }

    /// - Returns: where a revision of the stream with this number is; nil if it is nowhere.
    func position(stream: Int, revision: Int) throws(LogError) -> LogIndex? {
        let statement = try self[.findPosition]
        statement.bind(stream, at: 1)
        statement.bind(revision, at: 2)
        defer { statement.reset() }
        return try statement.step() ? try index(statement.integer(0)) : nil
    }

    /// - Returns: nil if the stream has no records.
    func state(of stream: StreamName) throws(LogError) -> StreamState? {
        if let state = streams[stream] { return state }
        var name = stream.text
        let statement = try self[.findStream]
        let result = name.withUTF8 { text -> Result<StreamState?, LogError> in
            Result { () throws(LogError) in
                statement.bind(text: UnsafeRawBufferPointer(text), at: 1)
                defer { statement.reset() }
                guard try statement.step() else { return nil }
                return StreamState(
                    number: statement.integer(0), revision: try index(statement.integer(1)).value)
            }
        }
        guard let state = try result.get() else { return nil }
        remember(state, of: stream)
        return state
    }

    func remember(_ state: StreamState, of stream: StreamName) {
        if streams.count >= Self.rememberedStreamLimit { streams.removeAll(keepingCapacity: true) }
        streams[stream] = state
    }

    /// - Returns: false if the id is in the log already.
    func insert(_ id: EventID, at index: LogIndex, leaf: Hash) throws(LogError) -> Bool {
        let statement = try self[.insertID]
        let result = id.bytes.withUnsafeBytes { bytes -> Result<Bool, LogError> in
            Result { () throws(LogError) in
                statement.bind(blob: bytes, at: 1)
                statement.bind(index.value, at: 2)
                statement.bind(Int(leaf.start), at: 3)
                return try statement.runUnlessPresent()
            }
        }
        return try result.get()
    }

    func insert(_ record: [UInt8], at index: LogIndex) throws(LogError) {
        let statement = try self[.insertRecord]
        let result = record.withUnsafeBytes { bytes -> Result<Void, LogError> in
            Result { () throws(LogError) in
                statement.bind(index.value, at: 1)
                statement.bind(text: bytes, at: 2)
                try statement.run()
            }
        }
        try result.get()
    }

    /// - Returns: the stream's number.
    func insert(_ stream: StreamName) throws(LogError) -> Int {
        var name = stream.text
        let statement = try self[.insertStream]
        let result = name.withUTF8 { text -> Result<Int, LogError> in
            Result { () throws(LogError) in
                statement.bind(text: UnsafeRawBufferPointer(text), at: 1)
                try statement.run()
                return Int(sqlite3_last_insert_rowid(connection))
            }
        }
        return try result.get()
    }

    func insertPosition(of index: LogIndex, stream: Int, revision: Int) throws(LogError) {
        let statement = try self[.insertPosition]
        statement.bind(stream, at: 1)
        statement.bind(revision, at: 2)
        statement.bind(index.value, at: 3)
        try statement.run()
    }

    /// Stores a hash of level 8, 16, … in its tile, and with level 8 the full tile of leaves that it is the
    /// root of.
    func store(_ node: SubtreeID, _ hash: Hash, over leaves: [UInt8]) throws(LogError) {
        if node.level == 8 { try store(leaves, level: 0, tile: node.place, isNew: true) }
        let tile = node.place / LogTail.tileWidth
        var hashes = hash.bytes
        let isNew = node.place % LogTail.tileWidth == 0
        if !isNew {
            let statement = try self[.findTile]
            statement.bind(node.level, at: 1)
            statement.bind(tile, at: 2)
            defer { statement.reset() }
            guard try statement.step() else {
                throw missingTile(tile, level: node.level)
            }
            hashes = [UInt8](statement.bytes(0)) + hashes
        }
        try store(hashes, level: node.level, tile: tile, isNew: isNew)
    }

    private func store(_ hashes: [UInt8], level: Int, tile: Int, isNew: Bool) throws(LogError) {
        let statement = try self[isNew ? .insertTile : .growTile]
        let result = hashes.withUnsafeBytes { bytes -> Result<Void, LogError> in
            Result { () throws(LogError) in
                statement.bind(level, at: 1)
                statement.bind(tile, at: 2)
                statement.bind(blob: bytes, at: 3)
                try statement.run()
            }
        }
        try result.get()
    }
}

extension Hash {
    /// The first eight bytes, as the database has them.
    var start: Int64 { Int64(bitPattern: firstWord) }
}
