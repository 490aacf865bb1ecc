import Synchronization

/// How the demo looks: numbered steps, commands behind a `$`, what they say behind a bar.
///
/// Always true: no line is wider than `width`, but for words that are; colour only where ``Terminal`` allows
/// it.
struct DemoScreen {
    static let width = 100
    static let margin = "    "
    static let room = width - margin.count
    private(set) var stepNumber = 0
    /// Commands that say nothing stand together.
    private var isInList = false

    func title(_ text: String, _ explanation: String) {
        show("")
        show(Terminal.styled(text, .bold))
        if !explanation.isEmpty { show(Terminal.styled(explanation, .dim)) }
    }

    mutating func step(_ heading: String, _ why: String) {
        stepNumber += 1
        isInList = false
        let number = (stepNumber < 10 ? " " : "") + "\(stepNumber)"
        show("")
        show("")
        show("\(Terminal.styled(number, .blue))  \(Terminal.styled(heading, .bold))")
        say(why)
    }

    func say(_ text: String) {
        for line in TextLines.wrap(text, width: Self.room, hanging: 0) { show(Self.margin + line) }
    }

    func table(_ rows: [[String]]) {
        show("")
        for line in Terminal.table(rows).split(separator: "\n") { show(Self.margin + line) }
    }

    /// A command line as it could be pasted: an option stays with its value, continued lines end with a
    /// backslash.
    mutating func command(_ line: String, saysNothing: Bool) {
        if !isInList { show("") }
        isInList = saysNothing
        let room = Self.room - 2
        let lines = line.count <= room ? [line] : Self.wrapCommand(line, width: room - 2)
        for (index, text) in lines.enumerated() {
            let isLast = index == lines.count - 1
            show(
                Self.margin + (index == 0 ? Terminal.styled("$ ", .dim) : "  ")
                    + Terminal.styled(text, .blue) + (isLast ? "" : Terminal.styled(" \\", .dim)))
        }
    }

    private static func wrapCommand(_ line: String, width: Int) -> [String] {
        let glue: Character = "\u{A0}"
        var glued = ""
        var isOption = false
        for word in line.split(separator: " ") {
            let isNext = word.hasPrefix("-")
            if !glued.isEmpty { glued.append(isOption && !isNext ? glue : " ") }
            glued += word
            isOption = isNext
        }
        return TextLines.wrap(glued, width: width, hanging: 4).map { $0.replacing("\u{A0}", with: " ") }
    }

    func remark(_ text: String, _ style: Terminal.Style) {
        show(Self.margin + Terminal.styled("└ \(text)", style))
    }

    func show(_ line: String) { Terminal.result(line) }
}

/// What one command says, line by line, behind a bar. May be used from any thread.
final class DemoOutput: Sendable {
    /// Empty lines are shown when something follows them.
    private let blankCount = Mutex(0)

    func show(_ line: String) {
        guard !line.isEmpty else {
            blankCount.withLock { $0 += 1 }
            return
        }
        let bar = DemoScreen.margin + Terminal.styled("│", .dim)
        let blanks = blankCount.withLock { count in
            defer { count = 0 }
            return count
        }
        for _ in 0..<blanks { Terminal.result(bar) }
        for text in TextLines.wrap(line, width: DemoScreen.room - 2, hanging: 2) {
            Terminal.result("\(bar) \(marked(text))")
        }
    }

    /// What a command says to a pipe has no colour; its marks get theirs back.
    private func marked(_ text: String) -> String {
        let styles: [Character: Terminal.Style] = ["✓": .green, "◆": .yellow, "▶": .blue, "✗": .red]
        return text.map { character in
            styles[character].map { Terminal.styled(String(character), $0) } ?? String(character)
        }.joined()
    }
}
