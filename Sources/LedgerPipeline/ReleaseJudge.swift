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
        if let unreadable = governance.unreadableInForce(at: tag.index) {
            let reason = Finding("policy.unreadable", at: unreadable, "a definition in force cannot be read")
            return (nil, Verdict(.indeterminate, reasons: [reason]))
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
        var (whole, findings) = (policy, reading.findings)
        for finding in reading.incomplete { whole.add(.refused, finding) }
        var stages: [ReleaseJudgement.Stage] = []
        if let definition {
            whole.add(ArtifactJudge(reading: reading, definition: definition).judge())
            let order = OrderJudge(reading: reading, definition: definition).judge()
            whole.add(order.verdict)
            findings += order.findings
            for start in reading.starts { whole.add(checkHeads(start.heads, at: start.index, definition)) }
            if let unclear = reading.unclearTag { whole.add(.indeterminate, unclear) }
            if let earlierRelease {
                whole.add(
                    .refused,
                    Finding(
                        "order.version", at: reading.tag?.index,
                        "the version was released before, as \(earlierRelease)"))
            }
            stages = definition.stages.map { judge(stage: $0, definition: definition) }
        }
        addGovernance(to: &whole)
        for stage in stages { whole.add(stage.verdict) }
        if let unknown = firstUnknown { whole = Verdict(.indeterminate, reasons: [unknown] + whole.reasons) }
        return ReleaseJudgement(
            release: reading.release, stages: stages, verdict: whole, findings: findings,
            ending: reading.ending)
    }

    /// What every gate rests on: that there is an admin, and that the acts of the people are beyond doubt.
    private func addGovernance(to verdict: inout Verdict) {
        for finding in governance.doubts { verdict.add(.indeterminate, finding) }
        if governance.bootstrapFingerprint == nil {
            verdict.add(.refused, Finding("bootstrap", at: nil, "the bootstrap is not good: nobody is admin"))
        }
    }

    /// A record that is not known here, anywhere in a stream that a gate reads: nobody can say what it
    /// changes, nor how far back it reaches, so the verdict is indeterminate whatever else was found.
    /// `FORMAT.md` §5.
    private var firstUnknown: Finding? {
        [governance.firstObscured, reading.unknown].compactMap { $0 }.min().map {
            Finding("critical.unknown", at: $0, "a record whose effect is not known here")
        }
    }

    private func judge(stage: PipelineStage, definition: PipelineDefinition) -> ReleaseJudgement.Stage {
        guard stage.gate != nil else {
            return ReleaseJudgement.Stage(
                stage: stage.name, gate: nil, verdict: Verdict(.notApplicable), start: nil)
        }
        let verdicts = reading.starts.filter { $0.stage == stage.name }.map {
            (verdict: judge(start: $0, definition: definition), start: $0.index)
        }
        // Of equals the last: it is the one that people remember.
        var worst = verdicts.first
        for next in verdicts.dropFirst()
        where worst!.verdict.kind.worse(next.verdict.kind) == next.verdict.kind {
            worst = next
        }
        var verdict =
            worst?.verdict
            ?? Verdict(
                .pending, reasons: [Finding("gate.not-started", at: nil, "\(stage.name) was never started")])
        if worst == nil {
            addUnknownMembers(of: stage.gate.flatMap { definition.gates[$0] }, at: nil, to: &verdict)
            settle(&verdict)
        }
        return ReleaseJudgement.Stage(
            stage: stage.name, gate: stage.gate, verdict: verdict, start: worst?.start)
    }

    private func addUnknownMembers(of gate: PipelineGate?, at index: LogIndex?, to verdict: inout Verdict) {
        for member in gate?.unknownMembers ?? [] {
            verdict.add(
                .indeterminate,
                Finding("policy.unknown", at: index, "the gate has '\(member)', which is not known here"))
        }
    }

    /// What holds for every gate.
    private func settle(_ verdict: inout Verdict) {
        addGovernance(to: &verdict)
        if let firstUnknown {
            verdict = Verdict(
                .indeterminate, reasons: [firstUnknown] + verdict.reasons, approvals: verdict.approvals)
        }
    }

    /// Judges one start of a gated stage, recorded or only considered.
    public func judge(start: ReleaseReading.Start, definition: PipelineDefinition) -> Verdict {
        guard let stage = definition.stage(start.stage), let gateName = stage.gate,
            let gate = definition.gates[gateName]
        else { return Verdict(.notApplicable) }
        var verdict = Verdict.satisfied
        addUnknownMembers(of: gate, at: start.index, to: &verdict)
        verdict.add(checkHeads(start.heads, at: start.index, definition))
        let opened = reading.openedGate(
            gateName, stage: start.stage, attempt: start.attempt, before: start.index)
        if let opened {
            verdict.add(check(opened: opened, definition: definition))
        } else {
            let text = "the gate \(gateName) was not opened for attempt \(start.attempt)"
            verdict.add(.satisfied, Finding("gate.not-opened", at: start.index, text))
        }
        verdict.add(count(gate: gate, opened: opened, start: start, definition: definition))
        settle(&verdict)
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
        if !isNonce || reading.firstUses.earlier(than: opened.record) != nil {
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

    /// Quorum and rejection, or else a bypass; and the mandate, which nothing can stand for.
    private func count(
        gate: PipelineGate, opened: ReleaseReading.Opened?, start: ReleaseReading.Start,
        definition: PipelineDefinition
    ) -> Verdict {
        let tally = tally(gate: gate, opened: opened, start: start, definition: definition)
        let approvals = tally.approvals.values.sorted()
        var verdict = Verdict(.satisfied, approvals: approvals)
        let missing = gate.approvals - approvals.count
        let reason = Finding(
            "gate.approvals", at: start.index, "\(missing) more approval\(missing == 1 ? "" : "s") needed")
        if tally.rejection != nil || tally.possible.count < gate.approvals {
            let bypasses = bypasses(of: gate, start: start)
            let bypass = bypasses.first { !$0.isUnclear } ?? bypasses.first
            if let bypass {
                verdict.add(
                    bypass.isUnclear ? .indeterminate : .bypassed,
                    Finding("gate.bypassed", at: bypass.index, "\(bypass.by) bypassed the gate"))
            }
            let isRefused = tally.rejection != nil || !start.isHypothetical
            let kind: VerdictKind = bypass != nil ? .satisfied : isRefused ? .refused : .pending
            verdict.add(kind, tally.rejection ?? reason)
            for reason in tally.unclear { verdict.add(.satisfied, reason) }
        } else if missing > 0 || tally.mayBeRejected {
            if missing > 0 { verdict.add(.indeterminate, reason) }
            for reason in tally.unclear { verdict.add(.indeterminate, reason) }
        }
        for reason in tally.invalid { verdict.add(.satisfied, reason) }
        verdict.add(mandate(gate, approvals: approvals, start: start, definition: definition))
        if gate.separate.contains(.tagger), !reading.isTagSigned {
            verdict.add(
                .satisfied,
                Finding(
                    "tagger.asserted", at: reading.tag?.index,
                    "tagger asserted: the tag carries no good signature of its tagger"))
        }
        return verdict
    }

    private func tally(
        gate: PipelineGate, opened: ReleaseReading.Opened?, start: ReleaseReading.Start,
        definition: PipelineDefinition
    ) -> Tally {
        var tally = Tally()
        guard let opened else { return tally }
        let judge = ApprovalJudge(
            reading: reading, governance: governance, source: source, definition: definition, gate: gate,
            opened: opened, start: start)
        for record in reading.decisions
        where record.text("gate") == gate.name && record.index < start.index
            && record.number("attempt") == start.attempt
        {
            let decision: ApprovalStatement.Decision =
                record.type.text == "gate.approved" ? .approve : .reject
            let heads = checkHeads(record.heads, at: record.index, definition).reasons.first
            let check = judge.judge(record, as: decision).flatMap { person in
                heads.map { .unclear($0) } ?? .good(person)
            }
            tally.add(record, decision, check)
        }
        return tally
    }

    private func bypasses(of gate: PipelineGate, start: ReleaseReading.Start) -> [ReleaseReading.Bypass] {
        reading.bypasses.filter {
            $0.gate == gate.name && $0.attempt == start.attempt && $0.index < start.index
                && $0.until.map { start.time < $0 } ?? false
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
                guard let fault = fault(ofTestFrom: target, before: index, definition) else { continue }
                let isMissing = fault.code == "mandate.missing" && start.isHypothetical
                verdict.add(
                    fault.code == "mandate.unclear" ? .indeterminate : isMissing ? .pending : .refused, fault)
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
        guard !test.isUnclear else {
            let text = "nobody can say whether the install test from \(target) is \(test.tester)'s"
            return Finding("mandate.unclear", at: test.record.index, text)
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
        let built = reading.built.first?.files("files") ?? []
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
    /// Persons of whom an approval is valid, or may be.
    var possible: Set<String> = []
    var rejection: Finding?
    var mayBeRejected = false
    var invalid: [Finding] = []
    var unclear: [Finding] = []

    mutating func add(_ record: Record, _ decision: ApprovalStatement.Decision, _ check: Check<String>) {
        switch check {
        case .good(let person):
            guard decision == .approve else {
                rejection = Finding("gate.rejected", at: record.index, "\(person) rejected it")
                return
            }
            if approvals[person] == nil { approvals[person] = record.index }
            possible.insert(person)
        case .bad(let finding): invalid.append(finding)
        case .unclear(let finding):
            unclear.append(finding)
            if decision == .reject { mayBeRejected = true }
            if decision == .approve { possible.insert(record.text("approver") ?? "") }
        }
    }
}
