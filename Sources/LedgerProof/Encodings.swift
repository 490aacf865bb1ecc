/// Base 16 and base 64, strict: one text for each sequence of bytes, and nothing else is accepted.
///
/// Base 64 is RFC 4648, section 4, padded, without line breaks; unused bits must be zero.

@inline(__always)
func lowercaseHexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
}

extension Sequence where Element == UInt8 {
    public var lowercaseHex: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * underestimatedCount)
        for byte in self {
            text.append(RecordWriter.hexDigit(byte >> 4))
            text.append(RecordWriter.hexDigit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// - Returns: nil for an odd number of digits or any byte but `0-9` and `a-f`.
    public init?(lowercaseHex text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for position in stride(from: 0, to: digits.count, by: 2) {
            guard let high = lowercaseHexValue(digits[position]),
                let low = lowercaseHexValue(digits[position + 1])
            else { return nil }
            append(high << 4 | low)
        }
    }

    private static let base64Digits = [UInt8](
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let base64Values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in base64Digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    public var base64: String {
        var text: [UInt8] = []
        text.reserveCapacity((count + 2) / 3 * 4)
        for position in stride(from: 0, to: count, by: 3) {
            let taken = Swift.min(3, count - position)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < taken ? UInt32(self[position + offset]) : 0)
            }
            for offset in 0..<4 {
                let digit = Self.base64Digits[Int(group >> (18 - 6 * UInt32(offset)) & 63)]
                text.append(offset <= taken ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil unless `text` is exactly what ``base64`` would write for some bytes.
    public init?(base64 text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padding = digits.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        self = []
        reserveCapacity(digits.count / 4 * 3)
        var group: UInt32 = 0
        for (position, digit) in digits.enumerated() {
            let isPadding = position >= digits.count - padding
            let value = isPadding ? 0 : Self.base64Values[Int(digit)]
            guard value != 0xFF else { return nil }
            group = group << 6 | UInt32(value)
            if position % 4 == 3 {
                append(UInt8(group >> 16 & 255))
                append(UInt8(group >> 8 & 255))
                append(UInt8(group & 255))
                group = 0
            }
        }
        let unused = suffix(padding)
        guard unused.allSatisfy({ $0 == 0 }) else { return nil }
        removeLast(padding)
    }
}
