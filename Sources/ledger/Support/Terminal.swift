import Foundation
import LedgerProof
import LedgerRuntime

/// The terminal: results on stdout, everything else on stderr; colour only where a person looks and NO_COLOR
/// is not set.
enum Terminal {
    enum Style: String, CaseIterable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
    }

    static let environment = ProcessInfo.processInfo.environment
    static let isColoured = isColoured(1)

    private static func isColoured(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    }

    static func styled(_ text: String, _ style: Style) -> String {
        isColoured && !text.isEmpty ? marked(text, style) : text
    }

    /// A result.
    static func result(_ text: String) {
        result(bytes: shown(text + "\n", isColoured: isColoured).utf8)
    }

    /// A result that is exactly these bytes.
    ///
    /// A result that cannot be written was not given, so the program ends with 1 and not with what it found.
    static func result(bytes: some Sequence<UInt8>) {
        guard let fault = send(Array(bytes), to: 1) else { return }
        if fault.code == EPIPE {
            // The reader has enough: end as a program does that never asked not to.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        let words = fault.code == EBADF ? "standard output is closed" : fault.words
        note("ledger: the result could not be written: \(words). \(fault.remedy)")
        exit(Outcome.Code.couldNotLook.rawValue)
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> SystemFault? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .last }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// Takes the places of standard streams that are closed, so that no file of the ledger gets one: what is
    /// written there is refused then, as it should be.
    static func guardStreams() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Anything that is not a result. Where nobody can be told any more, the work goes on.
    static func note(_ text: String) {
        _ = send(Array(shown(text + "\n", isColoured: isColoured(2)).utf8), to: 2)
    }

    /// Words of our own in the last line, which the next ones take the place of; nil takes them away.
    static func progress(_ text: String?) {
        _ = send(Array("\r\(text ?? "\u{1B}[K")".utf8), to: 2)
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
        var (shown, count, hasStyle) = ("", 0, false)
        for character in text {
            if isStyle(character) {
                hasStyle = true
            } else {
                guard count < width - 1 else { break }
                count += 1
            }
            shown.append(character)
        }
        return shown + "…" + (hasStyle ? endOfStyle : "")
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
        let rows = rows.map { $0.map { cell($0) } }
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
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return overflow == .clip ? width.map { clipped(text, to: $0) } ?? text : text
        }
        let body = rows.map { line($0) }
        return ((header.map { [styled(line($0), .dim)] } ?? []) + body).joined(separator: "\n")
    }

    /// Characters that take space: marks of styles do not.
    static func plainCount(_ text: String) -> Int { text.count { !isStyle($0) } }

    private static func isStyle(_ character: Character) -> Bool {
        character.unicodeScalars.first.map(isMark) ?? false
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
