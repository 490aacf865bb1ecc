/// An instant as records write it: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The text is RFC 3339 in exactly 27 characters, `2026-11-22T20:33:15.123456Z` (`FORMAT.md` §1): a real
/// date, hours 00-23, seconds 00-59, six decimals, `Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let microsecondsSince1970: Int64

    public init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    public static let byteCount = 27

    /// The instants that 27 characters can say: the years 0000 to 9999.
    public static let writable =
        Timestamp(
            microsecondsSince1970: -62_167_219_200_000_000)...Timestamp(
            microsecondsSince1970: 253_402_300_799_999_999)

    /// - Returns: nil unless `text` is exactly in the form above and a real date and time.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard let micros = bytes.withUnsafeBufferPointer({ Self.microseconds(parsing: $0) }) else {
            return nil
        }
        microsecondsSince1970 = micros
    }

    public func adding(microseconds: Int64) -> Timestamp {
        let (sum, overflow) = microsecondsSince1970.addingReportingOverflow(microseconds)
        return Timestamp(microsecondsSince1970: overflow ? (microseconds > 0 ? .max : .min) : sum)
    }

    /// Parses without allocating; used for every record that is verified.
    static func microseconds(parsing text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count == byteCount else { return nil }
        func digits(_ start: Int, _ count: Int) -> Int? {
            var value = 0
            for offset in start..<(start + count) {
                let digit = text[offset] &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text[19] == UInt8(ascii: "."),
            text[26] == UInt8(ascii: "Z"),
            let year = digits(0, 4), let month = digits(5, 2), let day = digits(8, 2),
            let hour = digits(11, 2), let minute = digits(14, 2), let second = digits(17, 2),
            let micros = digits(20, 6),
            (1...12).contains(month), day >= 1, day <= daysInMonth(month, year: year),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        return Int64(((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + Int64(micros)
    }

    private static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        default: 31
        }
    }

    /// Days in the proleptic Gregorian calendar. The year is counted from March, so that the leap day comes
    /// last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month, day, hour, minute, second, microsecond in UTC.
    private var parts: (Int, Int, Int, Int, Int, Int, Int) {
        let perDay: Int64 = 86_400_000_000
        var (days, rest) = microsecondsSince1970.quotientAndRemainder(dividingBy: perDay)
        if rest < 0 { (days, rest) = (days - 1, rest + perDay) }
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let seconds = Int(rest / 1_000_000)
        return (
            year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, seconds / 3600, seconds / 60 % 60,
            seconds % 60, Int(rest % 1_000_000)
        )
    }

    /// The 27 characters.
    ///
    /// - Precondition: the year is one of 0000 to 9999.
    func write(to writer: inout RecordWriter) {
        precondition(Self.writable.contains(self), "a record's time has a year of four digits")
        let (year, month, day, hour, minute, second, micros) = parts
        writer.write(year, width: 4)
        writer.write(UInt8(ascii: "-"))
        writer.write(month, width: 2)
        writer.write(UInt8(ascii: "-"))
        writer.write(day, width: 2)
        writer.write(UInt8(ascii: "T"))
        writer.write(hour, width: 2)
        writer.write(UInt8(ascii: ":"))
        writer.write(minute, width: 2)
        writer.write(UInt8(ascii: ":"))
        writer.write(second, width: 2)
        writer.write(UInt8(ascii: "."))
        writer.write(micros, width: 6)
        writer.write(UInt8(ascii: "Z"))
    }
}

extension Timestamp: CustomStringConvertible {
    /// The 27 characters; more, and no record's time, for a year that four digits cannot say.
    public var description: String {
        let (year, month, day, hour, minute, second, micros) = parts
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(hour, 2) + ":"
            + padded(minute, 2) + ":" + padded(second, 2) + "." + padded(micros, 6) + "Z"
    }

    /// `20261122203315Z`: whole seconds, as OpenSSH's `verify-time` and `allowed_signers` take them.
    public var openSSHTime: String {
        let (year, month, day, hour, minute, second, _) = parts
        return padded(year, 4) + padded(month, 2) + padded(day, 2) + padded(hour, 2) + padded(minute, 2)
            + padded(second, 2) + "Z"
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
