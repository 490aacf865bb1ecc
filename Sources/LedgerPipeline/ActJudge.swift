import LedgerProof

/// Judges whether a signed act is good for its signer, at its index. `FORMAT.md` §5, "Signed acts".
///
/// Good iff:
/// 1. no member of the table is missing, and the statement and signature are at hand;
/// 2. the statement is canonical, with exactly the members of an act, and says this stream, this type and
///    this `what`;
/// 3. the signature is good, and its key is one of the signer's, at that index and time;
/// 4. `seen` is a tree head of this log, not larger than the index;
/// 5. `by` is whom the record names, and holds the role, where one is asked for.
struct ActJudge<Source: HistorySource> {
    /// Who signed, and with which key.
    struct Signer: Sendable {
        let person: String
        let fingerprint: String
    }

    let governance: Governance
    let source: Source

    func judge(_ record: Record, role: String?) -> Check<Signer> {
        switch statement(of: record) {
        case .bad(let finding): return .bad(finding)
        case .unclear(let finding): return .unclear(finding)
        case .good(let (signed, statement)):
            let moment = Roster.Moment(index: record.index, time: record.time)
            let roster = governance.roster
            var standings = [roster.standing(ofKey: signed.fingerprint, person: statement.by, at: moment)]
            if let role { standings.append(roster.standing(ofRole: role, person: statement.by, at: moment)) }
            for standing in standings {
                switch standing {
                case .holds: continue
                case .doesNot(let text):
                    return .bad(Finding("act.standing", at: record.index, "\(record.type): \(text)"))
                case .inDoubt(let text):
                    return .unclear(Finding("act.in-doubt", at: record.index, "\(record.type): \(text)"))
                }
            }
            return .good(Signer(person: statement.by, fingerprint: signed.fingerprint))
        }
    }

    /// One of the first three acts of the roster: signed by `person` with the key that is being enrolled.
    func judge(_ record: Record, bootstrapKey key: SSHPublicKey, person: String) -> Check<String> {
        switch statement(of: record) {
        case .bad(let finding): return .bad(finding)
        case .unclear(let finding): return .unclear(finding)
        case .good(let (signed, statement)):
            guard signed.fingerprint == key.fingerprint, statement.by == person else {
                return .bad(
                    Finding(
                        "act.standing", at: record.index,
                        "\(record.type) is not signed by \(person) with the key it enrols"))
            }
            return .good(person)
        }
    }

    /// Everything but the signer's standing.
    private func statement(of record: Record) -> Check<(SignedStatement, ActStatement)> {
        func bad(_ code: String, _ text: String) -> Check<(SignedStatement, ActStatement)> {
            .bad(Finding(code, at: record.index, "\(record.type): \(text)"))
        }
        let missing = EventSchema.of(record.type)?.missing(in: record.what) ?? []
        guard missing.isEmpty else {
            return bad("act.members", "it lacks \(missing.joined(separator: ", "))")
        }
        let signed: SignedStatement
        switch SignedStatement.read(from: record, source: source) {
        case .good(let value): signed = value
        case .bad(let finding): return .bad(finding)
        case .unclear(let finding): return .unclear(finding)
        }
        guard let statement = ActStatement(signed.bytes) else {
            return bad("act.statement", "its statement is not exactly a statement of an act")
        }
        guard statement.stream == record.stream, statement.type == record.type,
            statement.whatDigest == ActStatement.digest(of: record.what)
        else { return bad("act.content", "its statement was made for something else") }
        for member in ["by", "tester", "tagger", "approver"] {
            guard let named = record.text(member) else { continue }
            let name = named.hasPrefix("person:") ? String(named.dropFirst(7)) : named
            if name != statement.by {
                return bad("act.signer", "it names \(name), but \(statement.by) signed")
            }
        }
        switch seen(statement.seen, at: record) {
        case .good: return .good((signed, statement))
        case .bad(let finding): return .bad(finding)
        case .unclear(let finding): return .unclear(finding)
        }
    }

    /// The tree head before the signer: of this log, and not from after the record.
    func seen(_ seen: SeenHead, at record: Record) -> Check<Void> {
        guard seen.size.value <= record.index.value else {
            return .bad(
                Finding("seen.size", at: record.index, "the signer cannot have seen \(seen.size) records"))
        }
        guard seen.size != .empty else {
            return seen.root == Hash.emptyRoot
                ? .good(())
                : .bad(
                    Finding(
                        "seen.root", at: record.index,
                        "the root that the signer saw is not that of the empty log"))
        }
        guard let identity = governance.identity(at: seen.size), identity.origin == seen.origin else {
            return .bad(
                Finding("seen.origin", at: record.index, "the signer saw another log, '\(seen.origin)'"))
        }
        switch source.confirms(root: seen.root, at: seen.size) {
        case true?: return .good(())
        case false?:
            return .bad(
                Finding(
                    "seen.root", at: record.index,
                    "the root that the signer saw is not that of this log's first \(seen.size) records"))
        case nil:
            return .unclear(
                Finding(
                    "seen.unproved", at: record.index,
                    "nothing at hand proves what the first \(seen.size) records were"))
        }
    }
}
