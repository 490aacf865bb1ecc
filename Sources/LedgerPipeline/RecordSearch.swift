public import LedgerEvents
public import LedgerProof

/// Finds what a text may stand for in a log: a commit, a file, evidence, a leaf hash, a key, a person, a
/// release.
///
/// A value matches if it begins with the text (digests and fingerprints without their `sha256:`); a text of
/// fewer than ``prefixByteCount`` bytes must be the whole value. One pass over the log, and bounded:
/// ``limit`` values, a few records of each.
public struct RecordSearch {
    public struct Match: Hashable, Sendable {
        /// What the value is: `commit`, `file`, `evidence`, `leaf hash`, `key`, `person`, …
        public let kind: String
        public let value: String
        /// Whose: the file's or the evidence's name, the key's holder.
        public let name: String?
        /// The first that hold it, ascending, at most ``shownRecords``.
        public fileprivate(set) var records: [LogIndex] = []
        public fileprivate(set) var recordCount = 0
    }

    public static let prefixByteCount = 5
    public static let shownRecords = 5

    public private(set) var matches: [Match] = []
    /// Values that matched and are not among ``matches``.
    public private(set) var omittedCount = 0

    private let text: String
    private let limit: Int
    private var places: [Place: Int] = [:]
    /// Of each match: a record may hold a value more than once.
    private var lastSeen: [LogIndex] = []
    private var omitted: Set<Place> = []

    private struct Place: Hashable {
        let kind: String
        let value: String
        let name: String?
    }

    /// - Precondition: `text` is not empty.
    public init(_ text: String, limit: Int) {
        precondition(!text.isEmpty, "something is looked for")
        self.text = Self.bare(text)
        self.limit = limit
    }

    /// - Parameter progress: is told how many records were looked at.
    public mutating func run(_ reader: any LogReader, progress: (Int) -> Void = { _ in }) throws {
        // As records write it: a control character is there as its escape.
        let needle = Array(JSONValue.string(text).canonicalBytes.dropFirst().dropLast())
        let head = try reader.head()
        let chunk = 16_384
        for start in stride(from: 0, to: head.size.value, by: chunk) {
            var found: [Record] = []
            try reader.scan(start..<(start + chunk)) { _, bytes in
                // Only records that hold the text somewhere are decoded.
                guard Self.contains(bytes, needle) else { return }
                if let view = try? RecordView(scanning: bytes) { found.append(Record(view)) }
            }
            for record in found { look(at: record) }
            progress(min(start + chunk, head.size.value))
        }
        if head.size != .empty { look(atLeaf: head.lastLeaf, of: LogIndex(head.size.value - 1)) }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        guard bytes.count >= needle.count else { return false }
        let first = needle[0]
        var position = 0
        let last = bytes.count - needle.count
        while position <= last {
            if bytes[position] == first,
                needle.indices.allSatisfy({ bytes[position + $0] == needle[$0] })
            {
                return true
            }
            position += 1
        }
        return false
    }

    // MARK: Matching

    private func matches(_ value: String) -> Bool {
        let bare = Self.bare(value)
        return text.utf8.count >= Self.prefixByteCount
            ? bare.utf8.starts(with: text.utf8) : bare.utf8.elementsEqual(text.utf8)
    }

    /// Without `sha256:`, `SHA256:` or `person:`.
    private static func bare(_ value: String) -> String {
        for prefix in ["sha256:", "SHA256:", "person:"] where value.hasPrefix(prefix) {
            return String(value.dropFirst(prefix.count))
        }
        return value
    }

    private mutating func look(at record: Record) {
        if record.index.value > 0 {
            look(atLeaf: record.previous, of: LogIndex(record.index.value - 1))
        }
        if matches(record.actor.text) || matches(String(record.actor.text.drop { $0 != ":" }.dropFirst())) {
            note("actor", record.actor.text, nil, record.index)
        }
        if matches(record.id.text) { note("event id", record.id.text, nil, record.index) }
        let subject = record.stream.isRelease || record.stream.isPipeline ? record.stream.subject : nil
        if let subject,
            matches(subject) || subject.split(separator: "/").contains(where: { matches(String($0)) })
        {
            note(record.stream.isRelease ? "release" : "pipeline", subject, nil, record.index)
        }
        look(at: .object(record.what), named: "what", in: record.what, of: record)
    }

    private mutating func look(atLeaf leaf: Hash, of index: LogIndex) {
        if matches(leaf.hex) { note("leaf hash", leaf.hex, nil, index) }
    }

    private mutating func look(
        at value: JSONValue, named member: String, in object: JSONObject, of record: Record
    ) {
        switch value {
        case .string(let value) where matches(value):
            let (kind, name) = Self.kind(of: member, in: object, record.what)
            note(kind, value, name, record.index)
        case .array(let elements):
            for element in elements { look(at: element, named: member, in: object, of: record) }
        case .object(let inner):
            for name in inner.names { look(at: inner[name]!, named: name, in: inner, of: record) }
        default: break
        }
    }

    private static func kind(
        of member: String, in object: JSONObject, _ what: JSONObject
    ) -> (String, name: String?) {
        switch member {
        case "sha256": ("file", object["name"]?.string)
        case "digest" where object["media"] != nil: ("evidence", object["name"]?.string)
        case "digest", "policy": ("policy", nil)
        case "pipeline" where object["commit"] != nil: ("policy", nil)
        case "digests": ("erased evidence", nil)
        case "fingerprint", "key": ("key", (what["person"] ?? what["approver"])?.string)
        case "person", "approver", "tagger", "tester", "by": ("person", nil)
        default: (member, nil)
        }
    }

    private mutating func note(_ kind: String, _ value: String, _ name: String?, _ index: LogIndex) {
        let place = Place(kind: kind, value: value, name: name)
        guard let position = places[place] else {
            guard matches.count < limit else {
                omitted.insert(place)
                omittedCount = omitted.count
                return
            }
            places[place] = matches.count
            matches.append(Match(kind: kind, value: value, name: name, records: [index], recordCount: 1))
            lastSeen.append(index)
            return
        }
        guard lastSeen[position] != index else { return }
        lastSeen[position] = index
        matches[position].recordCount += 1
        if matches[position].records.count < Self.shownRecords { matches[position].records.append(index) }
    }
}
