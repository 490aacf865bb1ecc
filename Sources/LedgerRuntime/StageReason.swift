/// Why a stage ended as it did: one line that is recorded for ever, so it says nothing of this machine.
///
/// Always true of ``text``:
/// - it is one line of at most ``limit`` characters;
/// - of a path of this machine only its last name is left; addresses on the network stay;
/// - of a traceback only what it ends with is left. All of it is in the stage's log.
struct StageReason {
    let text: String

    static let limit = 500

    init(_ words: String) {
        let lines = Self.withoutTraceback(words.split(whereSeparator: \.isNewline).map { String($0) })
        let line = lines.map(\.trimmed).filter { !$0.isEmpty }.joined(separator: " ")
        let plain = Self.withoutPaths(line)
        text = plain.count <= Self.limit ? plain : plain.prefix(Self.limit - 1) + "…"
    }

    // MARK: Tracebacks

    /// Python begins one with a line of its own, or in the middle of one that words were put before.
    private static func withoutTraceback(_ lines: [String]) -> [String] {
        let mark = "Traceback (most recent call last):"
        guard let first = lines.firstIndex(where: { $0.contains(mark) }) else { return lines }
        let before = lines[first].split(separator: mark, omittingEmptySubsequences: false)[0]
        // What is indented is code and where it stands; the last that is not is the error.
        let errors = lines[(first + 1)...].filter { !$0.hasPrefix(" ") && !$0.hasPrefix("\t") }
        return lines[..<first] + [String(before)] + (errors.last.map { [$0] } ?? [])
    }

    /// The last line that a Python program says, which names its error.
    static func lastWords(of text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { String($0).trimmed }
        return lines.last { !$0.isEmpty } ?? "it said nothing"
    }

    // MARK: Paths

    private static func withoutPaths(_ text: String) -> String {
        let characters = Array(text.replacing("file://", with: ""))
        var (shown, position) = ("", 0)
        while position < characters.count {
            guard characters[position] == "/", !isInside(characters, position),
                let (name, end) = path(characters, from: position)
            else {
                shown.append(characters[position])
                position += 1
                continue
            }
            shown += name
            position = end
        }
        return shown
    }

    /// Whether the slash belongs to a word before it: an address, or a name with a slash in it.
    private static func isInside(_ characters: [Character], _ position: Int) -> Bool {
        guard position > 0 else { return false }
        let before = characters[position - 1]
        return before.isLetter || before.isNumber || "/:.-_~]".contains(before)
    }

    /// - Returns: the last name of the path that begins here, and where it ends; nil where it has but one.
    private static func path(_ characters: [Character], from start: Int) -> (String, Int)? {
        var end = start
        while end < characters.count, !isEnd(characters[end]) { end += 1 }
        let names = characters[start..<end].split(separator: "/")
        guard names.count > 1, let last = names.last else { return nil }
        return (String(last), end)
    }

    private static func isEnd(_ character: Character) -> Bool {
        character.isWhitespace || "'\"`(),;:<>[]{}|".contains(character)
    }
}

extension StageLog {
    /// A reason fit for a record, redacted.
    func reason(_ text: String) -> String { StageReason(redact(text)).text }

    /// A command line fit for a record: redacted, one line, at most 1000 characters.
    func commandLine(_ text: String) -> String {
        String(redact(text).map { $0.isNewline ? " " : $0 }.prefix(1000))
    }
}
