import Foundation

/// How the demo looks: numbered steps, commands behind a `$`, what they say behind a bar.
///
/// Always true: no line is wider than `width`; colour only where ``Terminal`` allows it.
struct DemoScreen {
    static let width = 100
    private static let margin = "     "
    private(set) var stepNumber = 0

    func title(_ text: String, _ explanation: String) {
        show("")
        show(Terminal.styled(text, .bold))
        for line in TextLines.wrap(explanation, width: Self.width) { show(Terminal.styled(line, .dim)) }
    }

    mutating func step(_ heading: String, _ why: String) {
        stepNumber += 1
        let number = String(repeating: " ", count: stepNumber < 10 ? 1 : 0) + "\(stepNumber)"
        show("")
        show(" \(Terminal.styled(number, .blue))  \(Terminal.styled(heading, .bold))")
        say(why)
    }

    func say(_ text: String) {
        for line in TextLines.wrap(text, width: Self.width - Self.margin.count) { show(Self.margin + line) }
    }

    func table(_ rows: [[String]]) {
        show("")
        for line in Terminal.table(rows).split(separator: "\n") { show(Self.margin + line) }
    }

    /// A command line as it could be pasted: continued lines end with a backslash.
    func command(_ line: String) {
        show("")
        let lines = TextLines.wrap(line, width: Self.width - Self.margin.count - 6)
        for (index, text) in lines.enumerated() {
            let isLast = index == lines.count - 1
            show(
                Self.margin + (index == 0 ? Terminal.styled("$ ", .dim) : "    ")
                    + Terminal.styled(text, .blue) + (isLast ? "" : " \\"))
        }
    }

    /// One line that a command said. May be called on any thread.
    static func output(_ line: String) {
        let bar = margin + Terminal.styled("│", .dim) + " "
        for text in TextLines.wrap(line, width: width - margin.count - 2) {
            Terminal.result((bar + text).trimmedAtEnd)
        }
    }

    func remark(_ text: String, _ style: Terminal.Style = .dim) {
        show(Self.margin + Terminal.styled("└ \(text)", style))
    }

    func show(_ line: String) { Terminal.result(line) }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
