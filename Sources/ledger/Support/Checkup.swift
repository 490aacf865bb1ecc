import LedgerPipeline
import LedgerProof

/// What a checkup found: each thing looked at, how it is, and what to do.
struct Checkup: Sendable {
    enum State: String, Sendable {
        case fine = "ok"
        case warning
        case problem
    }

    struct Item: Sendable {
        let topic: String
        let name: String
        let state: State
        let text: String
        /// What to do; nil where nothing is to be done.
        let remedy: String?

        init(_ topic: String, _ name: String, _ state: State, _ text: String, _ remedy: String? = nil) {
            self.topic = topic
            self.name = name
            self.state = state
            self.text = text
            self.remedy = remedy
        }
    }

    private(set) var items: [Item] = []

    mutating func add(_ item: Item) { items.append(item) }
    mutating func add(_ more: [Item]) { items += more }

    var hasProblem: Bool { items.contains { $0.state == .problem } }

    var text: String {
        var parts: [String] = []
        var topics: [String] = []
        for item in items where !topics.contains(item.topic) { topics.append(item.topic) }
        let width = items.map(\.name.count).max() ?? 0
        for topic in topics {
            let lines = items.filter { $0.topic == topic }.flatMap { Self.lines($0, width) }
            parts.append(([Terminal.styled(topic, .bold)] + lines).joined(separator: "\n"))
        }
        return (parts + [summary]).joined(separator: "\n\n")
    }

    private static func lines(_ item: Item, _ width: Int) -> [String] {
        let (mark, style): (String, Terminal.Style) =
            switch item.state {
            case .fine: ("ok     ", .green)
            case .warning: ("warning", .yellow)
            case .problem: ("problem", .red)
            }
        let name = item.name + String(repeating: " ", count: max(0, width - item.name.count))
        let indent = String(repeating: " ", count: 2 + 7 + 2 + width + 2)
        let first = "  \(Terminal.styled(mark, style))  \(name)  "
        let text = Terminal.wrapped(Terminal.safe(item.text), indent: indent)
        let remedy = item.remedy.map { Terminal.wrapped("→ " + Terminal.safe($0), indent: indent) }
        return [first + text] + (remedy.map { [indent + $0] } ?? [])
    }

    private var summary: String {
        let problems = items.filter { $0.state == .problem }.count
        let warnings = items.filter { $0.state == .warning }.count
        guard problems + warnings > 0 else { return Terminal.styled("Nothing to do.", .green) }
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        return "\(count(problems, "problem")), \(count(warnings, "warning"))."
    }

    var lines: [JSONObject] {
        items.map {
            [
                "name": .string($0.name), "remedy": .optional($0.remedy), "state": .string($0.state.rawValue),
                "text": .string($0.text), "topic": .string($0.topic),
            ]
        }
    }
}
