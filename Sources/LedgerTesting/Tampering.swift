public import LedgerEvents
public import LedgerProof

/// One way to do harm to a ledger file with the stock `sqlite3` shell or to its bytes, and what a verifier
/// must say of it.
public struct Tampering: Sendable, CustomStringConvertible {
    public enum Kind: String, CaseIterable, Sendable {
        case edited, missing, missingAndClosed, severalMissing, inserted, appended, duplicated, overwritten
        case swapped, moved, cut, resealed, treeHash, position, streamName, id
        /// A bit of the file, in a record.
        case bit
        /// With all that is derived made to fit: only a checkpoint that is kept outside tells.
        case cutWithTables, resealedWithTables
    }

    public let kind: Kind
    /// For the shell; the triggers are dropped first. Empty where bytes of the file are changed.
    public let sql: String
    /// The bytes of the file to look for, and others in their place.
    public let patch: (old: [UInt8], new: [UInt8])?
    /// The first bad record; nil where it is not about one, or nothing is left that could tell.
    public let index: LogIndex?
    public let cause: LogFault.Cause

    public var description: String { "\(kind.rawValue) at \(index.map { "\($0)" } ?? "-")" }

    private init(_ kind: Kind, _ sql: String, at index: Int?, _ cause: LogFault.Cause) {
        self.kind = kind
        self.sql = Self.dropTriggers + sql
        patch = nil
        self.index = index.map { LogIndex($0) }
        self.cause = cause
    }

    private init(_ kind: Kind, _ old: [UInt8], _ new: [UInt8], at index: Int) {
        self.kind = kind
        sql = ""
        patch = (old, new)
        self.index = LogIndex(index)
        cause = .edited
    }

    /// - Parameter records: those of the ledger, at least 300 of them: a full tile, and more.
    public init(_ kind: Kind, of records: [[UInt8]], using generator: inout SeededGenerator) {
        precondition(records.count >= 300, "there must be a full tile")
        let count = records.count
        let place = Int.random(in: 1..<(count - 8), using: &generator)
        let later = Int.random(in: (place + 2)..<(count - 2), using: &generator)
        let earlier = Int.random(in: 0..<place, using: &generator)
        switch kind {
        case .edited:
            let any = Int.random(in: 0..<count, using: &generator)
            self.init(
                kind, Self.set(any, Self.changed(records[any], using: &generator)), at: any, .edited)
        case .missing:
            self.init(kind, "DELETE FROM log WHERE log_index = \(place)", at: place, .missing)
        case .missingAndClosed:
            self.init(
                kind,
                "DELETE FROM log WHERE log_index = \(place);\n" + Self.shift(from: place + 1, by: -1),
                at: place, .missing)
        case .severalMissing:
            self.init(
                kind, "DELETE FROM log WHERE log_index BETWEEN \(place) AND \(later)", at: place, .missing)
        case .inserted:
            let foreign = Self.changed(records[place], using: &generator)
            self.init(
                kind, Self.shift(from: place, by: 1) + ";\n" + Self.put(place, foreign), at: place, .inserted)
        case .appended:
            let last = Hash.leaf(records[count - 1])
            let foreign = Self.linked(Self.changed(records[count - 1], using: &generator), after: last)
            self.init(kind, Self.put(count, foreign), at: count, .inserted)
        case .duplicated:
            self.init(
                kind, Self.shift(from: place, by: 1) + ";\n" + Self.put(place, records[earlier]), at: place,
                .duplicated)
        case .overwritten:
            let other = generator.oneIn(2) ? earlier : later
            self.init(kind, Self.set(place, records[other]), at: place, .duplicated)
        case .swapped:
            self.init(
                kind, Self.set(place, records[later]) + ";\n" + Self.set(later, records[place]), at: place,
                .reordered)
        case .moved:
            let moved = Array(records[(place + 1)...later]) + [records[place]]
            self.init(kind, Self.setAll(moved, from: place), at: place, .reordered)
        case .cut:
            self.init(kind, "DELETE FROM log WHERE log_index >= \(place)", at: place, .cut)
        case .resealed:
            let lines = Self.resealed(records, from: place, using: &generator)
            self.init(kind, Self.setAll(lines, from: place), at: place, .resealed)
        case .bit:
            let any = Int.random(in: 0..<count, using: &generator)
            var changed = records[any]
            changed[Int.random(in: changed.indices, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            self.init(kind, records[any], changed, at: any)
        case .cutWithTables:
            self.init(
                kind, "DELETE FROM log WHERE log_index >= \(place);\n" + Self.cutTables(to: place), at: place,
                .cut)
        case .resealedWithTables:
            let lines = Self.resealed(records, from: place, keepsPlace: true, using: &generator)
            self.init(
                kind,
                Self.setAll(lines, from: place) + ";\n"
                    + Self.fitTables(to: records[..<place] + lines, from: place), at: nil, .resealed)
        case .treeHash, .position, .streamName, .id:
            self.init(
                derived: kind, place: Int.random(in: 0..<count, using: &generator),
                offset: Int.random(in: 0..<8192, using: &generator))
        }
    }

    /// What was derived from the records, which are good.
    private init(derived kind: Kind, place: Int, offset: Int) {
        switch kind {
        case .treeHash:
            self.init(
                kind, Self.flip(at: offset), at: nil, .tree)
        case .position:
            self.init(
                kind,
                "UPDATE stream_position SET log_index = log_index + 1 WHERE log_index = \(place)", at: place,
                .positions)
        case .streamName:
            self.init(kind, "UPDATE stream SET name = name || '1' WHERE stream_id = 1", at: 0, .positions)
        default:
            self.init(
                kind, "UPDATE event_id SET log_index = log_index + 1 WHERE log_index = \(place)", at: place,
                .ids)
        }
    }

    // MARK: Statements

    private static func setAll(_ lines: [[UInt8]], from place: Int) -> String {
        zip(place..., lines).map { set($0, $1) }.joined(separator: ";\n")
    }

    private static let tileWidth = 256

    /// Whoever has the file can do that.
    public static let dropTriggers = ["insert", "update", "delete"].map {
        "DROP TRIGGER log_append_only_\($0);\n"
    }.joined()

    private static func text(_ bytes: [UInt8]) -> String { "CAST(x'\(bytes.lowercaseHex)' AS TEXT)" }

    private static func set(_ place: Int, _ bytes: [UInt8]) -> String {
        "UPDATE log SET record = \(text(bytes)) WHERE log_index = \(place)"
    }

    private static func put(_ place: Int, _ bytes: [UInt8]) -> String {
        "INSERT INTO log VALUES (\(place), \(text(bytes)))"
    }

    /// Through negative numbers, as no two rows may have one number on the way.
    private static func shift(from place: Int, by count: Int) -> String {
        "UPDATE log SET log_index = -(log_index + \(count)) - 1 WHERE log_index >= \(place);\n"
            + "UPDATE log SET log_index = -log_index - 1 WHERE log_index < 0"
    }

    /// Another byte at a place of the first tile.
    private static func flip(at offset: Int) -> String {
        let byte = "CASE substr(hex(hashes), \(2 * offset + 1), 2) WHEN '00' THEN x'01' ELSE x'00' END"
        return "UPDATE tree_tile SET hashes = CAST(substr(hashes, 1, \(offset)) || \(byte) || "
            + "substr(hashes, \(offset + 2)) AS BLOB) WHERE level = 0 AND tile = 0"
    }

    /// What is derived from the records and notes of the tail, away too.
    private static func cutTables(to count: Int) -> String {
        return """
            DELETE FROM event_id WHERE log_index >= \(count);
            DELETE FROM stream_position WHERE log_index >= \(count);
            DELETE FROM stream WHERE stream_id NOT IN (SELECT stream_id FROM stream_position);
            DELETE FROM tree_tile WHERE level = 0 AND tile >= \(count / tileWidth);
            DELETE FROM tree_tile WHERE level > 0 AND \(count / tileWidth) = 0;
            UPDATE tree_tile SET hashes = substr(hashes, 1, \(count / tileWidth * Hash.byteCount)) WHERE level = 8
            """
    }

    /// The notes and tiles of other records, of which those before `place` are the ledger's own.
    private static func fitTables(to records: [[UInt8]], from place: Int) -> String {
        let leaves = records.map { Hash.leaf($0) }
        var statements = (place..<leaves.count).map { index in
            let start = leaves[index].bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            return "UPDATE event_id SET leaf_start = \(Int64(bitPattern: start)) WHERE log_index = \(index)"
        }
        var roots: [UInt8] = []
        for tile in 0..<(leaves.count / tileWidth) {
            let hashes = leaves[(tile * tileWidth)...].prefix(tileWidth)
            roots += ReferenceTree.root(hashes).bytes
            statements.append(
                "UPDATE tree_tile SET hashes = x'\(hashes.flatMap(\.bytes).lowercaseHex)' "
                    + "WHERE level = 0 AND tile = \(tile)")
        }
        statements.append("UPDATE tree_tile SET hashes = x'\(roots.lowercaseHex)' WHERE level = 8")
        return statements.joined(separator: ";\n")
    }

    // MARK: Records

    /// The records from `place` on, of which the first is another and all are linked anew.
    private static func resealed(
        _ records: [[UInt8]], from place: Int, keepsPlace: Bool = false,
        using generator: inout SeededGenerator
    ) -> [[UInt8]] {
        var lines = [changed(records[place], keepsPlace: keepsPlace, using: &generator)]
        for record in records[(place + 1)...] {
            lines.append(linked(record, after: Hash.leaf(lines[lines.count - 1])))
        }
        return lines
    }

    /// Still a record, with another digit or letter in what it says or in its id.
    ///
    /// - Parameter keepsPlace: It stays valid where it stands: in time, in its stream, with its id.
    private static func changed(
        _ record: [UInt8], keepsPlace: Bool = false, using generator: inout SeededGenerator
    ) -> [UInt8] {
        while true {
            let place = Int.random(in: record.indices, using: &generator)
            let byte = record[place]
            guard byte >= UInt8(ascii: "1"), byte <= UInt8(ascii: "8") else { continue }
            var result = record
            result[place] = byte + 1
            guard let old = try? Record(record), let new = try? Record(result), new.index == old.index,
                new.previous == old.previous
            else { continue }
            let isInPlace =
                new.stream == old.stream && new.revision == old.revision && new.time == old.time
                && new.id == old.id
            guard isInPlace || !keepsPlace else { continue }
            return result
        }
    }

    private static func linked(_ record: [UInt8], after leaf: Hash) -> [UInt8] {
        guard let range = record.firstRange(of: Array("\"prev\":\"".utf8)) else { return record }
        return record[..<range.upperBound] + Array(leaf.hex.utf8) + record[(range.upperBound + 64)...]
    }
}
