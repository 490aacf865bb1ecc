import LedgerEvents
import LedgerPipeline
import LedgerProof

/// What a replay has to say.
struct ReplayReport: Sendable {
    private let origin: Origin
    private let head: LogHead
    private let governance: Governance
    private var comparison: ViewComparison?
    private var records: [String: Int] = [:]
    /// The views made here took the place of those that were kept.
    var areViewsRenewed = false
    var statuses: [ReleaseStatus] = []
    var judgements: [ReleaseJudgement] = []
    var stories: [ReleaseStory] = []
    private var list: StatusList?

    init(_ context: LedgerContext) {
        origin = context.reader.origin
        head = context.head
        governance = context.governance
    }

    mutating func add(_ comparison: ViewComparison, records count: Int) {
        self.comparison = comparison
        for projection in comparison.projections {
            switch Governance.Facts(rawValue: projection.name) {
            case .ledger: records[projection.name] = governance.revision(of: .ledger)
            case .roster: records[projection.name] = governance.revision(of: .roster)
            case .pipelines:
                records[projection.name] = governance.definedPipelines.reduce(0) {
                    $0 + governance.revision(of: $1)
                }
            case nil: records[projection.name] = count
            }
        }
    }

    mutating func show(_ list: StatusList) {
        self.list = list
        statuses = list.statuses
    }

    var codes: [Outcome.Code] {
        (comparison?.isMismatch == true ? [.mismatch] : [])
            + (comparison?.isUnreadable == true ? [.couldNotLook] : [])
            + judgements.map { VerdictText.code($0) }
    }

    // MARK: For people

    var text: String {
        var parts = [headline, projections]
        if let remark { parts.append(remark) }
        if let list { parts.append(list.text) } else { parts += statuses.map { StatusText($0).text } }
        if !judgements.isEmpty {
            parts.append(VerdictText.describe(judgements, []).trimmingPrefix("\n").description)
        }
        parts += stories.map { StoryText($0).text }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var headline: String {
        let last = head.lastTime.map { ", the last of \($0)" } ?? ""
        return "\(Terminal.styled(origin.text, .bold))  \(head.size) records\(last)"
    }

    private var projections: String {
        Terminal.table(
            (comparison?.projections ?? []).map { projection in
                [
                    projection.name, "\(records[projection.name] ?? 0)",
                    "\(projection.digest.hex.prefix(32))…", answer(projection),
                ]
            }, header: ["projection", "records", "state", ""])
    }

    private func answer(_ projection: ViewComparison.Projection) -> String {
        guard comparison?.obstacle == nil else { return "" }
        return projection.difference == nil
            ? Terminal.styled("equals the views", .green) : Terminal.styled("DIFFERS", .red)
    }

    private var remark: String? {
        guard let comparison else { return nil }
        let renewed = areViewsRenewed ? " They are made again." : ""
        switch comparison.obstacle {
        case .none?:
            return areViewsRenewed ? "There were no views; they are made now." : "There were no views."
        case .isPast: return nil
        case .otherVersion: return "The views were kept by another version of ledger.\(renewed)"
        case .foreign:
            return Terminal.styled(
                "The views were built from another ledger (or the ledger was restored).\(renewed)", .red)
        case .damaged(let fault):
            let remedy =
                areViewsRenewed
                ? " They are made again; what they said cannot be told."
                : " Remove the file, or make it readable: it is made again."
            return Terminal.styled("The views cannot be read: \(Terminal.safe(fault)).\(remedy)", .red)
        case nil: break
        }
        let differences = comparison.projections.compactMap { projection in
            projection.difference.map { Self.text($0, in: projection.name) }
        }
        guard !differences.isEmpty else { return nil }
        return differences.joined(separator: "\n")
            + (areViewsRenewed ? "\nThe records decide. The views are made again." : "\nThe records decide.")
    }

    private static func text(_ difference: ViewComparison.Difference, in name: String) -> String {
        """
        \(Terminal.styled("\(name): \(Terminal.safe(difference.place))", .red))
          the view says     \(difference.kept.map { Terminal.safe($0) } ?? "nothing")
          the records say   \(difference.replayed.map { Terminal.safe($0) } ?? "nothing")
        """
    }

    // MARK: For programs

    var lines: [JSONObject] {
        (comparison?.projections ?? []).map { json($0) } + statuses.map(\.json)
            + judgements.flatMap { json($0) }
            + stories.flatMap { StoryText($0).lines }
    }

    private func json(_ projection: ViewComparison.Projection) -> JSONObject {
        let compared: JSONValue =
            switch comparison?.obstacle {
            case nil: projection.difference == nil ? "equal" : "different"
            case .none?: "no views"
            case .isPast: "not compared"
            case .otherVersion: "other version"
            case .foreign: "other ledger"
            case .damaged: "unreadable"
            }
        return [
            "difference": projection.difference.map {
                ["place": .string($0.place), "records": .optional($0.replayed), "view": .optional($0.kept)]
            } ?? .null, "digest": .string(Digest.text(projection.digest)),
            "projection": .string(projection.name), "records": .integer(Int64(records[projection.name] ?? 0)),
            "size": .integer(Int64(head.size.value)), "version": .integer(Int64(projection.version)),
            "views": compared,
        ]
    }

    private func json(_ judgement: ReleaseJudgement) -> [JSONObject] {
        func line(_ stage: String?, _ gate: String?, _ verdict: Verdict, _ start: LogIndex?) -> JSONObject {
            [
                "approvals": .array(verdict.approvals.map { .integer(Int64($0.value)) }),
                "ending": .optional(stage == nil ? judgement.ending?.rawValue : nil), "gate": .optional(gate),
                "reasons": .array(verdict.reasons.map { VerdictText.json($0) }),
                "release": .string(judgement.release.text), "stage": .optional(stage),
                "start": start.map { .integer(Int64($0.value)) } ?? .null,
                "verdict": .string(verdict.kind.rawValue),
            ]
        }
        return judgement.stages.filter { $0.gate != nil }.map {
            line($0.stage, $0.gate, $0.verdict, $0.start)
        }
            + [line(nil, nil, judgement.verdict, nil)]
    }
}
