public import LedgerProof

/// What was judged of one release.
public struct ReleaseJudgement: Hashable, Sendable {
    public struct Stage: Hashable, Sendable {
        public let stage: String
        public let gate: String?
        public let verdict: Verdict
        /// The start that the verdict is about: the worst.
        public let start: LogIndex?
    }

    public let release: ReleaseID
    public let stages: [Stage]
    /// The worst of the stages, of the artifact and of the order.
    public let verdict: Verdict
    public let findings: [Finding]
    /// How it is over; nil for one that is open.
    public let ending: ReleaseFold.Ending?
}

/// Judges a release from its records alone: every start of a gated stage, the mandate, that it is one
/// artifact, and the order. `FORMAT.md` §7, rules 3-6.
public struct ReleaseJudge<Source: HistorySource> {
    public let reading: ReleaseReading
    let governance: Governance
    let source: Source
    /// An earlier release of the same version, if the caller found one.
    let earlierRelease: ReleaseID?

    public init(
        reading: ReleaseReading, governance: Governance, source: Source, earlierRelease: ReleaseID? = nil
    ) {
        self.reading = reading
        self.governance = governance
        self.source = source
        self.earlierRelease = earlierRelease
    }

    /// The definition in force at the tag; nil, with the reason, if there is not exactly one.
    public func definition() -> (PipelineDefinition?, Verdict) {
        guard let tag = reading.tag else {
            let fault = reading.tagFault ?? Finding("order.tag", at: nil, "the release has no tag.pushed")
            return (nil, Verdict(.refused, reasons: [fault]))
        }
        let matching = governance.definitions(matching: reading.release.tag, at: tag.index)
        guard let record = matching.first else {
            return (
                nil,
                Verdict(
                    .refused,
                    reasons: [Finding("policy.none", at: tag.index, "no pipeline in force matches the tag")])
            )
        }
        guard matching.count == 1 else {
            let names = matching.map(\.definition.name).joined(separator: ", ")
            return (
                nil,
                Verdict(
                    .indeterminate,
                    reasons: [
                        Finding("policy.several", at: tag.index, "several pipelines match the tag: \(names)")
                    ])
            )
        }
        guard tag.text("pipeline").flatMap({ Digest.parse($0) }) == record.definition.digest else {
            return (
                nil,
                Verdict(
                    .refused,
                    reasons: [
                        Finding(
                            "policy.digest", at: tag.index,
                            "tag.pushed names another policy than the one in force")
                    ])
            )
        }
        return (record.definition, .satisfied)
    }

    public func judge() -> ReleaseJudgement {
        let (definition, policy) = definition()
        guard let definition else {
            return ReleaseJudgement(
                release: reading.release, stages: [], verdict: policy, findings: reading.findings,
                ending: reading.ending)
        }
        var (whole, findings) = (
            ArtifactJudge(reading: reading, definition: definition).judge(), reading.findings
        )
        let order = OrderJudge(reading: reading, definition: definition).judge()
        whole.add(order.verdict)
        for finding in reading.incomplete { whole.add(.refused, finding) }
        for finding in governance.doubts { whole.add(.indeterminate, finding) }
        findings += order.findings
        if let earlierRelease {
            whole.add(
                .refused,
                Finding(
                    "order.version", at: reading.tag?.index,
                    "the version was released before, as \(earlierRelease)"))
        }
        let stages = definition.stages.map { judge(stage: $0, definition: definition) }
        for stage in stages { whole.add(stage.verdict) }
        return ReleaseJudgement(
            release: reading.release, stages: stages, verdict: whole, findings: findings,
            ending: reading.ending)
    }

    private func judge(stage: PipelineStage, definition: PipelineDefinition) -> ReleaseJudgement.Stage {
        guard stage.gate != nil else {
            return ReleaseJudgement.Stage(
                stage: stage.name, gate: nil, verdict: Verdict(.notApplicable), start: nil)
        }
        let starts = reading.starts.filter { $0.stage == stage.name }
        guard !starts.isEmpty else {
            var verdict = Verdict(
                .pending,
                reasons: [Finding("gate.not-started", at: nil, "\(stage.name) was never started")])
            addUnknown(to: &verdict)
            return ReleaseJudgement.Stage(
                stage: stage.name, gate: stage.gate, verdict: verdict, start: nil)
        }
        var worst: (Verdict, LogIndex)?
        for start in starts {
            let verdict = judge(start: start, definition: definition)
            // Of equals the last: it is the one that people remember.
            if let kind = worst?.0.kind, kind != verdict.kind, kind.worse(verdict.kind) == kind { continue }
            worst = (verdict, start.index)
        }
        return ReleaseJudgement.Stage(stage: stage.name, gate: stage.gate, verdict: worst!.0, start: worst!.1)
    }

    /// A record that is not known here, anywhere in a stream that a gate reads, makes its verdict
    /// indeterminate: nobody can say how far back it reaches. `FORMAT.md` §5.
    private func addUnknown(to verdict: inout Verdict) {
        guard let unknown = [governance.firstObscured, reading.unknown].compactMap({ $0 }).min() else {
            return
        }
        verdict.add(
            .indeterminate,
            Finding("critical.unknown", at: unknown, "a record whose effect is not known here"))
    }

    /// Judges one start of a gated stage, recorded or only considered.
    public func judge(start: ReleaseReading.Start, definition: PipelineDefinition) -> Verdict {
        guard let stage = definition.stage(start.stage), let gateName = stage.gate,
            let gate = definition.gates[gateName]
        else { return Verdict(.notApplicable) }
        var verdict = Verdict.satisfied
        addUnknown(to: &verdict)
        if let obscured = reading.obscured, obscured < start.index {
            verdict.add(
                .indeterminate,
                Finding("critical.unknown", at: obscured, "a record whose effect is not known here"))
        }
        for member in gate.unknownMembers {
            verdict.add(
                .indeterminate,
                Finding(
                    "policy.unknown", at: start.index, "the gate has '\(member)', which is not known here"))
        }
        guard
            let opened = reading.openedGate(
                gateName, stage: start.stage, attempt: start.attempt, before: start.index)
        else {
            verdict.add(
                start.isHypothetical ? .pending : .refused,
                Finding(
                    "gate.not-opened", at: start.index,
                    "the gate \(gateName) was not opened for attempt \(start.attempt)"))
            return verdict
        }
        verdict.add(check(opened: opened, definition: definition))
        verdict.add(checkHeads(start.heads, at: start.index, definition))
        verdict.add(count(gate: gate, opened: opened, start: start, definition: definition))
        return verdict
    }

    private func check(opened: ReleaseReading.Opened, definition: PipelineDefinition) -> Verdict {
        var verdict = checkHeads(opened.record.heads, at: opened.record.index, definition)
        if opened.policy != definition.digest {
            verdict.add(
                .refused,
                Finding("gate.policy", at: opened.record.index, "the gate was opened under another policy"))
        }
        let isNonce = opened.nonce.utf8.count == 32 && [UInt8](lowercaseHex: opened.nonce) != nil
        let isUnique = reading.opened.filter { $0.nonce == opened.nonce }.count == 1
        if !isNonce || !isUnique {
            verdict.add(
                .refused,
                Finding("gate.nonce", at: opened.record.index, "the nonce is not 32 hex digits of its own"))
        }
        return verdict
    }

    private func checkHeads(_ heads: Heads?, at index: LogIndex, _ definition: PipelineDefinition) -> Verdict
    {
        guard heads == governance.heads(at: index, pipeline: definition.name) else {
            return Verdict(
                .indeterminate,
                reasons: [
                    Finding(
                        "heads", at: index, "its heads differ from the log's: it was judged on something else"
                    )
                ])
        }
        return .satisfied
    }

    /// Quorum, rejection, mandate, bypass.
    private func count(
        gate: PipelineGate, opened: ReleaseReading.Opened, start: ReleaseReading.Start,
        definition: PipelineDefinition
    ) -> Verdict {
        let judge = ApprovalJudge(
            reading: reading, governance: governance, source: source, definition: definition, gate: gate,
            opened: opened, start: start)
        var tally = Tally()
        for record in reading.decisions
        where record.text("gate") == gate.name && record.index < start.index
            && record.number("attempt") == start.attempt
        {
            let decision: ApprovalStatement.Decision =
                record.type.text == "gate.approved" ? .approve : .reject
            tally.add(record, decision, judge.judge(record, as: decision))
            let heads = checkHeads(record.heads, at: record.index, definition)
            if heads.kind != .satisfied { tally.unclear += heads.reasons }
        }
        var verdict = Verdict(.satisfied, approvals: tally.approvals.values.sorted())
        if let rejection = tally.rejection {
            verdict.add(.refused, rejection)
        } else if tally.approvals.count < gate.approvals {
            let missing = gate.approvals - tally.approvals.count
            let reason = Finding(
                "gate.approvals", at: start.index, "\(missing) more approval\(missing == 1 ? "" : "s") needed"
            )
            let kind: VerdictKind =
                !tally.unclear.isEmpty ? .indeterminate : start.isHypothetical ? .pending : .refused
            verdict.add(kind, reason)
            for reason in tally.invalid { verdict.add(.satisfied, reason) }
            if start.isHypothetical {
                verdict.add(mandate(gate, approvals: [], start: start, definition: definition))
            }
        } else {
            verdict.add(
                mandate(
                    gate, approvals: tally.approvals.values.sorted(), start: start, definition: definition))
        }
        for reason in tally.unclear { verdict.add(.indeterminate, reason) }
        if verdict.kind != .satisfied, tally.rejection == nil, let bypass = bypass(of: gate, start: start) {
            return Verdict(
                .bypassed,
                reasons: [Finding("gate.bypassed", at: bypass.index, "\(bypass.by) bypassed the gate")]
                    + verdict.reasons)
        }
        if gate.separate.contains(.tagger), !reading.isTagSigned {
            verdict.add(
                .satisfied,
                Finding(
                    "tagger.asserted", at: reading.tag?.index,
                    "tagger asserted: the tag carries no signature of its tagger"))
        }
        return verdict
    }

    private func bypass(of gate: PipelineGate, start: ReleaseReading.Start) -> ReleaseReading.Bypass? {
        reading.bypasses.first {
            guard $0.gate == gate.name, $0.attempt == start.attempt, $0.index < start.index else {
                return false
            }
            guard let until = $0.until else { return false }
            return start.time < until
        }
    }

    /// Rule 4: the install test before every counted approval, and before the start.
    private func mandate(
        _ gate: PipelineGate, approvals: [LogIndex], start: ReleaseReading.Start,
        definition: PipelineDefinition
    ) -> Verdict {
        var verdict = Verdict.satisfied
        for target in gate.installTests {
            for index in approvals + [start.index] {
                if let fault = fault(ofTestFrom: target, before: index, definition) {
                    verdict.add(
                        start.isHypothetical && fault.code == "mandate.missing" ? .pending : .refused, fault)
                }
            }
        }
        return verdict
    }

    /// Why the last install test from `target` before `index` does not fulfil the mandate; nil if it does.
    public func fault(
        ofTestFrom target: String, before index: LogIndex, _ definition: PipelineDefinition
    ) -> Finding? {
        guard let test = reading.lastTest(of: target, before: index) else {
            return Finding("mandate.missing", at: index, "no install test from \(target) was made")
        }
        let published = reading.publications.last { $0.target == target && $0.record.index < index }
        guard let published, published.record.index < test.record.index else {
            return Finding(
                "mandate.stale", at: test.record.index,
                "the install test was made before the files were published to \(target)")
        }
        guard test.hasPassed else {
            return Finding("mandate.failed", at: test.record.index, "the install test from \(target) failed")
        }
        guard test.indexURL == definition.targets[target]?.index else {
            return Finding(
                "mandate.index", at: test.record.index,
                "the install test used another index, \(test.indexURL)")
        }
        let built = reading.builtRecord(before: test.record.index)?.files("files") ?? []
        guard let files = test.files, !files.isEmpty, files.allSatisfy({ built.contains($0) }) else {
            return Finding("mandate.files", at: test.record.index, "what was installed is not what was built")
        }
        return nil
    }
}

/// The decisions at a gate, sorted.
private struct Tally {
    /// The first valid approval of each person.
    var approvals: [String: LogIndex] = [:]
    var rejection: Finding?
    var invalid: [Finding] = []
    var unclear: [Finding] = []

    mutating func add(_ record: Record, _ decision: ApprovalStatement.Decision, _ check: Check<String>) {
        switch check {
        case .good(let person):
            if decision == .approve {
                if approvals[person] == nil { approvals[person] = record.index }
            } else {
                rejection = Finding("gate.rejected", at: record.index, "\(person) rejected it")
            }
        case .bad(let finding): invalid.append(finding)
        case .unclear(let finding): unclear.append(finding)
        }
    }
}
