import LedgerEvents
public import LedgerProof

/// Decides, inside the transaction, whether a signed act may be recorded: the same rules that an auditor will
/// judge it by.
public struct ActDecider {
    let context: LedgerContext

    public init(_ context: LedgerContext) { self.context = context }

    /// Checks the act as the record it would become.
    ///
    /// - Throws: ``Refusal`` if it would have no effect.
    public func check(_ act: Act, by person: String) throws {
        let candidate = try record(of: act, by: person)
        let pending = act.evidence
        let history = try context.history.with(pending: pending)
        if act.stream.isRelease {
            try check(candidate, history: history, role: act.role)
            return
        }
        var governance = context.governance
        let known = governance.findings.count
        let hadAdmin = Self.hasAdmin(governance, at: context.moment)
        governance.apply(candidate, source: history)
        try refuse(governance.findings.dropFirst(known))
        let next = Roster.Moment(index: candidate.index.next, time: candidate.time)
        guard !hadAdmin || Self.hasAdmin(governance, at: next) else {
            throw Refusal(
                .forbidden,
                "refused: nobody would be admin any more, and nobody could change that. "
                    + "Grant somebody else the role first.")
        }
    }

    private static func hasAdmin(_ governance: Governance, at moment: Roster.Moment) -> Bool {
        governance.roster.persons.keys.contains {
            governance.roster.standing(ofRole: "admin", person: $0, at: moment) == .holds
        }
    }

    private func check(_ candidate: Record, history: LogHistory, role: String?) throws {
        switch ActJudge(governance: context.governance, source: history).judge(candidate, role: role) {
        case .good: return
        case .bad(let finding), .unclear(let finding): try refuse([finding][...])
        }
    }

    private func refuse(_ findings: ArraySlice<Finding>) throws {
        guard let first = findings.first else { return }
        throw Refusal(.forbidden, "refused: \(first.text).", findings: Array(findings))
    }

    /// What the act would be at the end of the log.
    public func record(of act: Act, by person: String) throws -> Record {
        guard let actor = Actor("person:\(person)") else {
            throw Refusal(
                .notFound,
                "'\(person)' is no name for a person: use lower-case letters, digits, '.', '_' and '-'.")
        }
        return try context.candidate(
            RecordDraft(
                actor: actor, cause: nil, id: Self.candidateID, stream: act.stream, type: act.type,
                what: act.what))
    }

    private static let candidateID = EventID(bytes: [UInt8](repeating: 0, count: 16))!
}

extension LedgerContext {
    /// The record that a draft would become if it were appended now.
    public func candidate(_ draft: RecordDraft) throws -> Record {
        let revision = try reader.revision(of: draft.stream) + 1
        let bytes = draft.linked(
            index: moment.index, previous: head.lastLeaf, revision: revision, time: moment.time)
        do throws(RecordFault) { return try Record(bytes) } catch {
            throw Refusal(.mismatch, "this cannot be recorded: \(error).")
        }
    }
}
