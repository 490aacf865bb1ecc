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
    /// The record but for what the log adds; made once, outside of the transaction.
    private let encoded: [UInt8]
    /// Where `index` and `prev`, then `revision`, then `time` belong in `encoded`.
    private let indexOffset: Int
    private let timeOffset: Int
    private let whatOffset: Int

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
        // Member names in the order of the canonical form.
        var bytes: [UInt8] = []
        bytes += #"{"actor":""#.utf8
        bytes += actor.text.utf8
        bytes += #"","cause":"#.utf8
        bytes += (cause.map { String($0.value) } ?? "null").utf8
        bytes += #","id":""#.utf8
        bytes += id.text.utf8
        bytes += #"","index":"#.utf8
        indexOffset = bytes.count
        bytes += #","stream":""#.utf8
        bytes += stream.text.utf8
        bytes += #"","time":""#.utf8
        timeOffset = bytes.count
        bytes += #"","type":""#.utf8
        bytes += type.text.utf8
        bytes += #"","v":"#.utf8
        bytes += String(version).utf8
        bytes += #","what":"#.utf8
        whatOffset = bytes.count
        JSONValue.object(what).appendCanonical(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        encoded = bytes
    }

    /// Canonical bytes of the object.
    public var what: [UInt8] { Array(encoded[whatOffset..<(encoded.count - 1)]) }

    /// About how many bytes the record will have.
    public var byteCount: Int { encoded.count + Self.placeByteCount }

    /// The most that the log adds: `index`, `,"prev":"…","revision":`, `revision` and `time`.
    private static let placeByteCount =
        2 * RecordWriter.decimalByteCount + 9 + 2 * Hash.byteCount + 13 + Timestamp.byteCount

    /// The record's bytes: the draft with its place in the log.
    ///
    /// - Precondition: `time` is ``Timestamp/writable``.
    public func linked(index: LogIndex, previous: Hash, revision: Int, time: Timestamp) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            var writer = RecordWriter(target)
            encoded.withUnsafeBytes { encoded in
                writer.write(UnsafeRawBufferPointer(rebasing: encoded[..<indexOffset]))
                writer.write(decimal: index.value)
                writer.write(#","prev":""#)
                previous.withUnsafeBytes { writer.write(hex: $0) }
                writer.write(#"","revision":"#)
                writer.write(decimal: revision)
                writer.write(UnsafeRawBufferPointer(rebasing: encoded[indexOffset..<timeOffset]))
                time.write(to: &writer)
                writer.write(UnsafeRawBufferPointer(rebasing: encoded[timeOffset...]))
            }
            count = writer.count
        }
    }

    /// Whether `record` is this draft, recorded: the same in all that makes a retry the same.
    public func isSame(as record: Record) -> Bool {
        id == record.id && actor == record.actor && cause == record.cause && stream == record.stream
            && type == record.type && version == record.version && what == record.what.canonicalBytes
    }
}
