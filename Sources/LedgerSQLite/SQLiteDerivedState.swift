internal import GRDB
internal import LedgerEvents
internal import LedgerProof

/// Compares what the database derived from the records with the records: ids, streams, positions and tiles.
final class SQLiteDerivedState: DerivedState {
    private let transaction: SQLiteTransaction
    private var session: SQLiteSession { transaction.session }
    private var frontier = TreeFrontier()
    private var streamNumbers: [String: Int] = [:]

    init(_ transaction: SQLiteTransaction) { self.transaction = transaction }

    func fault(of record: RecordView, leaf: Hash) throws -> LogFault? {
        let index = record.index
        let place = try withUnsafeBytes(of: record.idWords) { try session.place(ofID: $0) }
        guard let place, place.index == index else {
            return LogFault(.ids, at: index, "the index of ids does not lead to record \(index)")
        }
        guard place.leafStart == leaf.start else {
            return LogFault(
                .ids, at: index,
                "the index of ids notes another leaf hash than that of record \(index)")
        }
        if let fault = try positionFault(of: record) { return fault }
        var nodes: [(SubtreeID, Hash)] = []
        frontier.append(leaf) { level, place, hash in
            if level >= 8 { nodes.append((SubtreeID(level: level, place: place), hash)) }
        }
        for (id, hash) in nodes {
            // Also holds the tiles below it to account: each is read as the base of some node.
            guard try session.hashFromTiles(id) == hash else {
                return LogFault(
                    .tree, at: index, "the stored tree differs at level \(id.level), place \(id.place)")
            }
            guard id.level == 8, try leaves(of: id) != hash else { continue }
            return LogFault(
                .tree, at: index,
                "tile \(id.place) of the stored tree does not hold the leaves of its records")
        }
        return nil
    }

    /// The root over the tile of level 0 under a node of level 8.
    private func leaves(of id: SubtreeID) throws -> Hash {
        Hash.node(
            try session.hashFromTiles(SubtreeID(level: 7, place: 2 * id.place)),
            try session.hashFromTiles(SubtreeID(level: 7, place: 2 * id.place + 1)))
    }

    private func positionFault(of record: RecordView) throws -> LogFault? {
        let stream = String(decoding: record.streamBytes, as: UTF8.self)
        let number = try streamNumbers[stream] ?? find(stream)
        guard let number else {
            return LogFault(
                .positions, at: record.index, "the stream '\(stream)' is missing from the index of streams")
        }
        if streamNumbers[stream] == nil {
            guard number == streamNumbers.count + 1 else {
                return LogFault(.positions, at: record.index, "the stream '\(stream)' is out of order")
            }
            streamNumbers[stream] = number
        }
        guard try session.position(stream: number, revision: record.revision) != record.index else {
            return nil
        }
        return LogFault(
            .positions, at: record.index,
            "revision \(record.revision) of '\(stream)' does not lead to record \(record.index)"
        )
    }

    private func find(_ stream: String) throws -> Int? {
        try session.query {
            try Int.fetchOne(
                transaction.database.cachedStatement(sql: "SELECT stream_id FROM stream WHERE name = ?"),
                arguments: [stream])
        }
    }

    /// Each record's rows were found, so a right count means that there are no others.
    func faultBeyond(_ size: TreeSize) throws -> LogFault? {
        let tables = [
            ("event_id", size.value), ("stream_position", size.value), ("stream", streamNumbers.count),
        ]
        for (table, count) in tables {
            let found = try self.count("SELECT count(*) FROM \(table)")
            guard found == count else {
                return LogFault(
                    table == "event_id" ? .ids : .positions, at: nil,
                    "the table '\(table)' has \(found) rows where the records make \(count)")
            }
        }
        return try treeFault(size)
    }

    /// The number of hashes that are stored.
    func treeFault(_ size: TreeSize) throws -> LogFault? {
        for level in stride(from: 0, to: 64, by: 8) {
            let count = level == 0 ? size.value / 256 * 256 : size.value >> level
            let found = try self.count(
                "SELECT coalesce(sum(length(hashes)) / 32, 0) FROM tree_tile WHERE level = \(level)")
            guard found == count else {
                return LogFault(
                    .tree, at: nil,
                    "the stored tree has \(found) hashes of level \(level) where the records make \(count)")
            }
        }
        return nil
    }

    private func count(_ sql: String) throws -> Int {
        try session.query { try Int.fetchOne(transaction.database, sql: sql) } ?? 0
    }
}

extension SQLiteTransaction: DerivedStateHolder {
    func derivedState() -> any DerivedState { SQLiteDerivedState(self) }
    func derivedTables() -> any DerivedTables { SQLiteDerivedTables(self) }
    func leafNotes() throws -> any LeafNotes { try SQLiteLeafNotes(self) }
}
