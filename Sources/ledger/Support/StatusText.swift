import LedgerPipeline
import LedgerProof

/// The status of one release as people read it: a line of stages, and under it why it waits and on whom.
struct StatusText {
    let status: ReleaseStatus

    init(_ status: ReleaseStatus) { self.status = status }

    var text: String {
        var lines = ["\(Terminal.styled(status.release.text, .bold))  \(summary)"]
        if let tag = status.fold.tag {
            lines.append(
                Terminal.styled(
                    "tagged by \(Terminal.safe(tag.tagger)) \(ago(tag.time)), commit \(tag.commit.prefix(12))",
                    .dim))
        }
        if !status.stages.isEmpty { lines += ["", pipeline] }
        for wait in status.waits { lines += [""] + describe(wait) }
        return lines.joined(separator: "\n")
    }

    private func ago(_ time: Timestamp) -> String {
        Terminal.ago(status.now.microsecondsSince1970 - time.microsecondsSince1970)
    }

    /// Where the release stands, in two or three words.
    var summary: String {
        let (words, style) = standing
        return Terminal.styled(words, style) + bypassRemark
    }

    /// Empty, or which stages went by a bypass.
    var bypassRemark: String {
        let bypassed = status.stages.filter(\.isBypassed).map(\.name)
        return bypassed.isEmpty
            ? "" : Terminal.styled(", bypassed: \(bypassed.joined(separator: ", "))", .yellow)
    }

    private var standing: (String, Terminal.Style) {
        if let fault = status.fault { return ("no verdict: \(Terminal.safe(fault))", .red) }
        if status.fold.isYanked { return ("yanked", .red) }
        switch status.fold.ending {
        case .completed?: return (ReleaseFold.Ending.completed.words, .green)
        case .failed?: return (ReleaseFold.Ending.failed.words, .red)
        case .superseded?: return (ReleaseFold.Ending.superseded.words, .dim)
        case nil: break
        }
        if status.waits.contains(where: { $0.kind == .stopped }) { return ("stopped", .red) }
        guard let wait = status.waits.first(where: { $0.gate != nil }) else { return ("under way", .blue) }
        return wait.people.isEmpty ? ("stuck", .red) : ("waits on \(Self.people(wait))", .yellow)
    }

    /// `bob or dora`; `bob, dora or 4 others`.
    static func people(_ wait: ReleaseStatus.Wait) -> String {
        let names = wait.people
        guard names.count > 3 else {
            return names.count < 2
                ? names.first ?? "nobody"
                : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
        }
        return "\(names.prefix(2).joined(separator: ", ")) or \(names.count - 2) others"
    }

    // MARK: The line of stages

    /// `✓ build ── ✓ deploy_github_packages ── ◆ deploy_pypi_test ── · deploy_pypi_prod`, and under each what
    /// there is to say of it; one below the other where that is too wide.
    private var pipeline: String {
        let cells = status.stages.map { ("\(StageMark($0.status).sign) \($0.name)", note(on: $0)) }
        let widths = cells.map { max($0.0.count, $0.1.count + 2) }
        let isNarrow = widths.reduce(2, +) + 4 * max(0, cells.count - 1) > Terminal.width ?? 100
        if isNarrow {
            return Terminal.table(
                zip(status.stages, cells).map { stage, cell in
                    [
                        "  \(Terminal.styled(cell.0, StageMark(stage.status).style))",
                        Terminal.styled(cell.1, .dim),
                    ]
                })
        }
        var (upper, lower) = ("  ", "  ")
        for (place, stage) in status.stages.enumerated() {
            let isLast = place == cells.count - 1
            let (name, note) = cells[place]
            let room = widths[place]
            upper += Terminal.styled(name, StageMark(stage.status).style)
            if !isLast {
                let line = String(repeating: "─", count: room - name.count + 2)
                upper += " " + Terminal.styled(line, .dim) + " "
                lower += "  \(note)" + String(repeating: " ", count: room - note.count - 2 + 4)
            } else {
                lower += "  \(note)"
            }
        }
        while lower.last == " " { lower.removeLast() }
        return lower.isEmpty ? upper : "\(upper)\n\(Terminal.styled(lower, .dim))"
    }

    private func note(on stage: ReleaseStatus.StageLine) -> String {
        let attempt = stage.attempt > 1 ? "attempt \(stage.attempt)" : nil
        let rest: String? =
            switch StageMark(stage.status) {
            case .done: stage.micros.flatMap { $0 > 0 ? Terminal.duration($0) : nil }
            case .gate, .waiting: stage.gate
            case .running, .failed, .unknown: nil
            }
        return [rest, attempt, stage.isBypassed ? "bypassed" : nil].compactMap { $0 }
            .joined(separator: ", ")
    }

    // MARK: Waits

    private func describe(_ wait: ReleaseStatus.Wait) -> [String] {
        let subject = wait.gate ?? wait.stage
        var rows = [[Terminal.styled(subject, .bold), Terminal.safe(wait.why)]]
        if wait.gate != nil {
            let people =
                wait.people.isEmpty
                ? Terminal.styled("nobody: no one in the roster may do it", .red) : Self.people(wait)
            rows.append([Terminal.styled("waits on", .dim), people])
        }
        if let since = wait.since {
            rows.append([Terminal.styled("since", .dim), "\(Terminal.time(since)), \(ago(since))"])
        }
        rows += (wait.advice?.rows ?? [["next", wait.next]]).map { [Terminal.styled($0[0], .dim), $0[1]] }
        let width = rows.map { Terminal.plainCount($0[0]) }.max() ?? 0
        return rows.map { row in
            let label = row[0] + String(repeating: " ", count: width - Terminal.plainCount(row[0]))
            return "  \(label)  \(Terminal.wrapped(row[1], indent: String(repeating: " ", count: width + 4)))"
        }
    }
}
