public import LedgerProof

/// Says what was done to a log that does not verify, by holding its records against what the store noted
/// of each when it was added.
///
/// The notes prove nothing, as who can write the records can write them too; but who changes one seldom
/// changes the other, and a link between two records cannot say which of them was touched.
struct LogBlame {
    private let reader: any LogReader
    private let notes: any LeafNotes
    /// Each is valid and follows from those before it: the notes are wrong, or all were linked anew.
    private let areRecordsGood: Bool

    private struct Row {
        let place: Int
        let leaf: Hash
        let previous: Hash?
    }

    /// - Returns: nil where the store keeps no notes, or they say nothing that `fault` does not.
    static func improve(_ fault: LogFault, _ reader: any LogReader) -> LogFault? {
        guard let notes = try? (reader as? any DerivedStateHolder)?.leafNotes(), notes.count > 0 else {
            return nil
        }
        let areRecordsGood = [.ids, .positions, .tree].contains(fault.cause)
        return try? LogBlame(reader: reader, notes: notes, areRecordsGood: areRecordsGood).fault()
    }

    private func fault() throws -> LogFault? {
        let (rows, count) = try firstDifference()
        guard let first = rows.first else {
            guard count < notes.count else { return nil }
            return LogFault(
                .cut, at: LogIndex(count),
                "the log ends before record \(count), but \(notes.count) records were added: its tail was cut"
            )
        }
        let place = first.place
        let next = rows.count > 1 ? rows[1] : nil
        guard let noted = notes.place(of: first.leaf) else {
            return changed(first, next, isLast: place + 1 == count)
        }
        guard !areRecordsGood else { return nil }
        if noted > place, place < notes.count, let found = try find(place) {
            return LogFault(
                .reordered, at: LogIndex(place),
                "the records are not in their order: record \(noted) stands where record \(place) belongs, and "
                    + "that one at place \(found)")
        }
        if noted < place || next.map({ notes.place(of: $0.leaf) == place + 1 }) == true {
            return LogFault(
                .duplicated, at: LogIndex(place),
                "record \(noted) stands a second time where record \(place) belongs")
        }
        let missing = noted - place == 1 ? "record \(place) is" : "the records \(place) to \(noted - 1) are"
        return LogFault(.missing, at: LogIndex(place), "\(missing) missing")
    }

    /// Of a row that the store did not note.
    private func changed(_ row: Row, _ next: Row?, isLast: Bool) -> LogFault? {
        let index = LogIndex(row.place)
        if let next, notes.place(of: next.leaf) == row.place {
            return LogFault(.inserted, at: index, "a record was put in before record \(index)")
        }
        guard notes.isKnown(row.place) else {
            return LogFault(.inserted, at: index, "record \(index) was not added by this store")
        }
        guard notes.isNoted(row.place) else { return nil }
        guard let next else {
            return isLast
                ? LogFault(.edited, at: index, "the last record, \(index), is not the one that was added")
                : nil
        }
        guard next.previous == row.leaf else {
            return LogFault(
                .edited, at: index, "record \(index) is not the one that was added: its bytes were changed")
        }
        // The next record holds it to account: where that is as it was, the note is wrong, not the record.
        guard notes.place(of: next.leaf) != next.place else { return nil }
        return LogFault(
            .resealed, at: index,
            "from record \(index) on the records are others, linked to each other anew: history was "
                + "rewritten")
    }

    /// - Returns: the first row that is not the noted one, and the one after it; and the number of rows,
    ///   where there is no such row or it is the last.
    private func firstDifference() throws -> ([Row], Int) {
        struct Enough: Error {}
        var (rows, count) = ([Row](), 0)
        do {
            try reader.scan(0..<Int.max) { _, bytes in
                let leaf = Hash.leaf(bytes)
                if !rows.isEmpty || notes.place(of: leaf) != count {
                    let links = try? RecordLinks(scanning: bytes)
                    rows.append(Row(place: count, leaf: leaf, previous: links?.previous))
                }
                count += 1
                if rows.count == 2 { throw Enough() }
            }
        } catch is Enough {}
        return (rows, count)
    }

    /// - Returns: where the record that was noted at `place` stands now.
    private func find(_ place: Int) throws -> Int? {
        var (found, current): (Int?, Int) = (nil, 0)
        try reader.scan(0..<Int.max) { _, bytes in
            if found == nil, notes.place(of: Hash.leaf(bytes)) == place { found = current }
            current += 1
        }
        return found
    }
}

/// What a store noted of each record when it was added.
public protocol LeafNotes: AnyObject {
    /// How many records there were, as far as the notes tell.
    var count: Int { get }
    /// Whether anything of the store leads to a record with this index.
    func isKnown(_ place: Int) -> Bool
    /// Whether there is a note of the record with this index.
    func isNoted(_ place: Int) -> Bool
    /// The index of the record with this leaf hash; nil if none was noted.
    func place(of leaf: Hash) -> Int?
}
