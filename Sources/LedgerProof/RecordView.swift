/// A record's bytes and where its members lie in them. Nothing is copied.
///
/// ```
/// record = {"actor":S,"cause":(N/null),"id":S,"index":N,"prev":S,"revision":N,
///           "stream":S,"time":S,"type":S,"v":N,"what":O}                         (one line)
/// ```
///
/// Valid iff (`FORMAT.md` §1):
/// 1. at most 65,535 bytes of canonical JSON, at most 32 levels deep;
/// 2. exactly these eleven members, each in its form;
/// 3. `cause` is null or smaller than `index`.
///
/// Whether `index`, `prev`, `revision`, `time` and `id` follow from the records before is ``Chain``'s to say.
///
/// The bytes are borrowed: a view is good only inside the closure that was given it.
public struct RecordView {
    public let bytes: UnsafeRawBufferPointer
    public let cause: Int?
    public let index: LogIndex
    public let previous: Hash
    public let revision: Int
    public let time: Timestamp
    public let version: Int
    /// The 16 bytes of `id`, in memory order: compared and looked up without an allocation.
    public let idWords: SIMD2<UInt64>

    private let actorRange: Range<Int>
    private let streamRange: Range<Int>
    private let typeRange: Range<Int>
    private let whatRange: Range<Int>

    public static let maximumByteCount = 65_535

    /// Reads and checks the whole record.
    ///
    /// - Throws: ``RecordFault`` with the first rule that is broken.
    public init(scanning bytes: UnsafeRawBufferPointer) throws(RecordFault) {
        guard bytes.count <= Self.maximumByteCount else { throw .tooLarge(byteCount: bytes.count) }
        let text = bytes.assumingMemoryBound(to: UInt8.self)
        var scanner = CanonicalScanner(text)
        let idText: UnsafeBufferPointer<UInt8>
        do throws(CanonicalFault) {
            try scanner.expect("{\"actor\":")
            actorRange = try scanner.string()
            try scanner.expect(",\"cause\":")
            if scanner.peek() == UInt8(ascii: "n") {
                try scanner.expect("null")
                cause = nil
            } else {
                cause = Int(try scanner.integer())
            }
            try scanner.expect(",\"id\":")
            let idRange = try scanner.string()
            idText = UnsafeBufferPointer(rebasing: text[idRange])
            try scanner.expect(",\"index\":")
            let index = try scanner.integer()
            guard index >= 0 else { throw scanner.fault(.badNumber) }
            self.index = LogIndex(Int(index))
            try scanner.expect(",\"prev\":\"")
            previous = try scanner.hash()
            try scanner.expect("\",\"revision\":")
            revision = Int(try scanner.integer())
            try scanner.expect(",\"stream\":")
            streamRange = try scanner.string()
            try scanner.expect(",\"time\":")
            let timeRange = try scanner.string()
            try scanner.expect(",\"type\":")
            typeRange = try scanner.string()
            try scanner.expect(",\"v\":")
            version = Int(try scanner.integer())
            try scanner.expect(",\"what\":")
            let start = scanner.position
            guard scanner.peek() == UInt8(ascii: "{") else { throw scanner.fault(.unexpectedByte) }
            try scanner.skipValue(depth: 2)
            whatRange = start..<scanner.position
            try scanner.expect("}")
            guard scanner.position == scanner.end else { throw scanner.fault(.trailingBytes) }
            guard let micros = Timestamp.microseconds(parsing: UnsafeBufferPointer(rebasing: text[timeRange]))
            else {
                throw CanonicalFault(reason: .unexpectedByte, offset: timeRange.lowerBound)
            }
            time = Timestamp(microsecondsSince1970: micros)
        } catch {
            throw .notCanonical(error)
        }
        self.bytes = bytes
        guard revision >= 1 else { throw .member("revision") }
        guard version >= 1 else { throw .member("v") }
        if let cause { guard cause >= 0, cause < index.value else { throw .member("cause") } }
        guard NameBytes.isActor(UnsafeBufferPointer(rebasing: text[actorRange])) else {
            throw .member("actor")
        }
        guard let idWords = CanonicalScanner.uuidWords(idText) else { throw .member("id") }
        self.idWords = idWords
        guard NameBytes.isStream(UnsafeBufferPointer(rebasing: text[streamRange])) else {
            throw .member("stream")
        }
        guard NameBytes.isEventType(UnsafeBufferPointer(rebasing: text[typeRange])) else {
            throw .member("type")
        }
    }

    public var actor: Actor { Actor(text(actorRange))! }
    public var id: EventID { withUnsafeBytes(of: idWords) { EventID(bytes: [UInt8]($0))! } }
    public var stream: StreamName { StreamName(text(streamRange))! }
    public var type: EventType { EventType(text(typeRange))! }

    /// The bytes of `stream`, for those who compare and do not keep.
    public var streamBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[streamRange]) }
    /// The canonical bytes of `what`.
    public var whatBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[whatRange]) }

    public func leafHash() -> Hash { Hash.leaf(bytes) }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
}

extension CanonicalScanner {
    /// 64 lower-case hex digits, without the quotes. Eight at a time: each record that is verified has such a
    /// hash.
    @inline(__always)
    mutating func hash() throws(CanonicalFault) -> Hash {
        guard end - position >= 2 * Hash.byteCount else { throw fault(.unexpectedEnd) }
        let text = UnsafeRawPointer(base + position)
        var bad: UInt64 = 0
        var bytes: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &bytes) { target in
            for part in 0..<8 {
                let digits = UInt64(
                    littleEndian: text.loadUnaligned(fromByteOffset: 8 * part, as: UInt64.self))
                let value = Self.hexBytes(digits, &bad)
                target.storeBytes(of: value.littleEndian, toByteOffset: 4 * part, as: UInt32.self)
            }
        }
        guard bad == 0 else { throw fault(.unexpectedByte) }
        position += 2 * Hash.byteCount
        return withUnsafeBytes(of: bytes) { Hash(loading: $0.baseAddress!) }
    }

    /// The 16 bytes of a lower-case UUID (8-4-4-4-12), in memory order; nil if it is none.
    static func uuidWords(_ text: UnsafeBufferPointer<UInt8>) -> SIMD2<UInt64>? {
        guard text.count == 36, let start = text.baseAddress else { return nil }
        let raw = UnsafeRawPointer(start)
        func digits(_ first: Int, _ second: Int) -> UInt64 {
            let low = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: first, as: UInt32.self))
            let high = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: second, as: UInt32.self))
            return UInt64(low) | UInt64(high) << 32
        }
        var bad: UInt64 = 0
        let words = (
            UInt64(hexBytes(digits(0, 4), &bad)) | UInt64(hexBytes(digits(9, 14), &bad)) << 32,
            UInt64(hexBytes(digits(19, 24), &bad)) | UInt64(hexBytes(digits(28, 32), &bad)) << 32
        )
        let dash = UInt8(ascii: "-")
        if text[8] != dash || text[13] != dash || text[18] != dash || text[23] != dash { bad = 1 }
        return bad == 0 ? SIMD2(words.0.littleEndian, words.1.littleEndian) : nil
    }

    /// The four bytes that eight digits say. Sets a bit of `bad` where one of them is no lower-case hex
    /// digit.
    @inline(__always)
    private static func hexBytes(_ digits: UInt64, _ bad: inout UInt64) -> UInt32 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        // '0' to '9' are 30 to 39, 'a' to 'f' are 61 to 66: bit 6 tells a letter.
        let letters = (digits >> 6) & ones
        let values = (digits & (ones * 0x0F)) &+ letters &* 9
        // What is no digit or letter differs when it is written again, or has a value that its kind does not
        // have.
        bad |= digits ^ (values &+ ones &* 0x30 &+ letters &* 0x27)
        bad |= (values &+ ones &* 0x70) & tops
        bad |= (((values &+ ones &* 0x76) & tops) >> 7) ^ letters
        var packed = ((values << 4) | (values >> 8)) & 0x00FF_00FF_00FF_00FF
        packed = (packed | (packed >> 8)) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: packed | (packed >> 16))
    }
}

/// Why bytes are not a record.
public enum RecordFault: Error, Hashable, Sendable {
    case tooLarge(byteCount: Int)
    case notCanonical(CanonicalFault)
    /// A member is there but not in its form.
    case member(String)
}

extension RecordFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let byteCount):
            "\(byteCount) bytes; a record has at most \(RecordView.maximumByteCount)"
        case .notCanonical(let fault): "not a record in canonical form: \(fault)"
        case .member(let name): "the member '\(name)' is not in its form"
        }
    }
}
