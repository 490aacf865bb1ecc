import LedgerProof

/// Judges whether a signed act is good for its signer, at its index. `FORMAT.md` §5, "Signed acts".
///
/// Good iff:
/// 1. no member of the table is missing, and the statement and signature are at hand;
/// 2. the statement is canonical, with exactly the members of an act, and says this stream, this type and
///    this `what`;
/// 3. the signature is good, and its key is one of the signer's, at that index and time;
/// 4. `seen` is a tree head of this log, not larger than the index;
/// 5. `by` is whom the record names, and holds the role, where one is asked for;
/// 6. no earlier record carries the statement.
struct ActJudge<Source: HistorySource> {
    /// Who signed, and with which key.
    struct Signer: Sendable {
        let person: String
        let fingerprint: String
    }

    let governance: Governance
    let source: Source
    /// Where statements are carried first; those of the governance where nothing else is known.
    let firstUses: FirstUses

    init(governance: Governance, source: Source, firstUses: FirstUses? = nil) {
        self.governance = governance
        self.source = source
        self.firstUses = firstUses ?? governance.firstUses
    }

    /// - Parameter role: what the signer must hold; nil for none.
    func judge(_ record: Record, role: String?) -> Check<Signer> {
        judge(record, roleOf: { _ in role })
    }

    /// - Parameter role: what a signer must hold, told by who they are.
    func judge(_ record: Record, roleOf role: (_ signer: String) -> String?) -> Check<Signer> {
        statement(of: record).flatMap { signed, statement in
            let moment = Roster.Moment(index: record.index, time: record.time)
            let roster = governance.roster
            var standings = [roster.standing(ofKey: signed.fingerprint, person: statement.by, at: moment)]
            if let role = role(statement.by) {
                standings.append(roster.standing(ofRole: role, person: statement.by, at: moment))
            }
            let checks = standings.map { standing -> Check<Void> in
                switch standing {
                case .holds: .good(())
                case .doesNot(let text):
                    .bad(Finding("act.standing", at: record.index, "\(record.type): \(text)"))
                case .inDoubt(let text):
                    .unclear(Finding("act.in-doubt", at: record.index, "\(record.type): \(text)"))
                }
            }
            return Check.all(checks + [seen(statement.seen, at: record)]).map {
                Signer(person: statement.by, fingerprint: signed.fingerprint)
            }
        }
    }

    /// One of the first three acts of the roster: signed by `person` with the key that is being enrolled.
    func judge(_ record: Record, bootstrapKey key: SSHPublicKey, person: String) -> Check<String> {
        statement(of: record).flatMap { signed, statement in
            guard signed.fingerprint == key.fingerprint, statement.by == person else {
                return .bad(
                    Finding(
                        "act.standing", at: record.index,
                        "\(record.type) is not signed by \(person) with the key it enrols"))
            }
            return seen(statement.seen, at: record).map { person }
        }
    }

    /// Everything but the signer's standing, and what they saw.
    private func statement(of record: Record) -> Check<(SignedStatement, ActStatement)> {
        func bad(_ code: String, _ text: String) -> Check<(SignedStatement, ActStatement)> {
            .bad(Finding(code, at: record.index, "\(record.type): \(text)"))
        }
        let missing = EventSchema.of(record.type)?.missing(in: record.what) ?? []
        guard missing.isEmpty else {
            return bad("act.members", "it lacks \(missing.joined(separator: ", "))")
        }
        if let earlier = firstUses.earlier(than: record) {
            return bad("act.replayed", "its statement was used before, in record \(earlier)")
        }
        return SignedStatement.read(from: record, source: source).flatMap { signed in
            guard let statement = ActStatement(signed.bytes) else {
                return bad("act.statement", "its statement is not exactly a statement of an act")
            }
            guard statement.stream == record.stream, statement.type == record.type,
                statement.whatDigest == ActStatement.digest(of: record.what)
            else { return bad("act.content", "its statement was made for something else") }
            for member in ["by", "tester", "tagger", "approver"] {
                guard let named = record.what[member], named != .string(statement.by) else { continue }
                return bad("act.signer", "its '\(member)' is not \(statement.by), who signed")
            }
            return .good((signed, statement))
        }
    }

    /// The tree head before the signer: of this log, and not from after the record.
    func seen(_ seen: SeenHead, at record: Record) -> Check<Void> {
        guard seen.size.value <= record.index.value else {
            return .bad(
                Finding("seen.size", at: record.index, "the signer cannot have seen \(seen.size) records"))
        }
        guard let identity = governance.identity(at: seen.size), identity.origin == seen.origin else {
            return .bad(
                Finding("seen.origin", at: record.index, "the signer saw another log, '\(seen.origin)'"))
        }
        switch seen.size == .empty
            ? seen.root == Hash.emptyRoot : source.confirms(root: seen.root, at: seen.size)
        {
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
