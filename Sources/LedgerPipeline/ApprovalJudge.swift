import LedgerProof

/// Judges one `gate.approved` or `gate.rejected` for one start of a stage. `FORMAT.md` §7, rule 3.
///
/// With O the opening of the gate, A the decision and S the start, it is valid iff:
/// 1. O < A < S, and the gate did not expire between O and A;
/// 2. the statement has exactly the members of §4 and says this release, gate, attempt, target, nonce, policy
///    and meaning;
/// 3. its subject is the files of the artifact, of O and of S;
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
        guard let statementReference = EvidenceReference(json: record.what["statement"]),
            reading.statementUse[statementReference.digest] ?? record.index == record.index
        else { return bad("approval.replayed", record, "its statement was used before") }
        let signed: SignedStatement
        switch SignedStatement.read(from: record, source: source) {
        case .good(let value): signed = value
        case .bad(let finding): return bad("approval.signature", record, finding.text)
        case .unclear(let finding): return .unclear(finding)
        }
        guard let statement = ApprovalStatement(signed.bytes) else {
            return bad(
                "approval.statement", record, "its statement does not have exactly the members of an approval"
            )
        }
        let checks: [() -> Check<Void>] = [
            { says(statement, record, decision) }, { subject(statement, record) },
            { seen(statement, record) },
            { shown(statement, record, needsTest: decision == .approve) }, { expiry(statement, record) },
            { standing(statement, signed, record) },
            { decision == .approve ? separation(statement, record) : .good(()) }, { withdrawal(record) },
        ]
        for check in checks {
            switch check() {
            case .good: continue
            case .bad(let finding): return .bad(finding)
            case .unclear(let finding): return .unclear(finding)
            }
        }
        return .good(statement.approver)
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

    private func subject(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        let built = reading.built.first { $0.index < record.index }?.files("files")
        guard let built, !built.isEmpty, built == opened.files, built == start.files,
            statement.subject == built.map({ ApprovalStatement.Subject(name: $0.name, digest: $0.digest) })
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
        for shown in statement.evidence {
            guard shown.index.value < statement.seen.size.value else {
                return bad(
                    "approval.evidence", record,
                    "record \(shown.index) was not there when the approver looked")
            }
            guard let leaf = source.leaf(at: shown.index) else {
                return .unclear(
                    Finding(
                        "evidence.missing", at: record.index,
                        "record \(shown.index), shown to the approver, is not at hand"))
            }
            guard leaf == shown.leaf else {
                return bad(
                    "approval.evidence", record,
                    "record \(shown.index) is not the one that the approver was shown")
            }
        }
        var needed = [(opened.record.index, "the opening of the gate")]
        if let built = reading.builtRecord(before: record.index) { needed.append((built.index, "the build")) }
        if needsTest {
            for target in gate.installTests {
                guard let test = reading.lastTest(of: target, before: record.index) else {
                    return bad("mandate.missing", record, "no install test from \(target) lies before it")
                }
                needed.append((test.record.index, "the install test from \(target)"))
            }
        }
        for (index, what) in needed where !statement.evidence.contains(where: { $0.index == index }) {
            return bad("approval.evidence", record, "the approver was not shown \(what) (record \(index))")
        }
        return .good(())
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
        for moment in [
            Roster.Moment(index: record.index, time: record.time),
            Roster.Moment(index: start.index, time: start.time),
        ] {
            let standings = [
                (
                    "approval.key",
                    governance.roster.standing(ofKey: signed.fingerprint, person: person, at: moment)
                ),
                (
                    "approval.role",
                    governance.roster.standing(ofAnyRole: gate.roles, person: person, at: moment)
                ),
            ]
            for (code, standing) in standings {
                switch standing {
                case .holds: continue
                case .doesNot(let text): return bad(code, record, text)
                case .inDoubt(let text): return .unclear(Finding(code + "-in-doubt", at: record.index, text))
                }
            }
        }
        guard governance.roster.persons[person]?.kind == .human else {
            return bad("approval.kind", record, "\(person) is not a human")
        }
        return .good(())
    }

    private func separation(_ statement: ApprovalStatement, _ record: Record) -> Check<Void> {
        let person = statement.approver
        if gate.separate.contains(.tagger), let tag = reading.tag {
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
        }
        if gate.separate.contains(.tester) {
            for target in gate.installTests {
                for index in [record.index, start.index] {
                    if reading.lastTest(of: target, before: index)?.tester == person {
                        return bad("approval.tester", record, "\(person) made the install test")
                    }
                }
            }
        }
        return .good(())
    }

    private func withdrawal(_ record: Record) -> Check<Void> {
        if let withdrawal = reading.withdrawals.first(where: {
            $0.approval == record.index && $0.index < start.index
        }) {
            return bad("approval.withdrawn", record, "it was withdrawn in record \(withdrawal.index)")
        }
        return .good(())
    }
}
