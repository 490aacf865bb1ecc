/// How a stage is drawn.
enum StageMark: CaseIterable {
    case done, running, gate, failed, unknown, waiting

    init(_ status: String) {
        self =
            switch status {
            case "succeeded": .done
            case "running": .running
            case "gate": .gate
            case "failed": .failed
            case "unknown": .unknown
            default: .waiting
            }
    }

    var sign: String {
        switch self {
        case .done: "✓"
        case .running: "▶"
        case .gate: "◆"
        case .failed: "✗"
        case .unknown: "?"
        case .waiting: "·"
        }
    }

    var style: Terminal.Style {
        switch self {
        case .done: .green
        case .running: .blue
        case .gate: .yellow
        case .failed, .unknown: .red
        case .waiting: .dim
        }
    }

    var meaning: String {
        switch self {
        case .done: "done"
        case .running: "running"
        case .gate: "waits at its gate"
        case .failed: "failed"
        case .unknown: "nobody knows"
        case .waiting: "not begun"
        }
    }
}
