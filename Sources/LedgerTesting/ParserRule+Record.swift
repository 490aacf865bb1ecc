internal import LedgerProof

extension ParserRule {
    /// The scan that verifies millions, and a reading by the rules of `FORMAT.md` §1 one after another, agree
    /// on any bytes.
    static func judgeRecord(_ bytes: [UInt8]) -> Finding {
        if let value = try? JSONValue(canonical: bytes), value.canonicalBytes != bytes {
            return .broken("canonical JSON is written otherwise")
        }
        let slow = SlowRecord(bytes)
        let fast = try? Record(bytes)
        let links = bytes.withUnsafeBytes { try? RecordLinks(scanning: $0) }
        switch (slow, fast) {
        case (nil, nil): return .refused
        case (nil, _?): return .broken("the scan accepts what is no record")
        case (_?, nil): return .broken("the scan refuses a record")
        case (let slow?, let fast?):
            guard slow.isSame(as: fast) else { return .broken("the scan reads other members") }
            guard links?.index == fast.index, links?.previous == fast.previous else {
                return .broken("the links of a record are read otherwise")
            }
            guard fast.bytes == bytes, fast.leaf == Hash.leaf(bytes) else {
                return .broken("a record is not its bytes")
            }
            return judgeDraft(of: fast)
        }
    }

    /// What is read can be written again, by the code that appends.
    private static func judgeDraft(of record: Record) -> Finding {
        let draft = RecordDraft(
            actor: record.actor, cause: record.cause, id: record.id, stream: record.stream,
            type: record.type, version: record.version, what: record.what)
        let again = draft.linked(
            index: record.index, previous: record.previous, revision: record.revision, time: record.time)
        guard again == record.bytes else { return .broken("a record is written otherwise") }
        return draft.isSame(as: record) ? .accepted : .broken("a record is not its own draft")
    }
}

/// A record as the rules say it, without a thought of speed.
private struct SlowRecord {
    private let object: JSONObject
    private let what: JSONObject
    private let time: Timestamp

    private static let names = [
        "actor", "cause", "id", "index", "prev", "revision", "stream", "time", "type", "v", "what",
    ]

    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 65_535, let object = try? JSONObject(canonical: bytes),
            object.names == Self.names, let index = object["index"]?.integer, index >= 0,
            let revision = object["revision"]?.integer, revision >= 1, let version = object["v"]?.integer,
            version >= 1, let what = object["what"]?.object,
            let time = object["time"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        if object["cause"]?.isNull != true {
            guard let cause = object["cause"]?.integer, cause >= 0, cause < index else { return nil }
        }
        guard object["actor"]?.string.flatMap({ Actor($0) }) != nil,
            object["id"]?.string.flatMap({ EventID($0) }) != nil,
            object["prev"]?.string.flatMap({ Hash(hex: $0) }) != nil,
            object["stream"]?.string.flatMap({ StreamName($0) }) != nil,
            object["type"]?.string.flatMap({ EventType($0) }) != nil
        else { return nil }
        (self.object, self.what, self.time) = (object, what, time)
    }

    func isSame(as record: Record) -> Bool {
        let cause: JSONValue = record.cause.map { .integer(Int64($0.value)) } ?? .null
        let same: JSONObject = [
            "actor": .string(record.actor.text), "cause": cause, "id": .string(record.id.text),
            "index": .integer(Int64(record.index.value)), "prev": .string(record.previous.hex),
            "revision": .integer(Int64(record.revision)), "stream": .string(record.stream.text),
            "time": .string(record.time.description), "type": .string(record.type.text),
            "v": .integer(Int64(record.version)), "what": .object(record.what),
        ]
        return same == object && record.what == what && record.time == time
    }
}
