import LedgerProof

/// What is due in a release, from its records alone. Pure: the worker asks again inside the transaction in
/// which it acts.
public enum ReleaseDue: Hashable, Sendable {
    /// Everything before the gate is done: ask for the approvals.
    case openGate(gate: String, stage: String, attempt: Int)
    /// The stage may run now.
    case start(StageOrder)
    /// An earlier start has no outcome: whoever gets the lease looks and finishes.
    case takeOver(StageOrder)
    /// Every stage has succeeded.
    case complete
}

/// Why a stage does not go on, in the user's words.
public enum ReleaseWait: Hashable, Sendable {
    /// The gate is open; the verdict says what is missing.
    case gate(String, stage: String, verdict: Verdict)
    /// It failed, or nobody knows, or the gate was rejected: only a retry goes on.
    case retry(stage: String, reason: String)
    case running(stage: String)
}

public struct ReleaseReaction: Hashable, Sendable {
    public let due: [ReleaseDue]
    public let waits: [ReleaseWait]
}

/// The reactor of one release.
public struct ReleaseReactor<Source: HistorySource> {
    public let fold: ReleaseFold
    public let definition: PipelineDefinition
    public let judge: ReleaseJudge<Source>
    let governance: Governance

    public init(
        fold: ReleaseFold, definition: PipelineDefinition, judge: ReleaseJudge<Source>, governance: Governance
    ) {
        self.fold = fold
        self.definition = definition
        self.judge = judge
        self.governance = governance
    }

    /// - Parameter moment: the index that the next record would get, and the time it would have.
    public func react(at moment: Roster.Moment) -> ReleaseReaction {
        guard !fold.isOver, let tag = fold.tag else { return ReleaseReaction(due: [], waits: []) }
        var (due, waits) = ([ReleaseDue](), [ReleaseWait]())
        for stage in definition.stages {
            let state = fold.stages[stage.name]
            switch state?.status ?? .waiting {
            case .succeeded: continue
            case .failed, .unknown:
                waits.append(.retry(stage: stage.name, reason: state!.reason))
            case .running:
                due.append(.takeOver(order(stage, tag, isTakeover: true)))
                waits.append(.running(stage: stage.name))
            case .waiting:
                guard stage.needs.allSatisfy({ fold.stages[$0]?.status == .succeeded }) else { continue }
                react(stage, tag, at: moment, &due, &waits)
            }
        }
        if definition.stages.allSatisfy({ fold.stages[$0.name]?.status == .succeeded }) {
            due.append(.complete)
        }
        return ReleaseReaction(due: due, waits: waits)
    }

    private func react(
        _ stage: PipelineStage, _ tag: ReleaseFold.Tag, at moment: Roster.Moment, _ due: inout [ReleaseDue],
        _ waits: inout [ReleaseWait]
    ) {
        let attempt = fold.stages[stage.name]?.attempt ?? 1
        guard let gate = stage.gate else {
            due.append(.start(order(stage, tag, isTakeover: false)))
            return
        }
        guard let opened = fold.gate(gate, stage: stage.name), opened.attempt == attempt else {
            due.append(.openGate(gate: gate, stage: stage.name, attempt: attempt))
            return
        }
        guard opened.status == .open else {
            waits.append(.retry(stage: stage.name, reason: "the gate \(gate) was \(opened.status.rawValue)"))
            return
        }
        let verdict = self.verdict(stage: stage.name, at: moment)
        if verdict.kind == .satisfied || verdict.kind == .bypassed {
            due.append(.start(order(stage, tag, isTakeover: false)))
        } else {
            waits.append(.gate(gate, stage: stage.name, verdict: verdict))
        }
    }

    /// The verdict if the stage started at `moment`.
    public func verdict(stage: String, at moment: Roster.Moment) -> Verdict {
        judge.judge(
            start: ReleaseReading.Start(
                index: moment.index, time: moment.time, stage: stage,
                attempt: fold.stages[stage]?.attempt ?? 1,
                epoch: 0, files: fold.files,
                heads: governance.heads(at: moment.index, pipeline: definition.name), isHypothetical: true),
            definition: definition)
    }

    private func order(_ stage: PipelineStage, _ tag: ReleaseFold.Tag, isTakeover: Bool) -> StageOrder {
        let state = fold.stages[stage.name]
        let isBuild = stage.executor == .pythonBuild
        let causes =
            stage.needs.compactMap { fold.stages[$0]?.index } + [state?.index, tag.index].compactMap { $0 }
            + (stage.gate.flatMap { fold.gate($0, stage: stage.name) }?.approvals.values.map { $0 } ?? [])
        return StageOrder(
            release: judge.reading.release, version: tag.version, commit: tag.commit,
            repository: tag.repository,
            stage: stage.name, attempt: state?.attempt ?? 1, executor: stage.executor,
            target: stage.target.flatMap { definition.targets[$0] }, files: isBuild ? [] : fold.files,
            isTakeover: isTakeover, cause: causes.max()!,
            sourceDate: isBuild ? nil : judge.reading.built.first?.number("sourceDate").map { Int64($0) })
    }
}
