/// Reads JSON in canonical form (RFC 8785 as narrowed by `FORMAT.md` §1) in one pass, without a copy.
///
/// Accepting and being canonical are the same thing here: there is one sequence of bytes for each value.
///
/// ```
/// value   = object / array / string / integer / "true" / "false" / "null"
/// object  = "{" [ member *( "," member ) ] "}"      names ascending, none twice
/// member  = name ":" value                           name: 1-128 of "!"..."~", no escapes but \" and \\
/// array   = "[" [ value *( "," value ) ] "]"
/// string  = DQUOTE *( utf8 / "\" ( %x22 / "\" / "b" / "f" / "n" / "r" / "t" ) / "\u00" 2hex ) DQUOTE
/// integer = "0" / [ "-" ] %x31-39 *DIGIT             within ±(2^53 − 1)
/// ```
///
/// This is one of the files that use unsafe pointers: `base` is borrowed from the caller for the time of the
/// scan and never kept.
@usableFromInline
struct CanonicalScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position = 0

    static let greatestInteger: Int64 = (1 << 53) - 1
    static let maximumDepth = 32
    static let maximumNameByteCount = 128

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        base = bytes.baseAddress ?? UnsafePointer(Self.empty)
        end = bytes.count
    }

    nonisolated(unsafe) private static let empty = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    // MARK: Single bytes

    @inline(__always)
    func peek() -> UInt8 { position < end ? base[position] : 0 }

    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, base[position] == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    mutating func expect(_ text: StaticString) throws(CanonicalFault) {
        let count = text.utf8CodeUnitCount
        guard end - position >= count else { throw fault(.unexpectedByte) }
        var difference: UInt8 = 0
        for offset in 0..<count { difference |= base[position + offset] ^ text.utf8Start[offset] }
        guard difference == 0 else { throw fault(.unexpectedByte) }
        position += count
    }

    func fault(_ reason: CanonicalFault.Reason) -> CanonicalFault {
        CanonicalFault(reason: reason, offset: position)
    }

    // MARK: Values

    /// Moves over one value. `depth` is that of the value itself; the record is level 1.
    mutating func skipValue(depth: Int) throws(CanonicalFault) {
        switch peek() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            try object(depth: depth) { scanner, _ throws(CanonicalFault) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try array(depth: depth) { scanner throws(CanonicalFault) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "t"): try expect("true")
        case UInt8(ascii: "f"): try expect("false")
        case UInt8(ascii: "n"): try expect("null")
        default: _ = try integer()
        }
    }

    /// Moves over an object; `member` is called at each value, with the bytes of its name (still escaped).
    mutating func object(
        depth: Int, _ member: (inout CanonicalScanner, Range<Int>) throws(CanonicalFault) -> Void
    ) throws(CanonicalFault) {
        guard depth <= Self.maximumDepth else { throw fault(.tooDeep) }
        try expect("{")
        guard !take(UInt8(ascii: "}")) else { return }
        var previous: Range<Int>?
        repeat {
            let name = try memberName()
            if let previous, !isAscending(previous, name) { throw fault(.namesNotAscending) }
            previous = name
            try expect(":")
            try member(&self, name)
        } while take(UInt8(ascii: ","))
        try expect("}")
    }

    mutating func array(
        depth: Int, _ element: (inout CanonicalScanner) throws(CanonicalFault) -> Void
    ) throws(CanonicalFault) {
        guard depth <= Self.maximumDepth else { throw fault(.tooDeep) }
        try expect("[")
        guard !take(UInt8(ascii: "]")) else { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect("]")
    }

    mutating func integer() throws(CanonicalFault) -> Int64 {
        let isNegative = take(UInt8(ascii: "-"))
        let first = peek()
        guard first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { throw fault(.unexpectedByte) }
        if first == UInt8(ascii: "0") {
            guard !isNegative else { throw fault(.badNumber) }
            position += 1
            return 0
        }
        var value: Int64 = 0
        while position < end, base[position] >= UInt8(ascii: "0"), base[position] <= UInt8(ascii: "9") {
            value = value * 10 + Int64(base[position] - UInt8(ascii: "0"))
            guard value <= Self.greatestInteger else { throw fault(.badNumber) }
            position += 1
        }
        return isNegative ? -value : value
    }

    // MARK: Strings

    /// Moves over a string; the range is what lies between the quotes, still escaped.
    mutating func string() throws(CanonicalFault) -> Range<Int> {
        try expect("\"")
        let start = position
        while true {
            skipPlainASCII()
            guard position < end else { throw fault(.unexpectedEnd) }
            let byte = base[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return start..<(position - 1)
            }
            if byte == UInt8(ascii: "\\") {
                try escape()
            } else if byte >= 0x80 {
                try multibyteScalar()
            } else {
                throw fault(.badEscape)
            }
        }
    }

    /// Stops at a quote, a backslash, a control character, a byte above 0x7F, or the end. Eight bytes at a
    /// time.
    @inline(__always)
    private mutating func skipPlainASCII() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while end - position >= 8 {
            let word = UInt64(
                littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            // A byte below 0x20, or equal to a quote or a backslash, borrows into its own top bit.
            let special =
                ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
                | ((word &- (ones &* 0x20)) & ~word) | word
            // A borrow goes upwards only: the lowest bit that is set is of the first such byte.
            guard special & tops == 0 else {
                position += (special & tops).trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < end {
            let byte = base[position]
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                return
            }
            position += 1
        }
    }

    /// Only what has to be escaped, in its one canonical way.
    private mutating func escape() throws(CanonicalFault) {
        position += 1
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            try expect("u00")
            guard end - position >= 2, let high = lowercaseHexValue(base[position]),
                let low = lowercaseHexValue(base[position + 1])
            else { throw fault(.badEscape) }
            let value = high << 4 | low
            let hasShortForm = value == 8 || value == 9 || value == 10 || value == 12 || value == 13
            guard value < 0x20, !hasShortForm else { throw fault(.badEscape) }
            position += 2
        default: throw fault(.badEscape)
        }
    }

    /// One scalar of two to four bytes; no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629).
    private mutating func multibyteScalar() throws(CanonicalFault) {
        let first = base[position]
        let count: Int
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, lowest) = (3, 0xA0)
        case 0xED: (count, highest) = (3, 0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, lowest) = (4, 0x90)
        case 0xF4: (count, highest) = (4, 0x8F)
        case 0xF1...0xF3: count = 4
        default: throw fault(.badUTF8)
        }
        guard end - position >= count, base[position + 1] >= lowest, base[position + 1] <= highest else {
            throw fault(.badUTF8)
        }
        for offset in 2..<max(count, 2) where base[position + offset] & 0xC0 != 0x80 { throw fault(.badUTF8) }
        position += count
    }

    private mutating func memberName() throws(CanonicalFault) -> Range<Int> {
        let name = try string()
        var count = 0
        var offset = name.lowerBound
        while offset < name.upperBound {
            let byte = base[offset]
            guard byte >= UInt8(ascii: "!"), byte <= UInt8(ascii: "~") else { throw fault(.badName) }
            if byte == UInt8(ascii: "\\") {
                let escaped = base[offset + 1]
                guard escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    throw fault(.badName)
                }
                offset += 1
            }
            offset += 1
            count += 1
        }
        guard count >= 1, count <= Self.maximumNameByteCount else { throw fault(.badName) }
        return name
    }

    /// RFC 8785, section 3.2.3: by the unescaped name. Names are ASCII, so bytes order as UTF-16 does.
    private func isAscending(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        var (i, j) = (left.lowerBound, right.lowerBound)
        while i < left.upperBound, j < right.upperBound {
            if base[i] == UInt8(ascii: "\\") { i += 1 }
            if base[j] == UInt8(ascii: "\\") { j += 1 }
            if base[i] != base[j] { return base[i] < base[j] }
            i += 1
            j += 1
        }
        return i == left.upperBound && j < right.upperBound
    }

    /// The text of a scanned string.
    func text(_ range: Range<Int>) -> String {
        let raw = UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var bytes: [UInt8] = []
        var offset = 0
        while offset < raw.count {
            guard raw[offset] == UInt8(ascii: "\\") else {
                bytes.append(raw[offset])
                offset += 1
                continue
            }
            switch raw[offset + 1] {
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "u"):
                bytes.append(lowercaseHexValue(raw[offset + 4])! << 4 | lowercaseHexValue(raw[offset + 5])!)
                offset += 4
            case let other: bytes.append(other)
            }
            offset += 2
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why bytes are not canonical JSON, and where.
public struct CanonicalFault: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        case unexpectedByte, unexpectedEnd, trailingBytes, tooDeep, namesNotAscending, badName, badNumber,
            badEscape
        case badUTF8
    }

    public let reason: Reason
    /// Bytes from the start.
    public let offset: Int
}

extension CanonicalFault: CustomStringConvertible {
    public var description: String {
        let what =
            switch reason {
            case .unexpectedByte: "a byte that canonical JSON does not have there"
            case .unexpectedEnd: "the text ends too early"
            case .trailingBytes: "bytes after the end"
            case .tooDeep: "more than \(CanonicalScanner.maximumDepth) levels"
            case .namesNotAscending: "member names are not ascending, or one is there twice"
            case .badName: "a member name is not 1-128 of ASCII '!' to '~'"
            case .badNumber: "a number is not an integer within ±(2^53 − 1) in its shortest form"
            case .badEscape: "a character that must be escaped, or an escape that is not canonical"
            case .badUTF8: "not well-formed UTF-8"
            }
        return "\(what), at byte \(offset)"
    }
}
