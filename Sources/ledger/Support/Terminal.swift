import Foundation
import LedgerProof

/// The terminal: results on stdout, everything else on stderr; colour only where a person looks and NO_COLOR
/// is not set.
enum Terminal {
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
    }

    static let environment = ProcessInfo.processInfo.environment
    static let isColoured =
        isatty(1) == 1 && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"

    static func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// A result.
    static func result(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    /// Anything that is not a result.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Text from records, with control characters made visible: a record must not be able to move the cursor.
    static func safe(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09: shown += " "
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// Lines of cells, padded to columns. Widths count characters, so cells must not hold wide ones.
    static func table(_ rows: [[String]], header: [String]? = nil) -> String {
        let all = (header.map { [$0] } ?? []) + rows
        let columns = all.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            all.map { column < $0.count ? plainCount($0[column]) : 0 }.max() ?? 0
        }
        func line(_ row: [String]) -> String {
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - plainCount(cell))
            }.joined(separator: "  ")
        }
        let body = rows.map { line($0) }
        return ((header.map { [styled(line($0), .dim)] } ?? []) + body).joined(separator: "\n")
    }

    /// Characters that take space: escape sequences do not.
    static func plainCount(_ text: String) -> Int {
        var (count, isEscape) = (0, false)
        for character in text {
            if character == "\u{1B}" {
                isEscape = true
            } else if isEscape {
                isEscape = character != "m"
            } else {
                count += 1
            }
        }
        return count
    }

    /// `3 minutes ago`, for people; exact times are in the records.
    static func ago(_ microseconds: Int64) -> String {
        let seconds = max(0, microseconds / 1_000_000)
        let (count, unit) =
            seconds < 60
            ? (seconds, "second")
            : seconds < 3600
                ? (seconds / 60, "minute")
                : seconds < 86_400 ? (seconds / 3600, "hour") : (seconds / 86_400, "day")
        return "\(count) \(unit)\(count == 1 ? "" : "s") ago"
    }

    /// `2026-11-22T20:33:15Z`, for people: whole seconds, which sort and can be given back to a command.
    static func time(_ time: Timestamp) -> String { "\(time.description.prefix(19))Z" }

    static func bytes(_ count: Int) -> String {
        if count < 1000 { return "\(count) B" }
        let units = ["kB", "MB", "GB"]
        var (value, unit) = (Double(count) / 1000, 0)
        while value >= 1000, unit < 2 { (value, unit) = (value / 1000, unit + 1) }
        return String(format: "%.1f %@", value, units[unit])
    }
}
