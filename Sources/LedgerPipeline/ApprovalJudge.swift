import LedgerProof

/// Judges one `gate.approved` or `gate.rejected` for one start of a stage. `FORMAT.md` §7, rule 3.
///
/// With O the opening of the gate, A the decision and S the start, it is valid iff:
/// 1. O < A < S, and the gate did not expire between O and A;
/// 2. the statement has exactly the members of §4 and says this release, gate, attempt, target, nonce, policy
///    and meaning;
/// 3. its subject is the files of a build before it, of O and of S;
/// 4. the approver saw this log after O and before A, and was shown O, the build and the install test;
/// 5. A and S lie before `expires`, which is not later than A and the gate's `expires`;
/// 6. the person is enrolled, and holds key and role, at A and still at S; the signature is good;
/// 7. no separation bars the person, and no withdrawal lies between A and S.
struct ApprovalJudge<Source: HistorySource> {
    let reading: ReleaseReading
    let governance: Governance
    let source: Source
    let definition: PipelineDefinition
    let gate: PipelineGate
    let opened: ReleaseReading.Opened
    let start: ReleaseReading.Start

    /// The person who decided, where the decision is valid.
    func judge(_ record: Record, as decision: ApprovalStatement.Decision) -> Check<String> {
        guard opened.record.index < record.index, record.index < start.index else {
            return bad(
                "approval.order", record, "it does not lie between the opening of the gate and the start")
        }
        if reading.expirations.contains(where: {
            $0.text("gate") == gate.name && $0.number("attempt") == start.attempt
                && $0.index > opened.record.index && $0.index < record.index
        }) {
            return bad("approval.gate-expired", record, "the gate had expired before it")
        }
        guard reading.firstUses.earlier(than: record) == nil else {
            return bad("approval.replayed", record, "its statement was used before")
        }
        return SignedStatement.read(from: record, source: source).flatMap { signed in
            guard let statement = ApprovalStatement(signed.bytes) else {
                return bad(
                    "approval.statement", record,
                    "its statement does not have exactly the members of an approval")
            }
            let isApproval = decision == .approve
            return Check.all([
                says(statement, record, decision), subject(statement, record), seen(statement, record),
                shown(statement, record, needsTest: isApproval), expiry(statement, record),
                standing(statement, signed, record),
                isApproval ? separation(statement, record) : .good(()), withdrawal(record),
            ]).map { statement.approver }
        }
    }

    private func bad<Value>(_ code: String, _ record: Record, _ text: String) -> Check<Value> {
        .bad(Finding(code, at: record.index, text))
    }

    private func says(
        _ statement: ApprovalStatement, _ record: Record, _ decision: ApprovalStatement.Decision
    ) -> Check<Void> {
        let target = definition.stage(start.stage)?.target ?? ""
        let claims: [(String, Bool, String)] = [
            (
                "approval.release", statement.release == reading.release.text,
                "it is for the release \(statement.release)"
            ),
            (
                "approval.gate", statement.gate == gate.name && record.text("gate") == gate.name,
                "it is for the gate \(statement.gate)"
            ),
            (
                "approval.attempt",
                statement.attempt == start.attempt && record.number("attempt") == start.attempt,
                "it is for attempt \(statement.attempt); this is attempt \(start.attempt)"
            ),
            ("approval.target", statement.target == target, "it is for the target \(statement.target)"),
            (
                "approval.nonce", statement.nonce == opened.nonce,
                "it answers another opening of the gate (its nonce differs)"
            ),
            ("approval.policy", statement.policy == definition.digest, "it was given under another policy"),
            (
                "approval.decision", statement.decision == decision,
                "its statement says \(statement.decision.rawValue)"
            ),
            (
                "approval.meaning", statement.meaning == ApprovalStatement.meaning(decision, target: target),
                "its meaning is not the fixed sentence"
            ),
            (
                "approval.approver", record.text("approver") == statement.approver,
                "the record names another approver than the statement"
            ),
        ]
        for (code, isTrue, text) in claims where !isTrue { return bad(code, record, text) }
        return .good(())
    }

    /// The builds before the decision whose files are those of its statement.
    private func builds(_ statement: ApprovalStatement, before record: Record) -> [Record] {
        reading.built.filter { $0.index < record.index && isSubject($0.files("files"), statement) }
    }

    private func isSubject(_ files: [ArtifactFile]?, _ statement: ApprovalStatement) -> Bool {
        guard let files, !files.isEmpty else { return false }
        return files.map { ApprovalStatement.Subject(name: $0.name, digest: $0.digest) } == statement.subject
    }

    private func subject(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        guard !builds(statement, before: record).isEmpty, isSubject(opened.files, statement),
            isSubject(start.files, statement)
        else {
            return bad(
                "approval.subject", record, "its files are not those that were built and shown at the gate")
        }
        return .good(())
    }

    private func seen(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        let seen = statement.seen
        guard opened.record.index.value < seen.size.value, seen.size.value <= record.index.value else {
            return bad("seen.size", record, "the approver cannot have seen \(seen.size) records")
        }
        return ActJudge(governance: governance, source: source).seen(seen, at: record)
    }

    private func shown(_ statement: ApprovalStatement, _ record: Record, needsTest: Bool) -> Check<Void> {
        var checks = statement.evidence.map { shown -> Check<Void> in
            guard shown.index.value < statement.seen.size.value else {
                return bad(
                    "approval.evidence", record,
                    "record \(shown.index) was not there when the approver looked")
            }
            guard let leaf = source.leaf(at: shown.index) else {
                return .unclear(
                    Finding(
                        "record.missing", at: record.index,
                        "record \(shown.index), shown to the approver, is not at hand"))
            }
            return leaf == shown.leaf
                ? .good(())
                : bad(
                    "approval.evidence", record,
                    "record \(shown.index) is not the one that the approver was shown")
        }
        func need(_ records: [Record], _ what: String) {
            guard
                !records.contains(where: { needed in statement.evidence.contains { $0.index == needed.index }
                })
            else { return }
            let text = "the approver was not shown \(what)"
            checks.append(bad("approval.evidence", record, text))
        }
        need([opened.record], "the opening of the gate (record \(opened.record.index))")
        need(builds(statement, before: record), "the build")
        for target in needsTest ? gate.installTests : [] {
            guard let test = reading.lastTest(of: target, before: record.index) else {
                checks.append(
                    bad("mandate.missing", record, "no install test from \(target) lies before it"))
                continue
            }
            // One that is unclear makes the mandate indeterminate, whether it was shown or not.
            if !test.isUnclear {
                need([test.record], "the install test from \(target) (record \(test.record.index))")
            }
        }
        return Check.all(checks)
    }

    private func expiry(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        guard record.time < statement.expires else {
            return bad(
                "approval.expired", record, "it had expired (\(statement.expires)) when it was recorded")
        }
        guard start.time < statement.expires else {
            return bad(
                "approval.expired", record, "it had expired (\(statement.expires)) when the stage started")
        }
        if let limit = gate.expiresMicros, statement.expires > record.time.adding(microseconds: limit) {
            return bad("approval.expiry", record, "it claims to hold for longer than the gate allows")
        }
        return .good(())
    }

    private func standing(
        _ statement: ApprovalStatement, _ signed: SignedStatement, _ record: Record
    ) -> Check<Void> {
        let person = statement.approver
        guard record.text("fingerprint") == signed.fingerprint else {
            return bad(
                "approval.fingerprint", record, "the record names another key than the one that signed")
        }
        let moments = [
            Roster.Moment(index: record.index, time: record.time),
            Roster.Moment(index: start.index, time: start.time),
        ]
        let roster = governance.roster
        let key = moments.map {
            check("approval.key", roster.standing(ofKey: signed.fingerprint, person: person, at: $0), record)
        }
        // The same role at both moments; the best of those that open the gate.
        let roles = gate.roles.map { role in
            Check.all(
                moments.map {
                    check("approval.role", roster.standing(ofRole: role, person: person, at: $0), record)
                })
        }
        var best = roles[0]
        for role in roles.dropFirst() {
            switch (best, role) {
            case (.good, _), (.unclear, .bad), (.unclear, .unclear): continue
            default: best = role
            }
        }
        if case .bad = best {
            for case .doesNot(let text) in moments.map({
                roster.standing(ofAnyRole: gate.roles, person: person, at: $0)
            }) {
                best = bad("approval.role", record, text)
                break
            }
        }
        let isHuman = roster.persons[person]?.kind == .human
        let kind: Check<Void> =
            isHuman ? .good(()) : bad("approval.kind", record, "\(person) is not a human")
        return Check.all(key + [best, kind])
    }

    private func check(_ code: String, _ standing: Roster.Standing, _ record: Record) -> Check<Void> {
        switch standing {
        case .holds: .good(())
        case .doesNot(let text): bad(code, record, text)
        case .inDoubt(let text): .unclear(Finding(code + "-in-doubt", at: record.index, text))
        }
    }

    private func separation(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        let person = statement.approver
        if gate.separate.contains(.tester) {
            for target in gate.installTests {
                for index in [record.index, start.index] {
                    guard let test = reading.lastTest(of: target, before: index), test.tester == person,
                        !test.isUnclear
                    else { continue }
                    return bad("approval.tester", record, "\(person) made the install test")
                }
            }
        }
        guard gate.separate.contains(.tagger), let tag = reading.tag else { return .good(()) }
        var taggers = [tag.text("tagger") ?? ""]
        if tag.actor.kind == "person" { taggers.append(tag.actor.name) }
        if taggers.contains(person) { return bad("approval.tagger", record, "\(person) pushed the tag") }
        let moment = Roster.Moment(index: tag.index, time: tag.time)
        for tagger in taggers where !governance.roster.isEnrolled(tagger, at: moment) {
            return .unclear(
                Finding(
                    "approval.tagger-unknown", at: record.index,
                    "nobody called '\(tagger)', who pushed the tag, was enrolled"))
        }
        return .good(())
    }

    private func withdrawal(_ record: Record) -> Check<Void> {
        Check.all(
            reading.withdrawals.filter { $0.approval == record.index && $0.index < start.index }.map {
                let finding = Finding(
                    "approval.withdrawn", at: record.index, "it was withdrawn in record \($0.index)")
                return $0.isUnclear ? .unclear(finding) : .bad(finding)
            })
    }
}
