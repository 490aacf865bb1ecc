import LedgerPipeline
import LedgerProof

/// The status of many releases: one line each, with its stages drawn, what it waits for, and since when.
struct StatusTable {
    let statuses: [ReleaseStatus]

    var text: String {
        let rows = statuses.map { status in
            [
                Terminal.styled(status.release.text, status.fold.isOver ? .dim : .bold), line(status),
                Terminal.styled(age(status), .dim), words(status),
            ]
        }
        return "\(Terminal.table(rows, overflow: .clip))\n\n\(legend)"
    }

    /// `✓─✓─◆─·`
    private func line(_ status: ReleaseStatus) -> String {
        status.stages.map { Terminal.styled(StageMark($0.status).sign, StageMark($0.status).style) }
            .joined(separator: Terminal.styled("─", .dim))
    }

    private func age(_ status: ReleaseStatus) -> String {
        guard let last = status.fold.lastTime else { return "" }
        return Terminal.age(status.now.microsecondsSince1970 - last.microsecondsSince1970)
    }

    private func words(_ status: ReleaseStatus) -> String {
        guard status.fault == nil, !status.fold.isOver, !status.fold.isYanked,
            let wait = status.waits.first(where: { $0.kind == .stopped })
                ?? status.waits.first(where: { $0.gate != nil }) ?? status.waits.first
        else { return StatusText(status).summary }
        let stage = wait.stage
        let text: String =
            switch wait.kind {
            case .stopped: Terminal.styled("\(stage): \(Terminal.safe(wait.why))", .red)
            case .running: Terminal.styled("\(stage) is running", .blue)
            case .ready: "\(stage) is next: ledger run"
            case .gate where wait.people.isEmpty, .test where wait.people.isEmpty:
                Terminal.styled("\(wait.gate ?? stage): nobody in the roster may do it", .red)
            case .gate: Terminal.styled("\(wait.gate ?? stage) waits on \(StatusText.people(wait))", .yellow)
            case .test: Terminal.styled("the install test waits on \(StatusText.people(wait))", .yellow)
            }
        return text + StatusText(status).bypassRemark
    }

    /// What the signs mean, of those that are there, and which stage is which.
    private var legend: String {
        let shown = Set(statuses.flatMap { $0.stages.map { StageMark($0.status) } })
        let signs = StageMark.allCases.filter { shown.contains($0) }
            .map { "\(Terminal.styled($0.sign, $0.style)) \(Terminal.styled($0.meaning, .dim))" }
        let names = statuses.last { !$0.stages.isEmpty }?.stages.map(\.name) ?? []
        let isOneKind = Set(statuses.map { $0.stages.map(\.name) }.filter { !$0.isEmpty }).count == 1
        return
            ([signs.joined(separator: "   ")]
            + (isOneKind ? [Terminal.styled(names.joined(separator: " ─ "), .dim)] : []))
            .joined(separator: "\n")
    }
}
