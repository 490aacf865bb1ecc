import LedgerEvents
public import LedgerProof

/// What an approver must know before they sign, and whether what they signed may be recorded.
public struct ApprovalDecider {
    public let context: LedgerContext
    public let release: ReleaseID
    let current: ReleaseContext
    public let definition: PipelineDefinition
    public let gate: PipelineGate
    public let stage: PipelineStage
    public let opened: ReleaseReading.Opened

    /// - Parameter loaded: the release as the context has it, where it is at hand.
    /// - Throws: ``Refusal`` if the gate does not exist, or does not wait for anybody.
    public init(
        _ context: LedgerContext, release: ReleaseID, gate name: String, loaded: ReleaseContext? = nil
    ) throws {
        self.context = context
        self.release = release
        guard let current = try loaded ?? context.release(release, earlier: .notNeeded) else {
            throw Refusal(.notFound, "there is no release '\(release)'. `ledger status` lists them.")
        }
        guard let definition = current.definition else {
            throw Refusal(
                .forbidden,
                "no policy is in force for '\(release)': \(current.policy.reasons.first?.text ?? "").")
        }
        guard let gate = definition.gates[name] else {
            let names = definition.gates.keys.sorted().joined(separator: ", ")
            throw Refusal(.notFound, "the pipeline of '\(release)' has no gate '\(name)'. Gates: \(names).")
        }
        (self.current, self.definition, self.gate) = (current, definition, gate)
        guard !current.fold.isOver else {
            throw Refusal(
                .forbidden,
                "the release '\(release)' is \(current.fold.ending!.words); its gates are closed.")
        }
        let stages = definition.stages(behind: name)
        func waits(_ stage: PipelineStage) -> Bool {
            guard let open = current.fold.gate(name, stage: stage.name) else { return false }
            let state = current.fold.stages[stage.name]
            return open.status == .open && state?.status ?? .waiting == .waiting
                && open.attempt == state?.attempt ?? 1
        }
        guard let stage = stages.first(where: waits),
            let opened = current.reading.opened.last(where: { $0.gate == name && $0.stage == stage.name })
        else { throw Self.closed(name, stages, current, release) }
        (self.stage, self.opened) = (stage, opened)
    }

    private static func closed(
        _ gate: String, _ stages: [PipelineStage], _ current: ReleaseContext, _ release: ReleaseID
    ) -> Refusal {
        for stage in stages {
            let attempt = current.fold.stages[stage.name]?.attempt ?? 1
            if let open = current.fold.gate(gate, stage: stage.name), open.attempt < attempt,
                current.fold.stages[stage.name]?.status == .waiting
            {
                return Refusal(
                    .tooEarly,
                    "the gate '\(gate)' is not open yet in attempt \(attempt). Run `ledger run` first: "
                        + "it opens the gate.")
            }
            if let open = current.fold.gate(gate, stage: stage.name), open.status != .open {
                return Refusal(
                    .forbidden,
                    "the gate '\(gate)' was \(open.status.rawValue) in attempt \(open.attempt). "
                        + "Only `ledger release retry \(release) \(stage.name)` opens it again.")
            }
            if current.fold.stages[stage.name]?.status ?? .waiting != .waiting {
                return Refusal(
                    .forbidden, "the gate '\(gate)' is behind us: \(stage.name) has started already.")
            }
        }
        let needs = stages.flatMap(\.needs).filter { current.fold.stages[$0]?.status != .succeeded }
        return Refusal(
            .tooEarly,
            "the gate '\(gate)' is not open yet"
                + (needs.isEmpty
                    ? ". Run `ledger run` first." : ": \(needs.joined(separator: ", ")) must succeed first."))
    }

    /// The statement for `person` to sign, over exactly what is recorded now.
    ///
    /// - Parameter expires: nil: as late as the gate allows, less a minute in which to sign.
    public func statement(
        by person: String, _ decision: ApprovalStatement.Decision, comment: String, expires: Timestamp? = nil
    ) throws -> ApprovalStatement {
        var shown = [opened.record]
        if let built = current.reading.built.first { shown.append(built) }
        for target in gate.installTests {
            if let test = current.reading.lastTest(of: target, before: context.moment.index) {
                shown.append(test.record)
            }
        }
        let latest = min(
            context.moment.time.adding(microseconds: gate.lifetimeMicros),
            Timestamp.writable.upperBound)
        return ApprovalStatement(
            approver: person, attempt: opened.attempt, comment: comment, decision: decision,
            evidence: shown.map { ApprovalStatement.Shown(index: $0.index, leaf: $0.leaf) },
            expires: expires ?? latest, gate: gate.name, nonce: opened.nonce, policy: definition.digest,
            release: release, seen: try context.seenHead(),
            target: stage.target ?? "", files: current.fold.files)
    }

    /// The act that records a signed decision.
    ///
    /// - Throws: ``Refusal`` with every reason why it would not be valid.
    public func act(statement bytes: [UInt8], signature: [UInt8]) throws -> Act {
        guard let statement = ApprovalStatement(bytes) else {
            throw Refusal(
                .mismatch, "this is not a statement of an approval. `--print-statement` writes one.")
        }
        let signed: SignedStatement
        do throws(SSHFault) { signed = try SignedStatement(bytes: bytes, armored: signature) } catch {
            throw Refusal(.forbidden, "refused: the signature is not good for this statement: \(error).")
        }
        let (statementReference, signatureReference) = Act.references(statement: bytes, signature: signature)
        return Act(
            release.stream, statement.decision == .approve ? "gate.approved" : "gate.rejected",
            [
                "approver": .string(statement.approver), "attempt": .integer(Int64(opened.attempt)),
                "fingerprint": .string(signed.fingerprint), "gate": .string(gate.name),
                "heads": context.governance.heads(at: context.moment.index, pipeline: definition.name).json,
                "signature": signatureReference.json, "statement": statementReference.json,
            ],
            evidence: [
                statementReference.digest: StoredEvidence(content: bytes),
                signatureReference.digest: StoredEvidence(content: signature),
            ])
    }

    /// Judges the act as the record it would become, for a start right after it.
    ///
    /// - Throws: ``Refusal`` if it would not count.
    public func check(_ act: Act, by person: String) throws {
        let candidate = try ActDecider(context).record(of: act, by: person)
        let pending = act.evidence
        guard
            let next = try context.release(
                release, adding: candidate, pending: pending, earlier: .notNeeded)
        else {
            preconditionFailure("the release was there a moment ago")
        }
        let decision: ApprovalStatement.Decision = act.type.text == "gate.approved" ? .approve : .reject
        if decision == .approve {
            for target in gate.installTests {
                if let fault = next.judge.fault(ofTestFrom: target, before: candidate.index, definition) {
                    let command = "ledger test-install \(release) --as NAME --key FILE"
                    throw Refusal(
                        .forbidden, "refused: \(fault.text). Run `\(command)` first.", findings: [fault])
                }
            }
        }
        let start = ReleaseReading.Start(
            index: candidate.index.next, time: candidate.time, stage: stage.name, attempt: opened.attempt,
            epoch: 0,
            files: current.fold.files, heads: nil, isHypothetical: true)
        let judge = ApprovalJudge(
            reading: next.reading, governance: context.governance,
            source: try context.history.with(pending: pending),
            definition: definition, gate: gate, opened: opened, start: start)
        switch judge.judge(candidate, as: decision) {
        case .good(let person): try checkIsNew(person, decision)
        case .bad(let finding), .unclear(let finding):
            throw Refusal(.forbidden, "refused: \(finding.text).", findings: [finding])
        }
    }

    private func checkIsNew(_ person: String, _ decision: ApprovalStatement.Decision) throws {
        let verdict = current.reactor!.verdict(stage: stage.name, at: context.moment)
        let counted = verdict.approvals.compactMap { index in
            current.reading.decisions.first { $0.index == index }?.text("approver")
        }
        guard decision == .approve, counted.contains(person) else { return }
        throw Refusal(.forbidden, "refused: \(person) has approved this already; each person counts once.")
    }

    /// Who approved in this attempt, by person.
    public var approvals: [String: LogIndex] {
        current.fold.gate(gate.name, stage: stage.name)?.approvals ?? [:]
    }

    /// Who may still approve, and who is barred with the reason; by name.
    public func candidates() -> [(person: String, barred: String?)] {
        let roster = context.governance.roster
        return roster.persons.keys.sorted().compactMap { person in
            guard roster.isEnrolled(person, at: context.moment) else { return nil }
            if case .doesNot(let text) = roster.standing(
                ofAnyRole: gate.roles, person: person, at: context.moment)
            {
                return (person, text)
            }
            return (person, bar(on: person))
        }
    }

    private func bar(on person: String) -> String? {
        let roster = context.governance.roster
        if roster.persons[person]?.kind != .human { return "\(person) is not a human" }
        if roster.keys(of: person, at: context.moment).isEmpty {
            return "\(person) has no key that is good now"
        }
        let tag = current.reading.tag
        if gate.separate.contains(.tagger),
            tag?.text("tagger") == person || (tag?.actor.kind == "person" && tag?.actor.name == person)
        {
            return "\(person) pushed the tag"
        }
        let testers = gate.installTests.compactMap { target in
            current.fold.tests.last { $0.target == target }?.tester
        }
        if gate.separate.contains(.tester), testers.contains(person) {
            return "\(person) made the install test"
        }
        return nil
    }
}
