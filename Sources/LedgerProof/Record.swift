/// A record with its members decoded: for those who read a few records with care, not for the scan of
/// millions.
public struct Record: Hashable, Sendable {
    /// As stored. Never made again from the members.
    public let bytes: [UInt8]
    public let leaf: Hash
    public let actor: Actor
    public let cause: LogIndex?
    public let id: EventID
    public let index: LogIndex
    public let previous: Hash
    public let revision: Int
    public let stream: StreamName
    public let time: Timestamp
    public let type: EventType
    public let version: Int
    public let what: JSONObject

    /// - Throws: ``RecordFault`` if the bytes are not a record.
    public init(_ bytes: [UInt8]) throws(RecordFault) {
        let result = bytes.withUnsafeBytes { buffer -> Result<Record, RecordFault> in
            do throws(RecordFault) { return .success(Record(try RecordView(scanning: buffer))) } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    public init(_ view: RecordView) {
        bytes = [UInt8](view.bytes)
        leaf = view.leafHash()
        actor = view.actor
        cause = view.cause.map { LogIndex($0) }
        id = view.id
        index = view.index
        previous = view.previous
        revision = view.revision
        stream = view.stream
        time = view.time
        type = view.type
        version = view.version
        guard let what = try? JSONObject(canonical: view.whatBytes) else {
            preconditionFailure("a scanned record has an object in `what`")
        }
        self.what = what
    }
}

/// What the caller of an append decides; the log adds `index`, `prev`, `revision` and `time`.
public struct RecordDraft: Hashable, Sendable {
    public let actor: Actor
    public let cause: LogIndex?
    public let id: EventID
    public let stream: StreamName
    public let type: EventType
    public let version: Int
    /// Canonical bytes of the object; made once.
    public let what: [UInt8]

    /// - Precondition: `version` is at least 1.
    public init(
        actor: Actor, cause: LogIndex?, id: EventID, stream: StreamName, type: EventType, version: Int = 1,
        what: JSONObject
    ) {
        precondition(version >= 1, "a schema version starts at 1")
        self.actor = actor
        self.cause = cause
        self.id = id
        self.stream = stream
        self.type = type
        self.version = version
        self.what = what.canonicalBytes
    }

    /// The record's bytes: the draft with its place in the log. Member names in the order of the canonical
    /// form.
    public func linked(index: LogIndex, previous: Hash, revision: Int, time: Timestamp) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(what.count + 400)
        bytes += #"{"actor":""#.utf8
        bytes += actor.text.utf8
        bytes += #"","cause":"#.utf8
        bytes += (cause.map { String($0.value) } ?? "null").utf8
        bytes += #","id":""#.utf8
        bytes += id.text.utf8
        bytes += #"","index":"#.utf8
        bytes += String(index.value).utf8
        bytes += #","prev":""#.utf8
        bytes += previous.hex.utf8
        bytes += #"","revision":"#.utf8
        bytes += String(revision).utf8
        bytes += #","stream":""#.utf8
        bytes += stream.text.utf8
        bytes += #"","time":""#.utf8
        bytes += time.description.utf8
        bytes += #"","type":""#.utf8
        bytes += type.text.utf8
        bytes += #"","v":"#.utf8
        bytes += String(version).utf8
        bytes += #","what":"#.utf8
        bytes += what
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Whether `record` is this draft, recorded: the same in all that makes a retry the same.
    public func isSame(as record: Record) -> Bool {
        id == record.id && actor == record.actor && cause == record.cause && stream == record.stream
            && type == record.type && version == record.version && what == record.what.canonicalBytes
    }
}
