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
    static func result(_ text: String) { result(bytes: (text + "\n").utf8) }

    /// A result that is exactly these bytes.
    ///
    /// A result that cannot be written was not given, so the program ends with 1 and not with what it found.
    static func result(bytes: some Sequence<UInt8>) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(bytes)) } catch {
            if ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code == Int(EPIPE) {
                // The reader has enough: end as a program does that never asked not to.
                signal(SIGPIPE, SIG_DFL)
                raise(SIGPIPE)
            }
            note(
                "ledger: the result could not be written: \(error.localizedDescription) "
                    + "Free some space, or write it elsewhere.")
            exit(Outcome.Code.couldNotLook.rawValue)
        }
    }

    /// Anything that is not a result. Where nobody can be told any more, the work goes on.
    static func note(_ text: String) { draw(text + "\n") }

    /// Like ``note(_:)``, without ending the line.
    static func draw(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

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

    /// Columns of the terminal; nil where results go to a file or a pipe.
    static let width: Int? = {
        guard isatty(1) == 1 else { return nil }
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return environment["COLUMNS"].flatMap { Int($0) } ?? 100
        }
        return Int(size.ws_col)
    }()

    /// At most `width` characters, the last of them `…` where something was cut.
    static func clipped(_ text: String, to width: Int) -> String {
        guard plainCount(text) > width, width > 0 else { return text }
        var (shown, count, isEscape, hasStyle) = ("", 0, false, false)
        for character in text {
            if character == "\u{1B}" {
                (isEscape, hasStyle) = (true, true)
            } else if isEscape {
                isEscape = character != "m"
            } else {
                guard count < width - 1 else { break }
                count += 1
            }
            shown.append(character)
        }
        return shown + "…" + (hasStyle ? "\u{1B}[0m" : "")
    }

    /// Plain text in lines that fit the terminal (100 columns elsewhere); each after the first begins with
    /// `indent`.
    static func wrapped(_ text: String, indent: String) -> String {
        let room = max(20, (width ?? 100) - indent.count)
        return TextLines.wrap(text, width: room, hanging: 0).joined(separator: "\n\(indent)")
    }

    /// What happens to a line at the terminal's edge. Where there is no terminal it is as long as it is.
    enum Overflow { case run, clip, wrap }

    /// Lines of cells, padded to columns. Widths count characters, so cells must not hold wide ones.
    ///
    /// - Parameter overflow: `wrap` continues the last cell, which must be plain then, under itself.
    static func table(_ rows: [[String]], header: [String]? = nil, overflow: Overflow = .run) -> String {
        let all = (header.map { [$0] } ?? []) + rows
        let columns = all.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            all.map { column < $0.count ? plainCount($0[column]) : 0 }.max() ?? 0
        }
        func line(_ row: [String]) -> String {
            var cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - plainCount(cell))
            }
            if overflow == .wrap, width != nil, let last = cells.popLast() {
                let indent = widths.prefix(cells.count).reduce(0) { $0 + $1 + 2 }
                cells.append(wrapped(last, indent: String(repeating: " ", count: indent)))
            }
            let text = cells.joined(separator: "  ")
            return overflow == .clip ? width.map { clipped(text, to: $0) } ?? text : text
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

    /// `45 s`, `12 min`, `3 h`, `9 d`: for columns.
    static func age(_ microseconds: Int64) -> String {
        let seconds = max(0, microseconds / 1_000_000)
        let (count, unit) =
            seconds < 60
            ? (seconds, "s")
            : seconds < 3600
                ? (seconds / 60, "min") : seconds < 86_400 ? (seconds / 3600, "h") : (seconds / 86_400, "d")
        return "\(count) \(unit)"
    }

    /// `0.8 s`, `12.0 s`, `3 min`.
    static func duration(_ microseconds: Int64) -> String {
        microseconds < 60_000_000
            ? "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10) s" : age(microseconds)
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
