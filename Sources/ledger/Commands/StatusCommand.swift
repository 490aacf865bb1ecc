import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger status`: where each release stands, why it waits, and on whom.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Where each release stands, why it waits, and on whom.",
        discussion: "Example: ledger status v0.1.0")

    @Argument(help: "One release. Default: all that are not over, and the last that are.")
    var release: String?

    @Flag(help: "Every release, over or not.")
    var all = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session.openToRead(global)
        if let release {
            let id = try await session.release(release)
            let status = try await session.handler.look { try ReleaseStatus(id, $0) }
            guard let status else {
                throw Refusal(.notFound, "there is no release '\(id)'. `ledger status` lists them.")
            }
            Terminal.result(
                global.output == .json ? JSONText.line(status.json) : StatusText(status).text)
            try Ending.with(status.code)
            return
        }
        let (keeper, limit) = (ViewKeeper(session.folder), all ? StatusList.Limit.all : .standard)
        let list = try await session.handler.look { context in
            try StatusList(try keeper.current(context), context, limit: limit)
        }
        guard !list.statuses.isEmpty else {
            throw Ending(
                .nothing, "ledger: no release was started yet. Start one: ledger release start TAG --repo DIR"
            )
        }
        if global.output == .json {
            for status in list.statuses { Terminal.result(JSONText.line(status.json)) }
        } else {
            Terminal.result(list.text)
        }
        try Ending.with(Outcome.worst(list.codes))
    }
}

/// Where one release stands, ready to be shown.
struct ReleaseStatus: Sendable {
    struct StageLine: Sendable {
        let name: String
        let target: String?
        let status: String
        let attempt: Int
        let reason: String
        let since: Timestamp?
        let micros: Int64?
    }

    struct Wait: Sendable {
        let stage: String
        let gate: String?
        let why: String
        let people: [String]
        let since: Timestamp?
        let next: String
    }

    let release: ReleaseID
    let fold: ReleaseFold
    let stages: [StageLine]
    let waits: [Wait]
    let now: Timestamp
    let fault: String?

    init?(_ release: ReleaseID, _ context: LedgerContext) throws {
        guard let current = try context.release(release, earlier: .notNeeded) else { return nil }
        self.release = release
        fold = current.fold
        now = context.moment.time
        guard let definition = current.definition, let reactor = current.reactor else {
            (stages, waits) = ([], [])
            fault = current.policy.reasons.first?.text ?? "no policy is in force"
            return
        }
        fault = nil
        let reaction = reactor.react(at: context.moment)
        let isWaiting = Set(
            reaction.waits.compactMap { wait -> String? in
                if case .gate(_, let stage, _) = wait { stage } else { nil }
            })
        stages = definition.stages.map { stage in
            let state = current.fold.stages[stage.name]
            let status = state?.status ?? .waiting
            let shown = status == .waiting && isWaiting.contains(stage.name) ? "gate" : status.rawValue
            return StageLine(
                name: stage.name, target: stage.target, status: shown, attempt: state?.attempt ?? 1,
                reason: state?.reason ?? "", since: state?.since, micros: state?.micros)
        }
        waits =
            try reaction.waits.map { try Self.wait($0, release, context, current) }
            + reaction.due.compactMap { Self.due($0) }
    }

    private static func due(_ due: ReleaseDue) -> Wait? {
        let (stage, why): (String, String)
        switch due {
        case .openGate(let gate, let name, _): (stage, why) = (name, "the gate \(gate) is ready to be opened")
        case .start(let order): (stage, why) = (order.stage, "it is ready to run")
        case .takeOver, .complete: return nil
        }
        return Wait(stage: stage, gate: nil, why: why, people: [], since: nil, next: "ledger run")
    }

    private static func wait(
        _ wait: ReleaseWait, _ release: ReleaseID, _ context: LedgerContext, _ current: ReleaseContext
    ) throws -> Wait {
        switch wait {
        case .running(let stage):
            return Wait(
                stage: stage, gate: nil, why: "it was started and has no outcome yet", people: [],
                since: current.fold.stages[stage]?.since,
                next: "ledger run (takes over if its worker is gone)")
        case .retry(let stage, let reason):
            return Wait(
                stage: stage, gate: nil, why: reason.isEmpty ? "it did not succeed" : reason, people: [],
                since: current.fold.stages[stage]?.since,
                next: "ledger release retry \(release) \(stage) --as NAME")
        case .gate(let gate, let stage, let verdict):
            return try gateWait(gate, stage, verdict, release, context, current)
        }
    }

    private static func gateWait(
        _ gate: String, _ stage: String, _ verdict: Verdict, _ release: ReleaseID, _ context: LedgerContext,
        _ current: ReleaseContext
    ) throws -> Wait {
        let since = current.fold.gate(gate, stage: stage)?.since
        let rules = current.definition?.gates[gate]
        let needsTest = rules?.installTests.first { target in
            current.judge.fault(ofTestFrom: target, before: context.moment.index, current.definition!) != nil
        }
        let roster = context.governance.roster
        if let target = needsTest {
            return Wait(
                stage: stage, gate: gate, why: "\(gate) needs an install test from \(target) first",
                people: roster.holders(ofAny: ["tester"], at: context.moment), since: since,
                next: "ledger test-install \(release) --as NAME --key FILE")
        }
        let decider = try ApprovalDecider(context, release: release, gate: gate)
        let approved = Set(current.fold.gate(gate, stage: stage)?.approvals.keys.map { $0 } ?? [])
        let able = decider.candidates().filter { $0.barred == nil && !approved.contains($0.person) }.map(
            \.person)
        let reasons = verdict.reasons.filter { $0.code != "tagger.asserted" }.map(\.text)
        return Wait(
            stage: stage, gate: gate, why: "\(gate): \(reasons.joined(separator: "; "))", people: able,
            since: since,
            next: "ledger gate show \(release) \(gate)")
    }

    /// The exit code that this release's state stands for.
    var code: Outcome.Code {
        if fault != nil { return .refused }
        if fold.ending == .completed { return .done }
        if stages.contains(where: { $0.status == "failed" || $0.status == "unknown" }) { return .stageFailed }
        if fold.gates.values.contains(where: { $0.status == .rejected })
            && waits.contains(where: { $0.next.contains("retry") })
        {
            return .refused
        }
        return waits.contains { $0.gate != nil } ? .pending : .done
    }

    var json: JSONObject {
        [
            "ending": .optional(fold.ending?.rawValue), "fault": .optional(fault), "files": fold.files.json,
            "release": .string(release.text),
            "stages": .array(
                stages.map {
                    [
                        "attempt": .integer(Int64($0.attempt)), "reason": .string($0.reason),
                        "since": .optional($0.since?.description), "stage": .string($0.name),
                        "status": .string($0.status), "target": .optional($0.target),
                    ]
                }), "tag": .optional(fold.tag?.tag), "tagger": .optional(fold.tag?.tagger),
            "waits": .array(
                waits.map {
                    [
                        "gate": .optional($0.gate), "next": .string($0.next),
                        "people": .array($0.people.map { .string($0) }),
                        "since": .optional($0.since?.description),
                        "stage": .string($0.stage), "why": .string($0.why),
                    ]
                }), "yanked": .bool(fold.isYanked),
        ]
    }
}

/// The status of a release as people read it: a line of stages, and under it why it waits and on whom.
struct StatusText {
    let status: ReleaseStatus

    init(_ status: ReleaseStatus) { self.status = status }

    var text: String {
        let headline = "\(Terminal.styled(status.release.text, .bold))  \(summary)"
        let tag = status.fold.tag.map { tag in
            let age = status.now.microsecondsSince1970 - tag.time.microsecondsSince1970
            return
                "tagged by \(Terminal.safe(tag.tagger)) \(Terminal.ago(age)), commit \(tag.commit.prefix(12))"
        }
        var lines = [headline]
        if let tag { lines.append(Terminal.styled("  " + tag, .dim)) }
        lines += ["", "  " + pipeline, ""]
        lines += status.waits.flatMap { describe($0) }
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        if let fault = status.fault { return Terminal.styled("no verdict: \(fault)", .red) }
        if status.fold.isYanked { return Terminal.styled("yanked", .red) }
        switch status.fold.ending {
        case .completed: return Terminal.styled("published everywhere", .green)
        case .failed: return Terminal.styled("abandoned", .red)
        case .superseded: return Terminal.styled("superseded", .dim)
        case nil: break
        }
        if status.stages.contains(where: { $0.status == "failed" || $0.status == "unknown" }) {
            return Terminal.styled("stopped", .red)
        }
        return status.waits.contains { $0.gate != nil }
            ? Terminal.styled("waiting", .yellow) : Terminal.styled("under way", .blue)
    }

    /// `✓ build ── ✓ deploy_github_packages ── ◆ deploy_pypi_test ── · deploy_pypi_prod`
    private var pipeline: String {
        status.stages.map { stage in
            let attempt = stage.attempt > 1 ? " (attempt \(stage.attempt))" : ""
            let (mark, style): (String, Terminal.Style)
            switch stage.status {
            case "succeeded": (mark, style) = ("✓", .green)
            case "running": (mark, style) = ("▶", .blue)
            case "failed": (mark, style) = ("✗", .red)
            case "unknown": (mark, style) = ("?", .red)
            case "gate": (mark, style) = ("◆", .yellow)
            default: (mark, style) = ("·", .dim)
            }
            return Terminal.styled("\(mark) \(stage.name)\(attempt)", style)
        }.joined(separator: Terminal.styled(" ── ", .dim))
    }

    private func describe(_ wait: ReleaseStatus.Wait) -> [String] {
        var lines = ["  \(Terminal.styled(wait.stage, .bold)): \(Terminal.safe(wait.why))"]
        if !wait.people.isEmpty {
            lines.append("    waits on \(wait.people.joined(separator: " or "))")
        } else if wait.gate != nil {
            lines.append("    waits on " + Terminal.styled("nobody: no one in the roster may do it", .red))
        }
        if let since = wait.since {
            let age = status.now.microsecondsSince1970 - since.microsecondsSince1970
            lines.append(Terminal.styled("    since \(since), \(Terminal.ago(age))", .dim))
        }
        lines.append(Terminal.styled("    next  \(wait.next)", .dim))
        return lines
    }
}
