import LedgerEvents
import LedgerPipeline
import LedgerProof

/// The releases that a look at the ledger shows: those that are open, and the last that are over. Which they
/// are, the views say; what is shown of them is loaded from the log.
struct StatusList: Sendable {
    /// How many are shown at most.
    struct Limit: Sendable {
        let open: Int
        let over: Int

        static let standard = Limit(open: 20, over: 3)
        static let all = Limit(open: .max, over: .max)
    }

    let statuses: [ReleaseStatus]
    /// Open releases that are not shown: the older ones.
    let hiddenOpen: Int
    let hiddenOver: Int
    /// What the open releases that are not shown stand for.
    let hiddenCodes: [Outcome.Code]

    init(_ views: any ViewStore, _ context: LedgerContext, limit: Limit) throws {
        let (open, over, counts) = try views.read { reader in
            (
                try reader.releases(.open, limit: Int.max), try reader.releases(.over, limit: limit.over),
                try reader.count(.over)
            )
        }
        let shown = open.prefix(limit.open) + over
        statuses = try shown.reversed().compactMap { row in
            try ReleaseID(stream: row.stream).flatMap { try ReleaseStatus($0, context) }
        }
        hiddenOpen = max(0, open.count - limit.open)
        hiddenOver = max(0, counts - over.count)
        hiddenCodes = try open.dropFirst(limit.open).map { Self.code(of: try ReleaseFold($0)) }
    }

    var codes: [Outcome.Code] { statuses.map(\.code) + hiddenCodes }

    /// From the fold alone: what a release stands for that nobody looks at closely.
    private static func code(of fold: ReleaseFold) -> Outcome.Code {
        if fold.stages.values.contains(where: { $0.status == .failed || $0.status == .unknown }) {
            return .stageFailed
        }
        let waiting = fold.gates.values.filter { gate in
            guard let stage = fold.stages[gate.stage] else { return true }
            return stage.status == .waiting && stage.attempt == gate.attempt
        }
        if waiting.contains(where: { $0.status == .rejected }) { return .refused }
        if !waiting.isEmpty { return .pending }
        return fold.gates.values.contains(where: \.isBypassed) ? .bypassed : .done
    }

    /// A few releases are told of at length, many in a line each.
    var text: String {
        let body =
            statuses.count <= 3
            ? statuses.map { StatusText($0).text }.joined(separator: "\n\n")
            : StatusTable(statuses: statuses).text
        var hidden: [String] = []
        if hiddenOpen > 0 { hidden.append("\(hiddenOpen) more open") }
        if hiddenOver > 0 { hidden.append("\(hiddenOver) more over") }
        guard !hidden.isEmpty else { return body }
        return "\(body)\n\n" + Terminal.styled("\(hidden.joined(separator: ", ")): ledger status --all", .dim)
    }
}
