/// The two members of a record that tie it to the log, `index` and `prev`, read without looking at the rest.
///
/// For those who follow the chain over many records: whether the record is valid is ``RecordView``'s to say.
/// Bytes that are a valid record are always accepted, and give what ``RecordView`` gives; any other bytes are
/// safe to ask.
public struct RecordLinks: Hashable, Sendable {
    public let index: LogIndex
    public let previous: Hash

    public init(_ record: RecordView) {
        index = record.index
        previous = record.previous
    }

    /// - Throws: ``RecordFault`` if the bytes do not begin as a record does, up to `prev`.
    public init(scanning bytes: UnsafeRawBufferPointer) throws(RecordFault) {
        guard bytes.count <= RecordView.maximumByteCount else { throw .tooLarge(byteCount: bytes.count) }
        var scanner = CanonicalScanner(bytes.assumingMemoryBound(to: UInt8.self))
        do throws(CanonicalFault) {
            try scanner.expect("{\"actor\":")
            _ = try scanner.string()
            try scanner.expect(",\"cause\":")
            if scanner.peek() == UInt8(ascii: "n") {
                try scanner.expect("null")
            } else {
                _ = try scanner.integer()
            }
            try scanner.expect(",\"id\":")
            _ = try scanner.string()
            try scanner.expect(",\"index\":")
            let index = try scanner.integer()
            guard index >= 0 else { throw scanner.fault(.badNumber) }
            self.index = LogIndex(Int(index))
            try scanner.expect(",\"prev\":\"")
            previous = try scanner.hash()
        } catch {
            throw .notCanonical(error)
        }
    }
}
