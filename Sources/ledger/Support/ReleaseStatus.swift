import LedgerEvents
import LedgerPipeline
import LedgerProof

/// Where one release stands, ready to be shown.
struct ReleaseStatus: Sendable {
    struct StageLine: Sendable {
        let name: String
        let gate: String?
        let target: String?
        let status: String
        let attempt: Int
        let reason: String
        let since: Timestamp?
        let micros: Int64?
        /// It started, or may start, by a bypass and not by approvals.
        let isBypassed: Bool
    }

    struct Wait: Sendable {
        enum Kind: Sendable { case gate, test, ready, running, stopped }

        let kind: Kind
        let stage: String
        let gate: String?
        let why: String
        let people: [String]
        let since: Timestamp?
        let next: String
        /// Where there is more than one way on; `next` is the first then.
        let advice: StopAdvice?

        init(
            kind: Kind, stage: String, gate: String?, why: String, people: [String], since: Timestamp?,
            next: String
        ) {
            (self.kind, self.stage, self.gate, self.why) = (kind, stage, gate, why)
            (self.people, self.since, self.next, advice) = (people, since, next, nil)
        }

        /// A stage that stopped.
        init(stopped stage: String, why: String, since: Timestamp?, advice: StopAdvice) {
            (kind, self.stage, gate, self.why) = (.stopped, stage, nil, why)
            (people, self.since, next, self.advice) = ([], since, advice.retry, advice)
        }
    }

    let release: ReleaseID
    let fold: ReleaseFold
    let stages: [StageLine]
    let waits: [Wait]
    let now: Timestamp
    let fault: String?

    init?(_ release: ReleaseID, _ context: LedgerContext) throws {
        guard let current = try context.release(release, earlier: .notNeeded) else { return nil }
        self.release = release
        fold = current.fold
        now = context.moment.time
        guard let definition = current.definition, let reactor = current.reactor else {
            (stages, waits) = ([], [])
            fault = current.policy.reasons.first?.text ?? "no policy is in force"
            return
        }
        fault = nil
        let reaction = reactor.react(at: context.moment)
        let isWaiting = Set(
            reaction.waits.compactMap { wait -> String? in
                if case .gate(_, let stage, _) = wait { stage } else { nil }
            })
        let bypassed = Self.bypassed(current, reactor, at: context.moment)
        stages = definition.stages.map { stage in
            let state = current.fold.stages[stage.name]
            let status = state?.status ?? .waiting
            let shown = status == .waiting && isWaiting.contains(stage.name) ? "gate" : status.rawValue
            return StageLine(
                name: stage.name, gate: stage.gate, target: stage.target, status: shown,
                attempt: state?.attempt ?? 1,
                reason: state?.reason ?? "", since: state?.since, micros: state?.micros,
                isBypassed: bypassed.contains(stage.name))
        }
        waits =
            try reaction.waits.map { try Self.wait($0, release, context, current) }
            + reaction.due.compactMap { Self.due($0, isBypassed: bypassed) }
    }

    /// The stages whose verdict is *bypassed*, or would be if they started now. Judged only where somebody
    /// recorded a bypass.
    private static func bypassed(
        _ current: ReleaseContext, _ reactor: ReleaseReactor<LogHistory>, at moment: Roster.Moment
    ) -> Set<String> {
        guard !current.reading.bypasses.isEmpty else { return [] }
        let judged = current.judge.judge().stages.filter { $0.verdict.kind == .bypassed }.map(\.stage)
        let waiting = reactor.definition.stages.map(\.name).filter {
            !current.fold.isOver && current.fold.stages[$0]?.status ?? .waiting == .waiting
                && reactor.verdict(stage: $0, at: moment).kind == .bypassed
        }
        return Set(judged + waiting)
    }

    private static func due(_ due: ReleaseDue, isBypassed: Set<String>) -> Wait? {
        let (stage, why): (String, String)
        switch due {
        case .openGate(let gate, let name, _): (stage, why) = (name, "the gate \(gate) is ready to be opened")
        case .start(let order):
            let bypass = isBypassed.contains(order.stage) ? "; its gate was bypassed" : ""
            (stage, why) = (order.stage, "it is ready to run\(bypass)")
        case .takeOver, .complete: return nil
        }
        return Wait(
            kind: .ready, stage: stage, gate: nil, why: why, people: [], since: nil, next: "ledger run")
    }

    private static func wait(
        _ wait: ReleaseWait, _ release: ReleaseID, _ context: LedgerContext, _ current: ReleaseContext
    ) throws -> Wait {
        switch wait {
        case .running(let stage):
            return Wait(
                kind: .running, stage: stage, gate: nil, why: "it was started and has no outcome yet",
                people: [],
                since: current.fold.stages[stage]?.since,
                next: "ledger run (takes over if its worker is gone)")
        case .retry(let stage, let reason):
            return Wait(
                stopped: stage, why: reason.isEmpty ? "it did not succeed" : reason,
                since: current.fold.stages[stage]?.since,
                advice: StopAdvice(release, stage: stage, context: current))
        case .gate(let gate, let stage, let verdict):
            return try gateWait(gate, stage, verdict, release, context, current)
        }
    }

    private static func gateWait(
        _ gate: String, _ stage: String, _ verdict: Verdict, _ release: ReleaseID, _ context: LedgerContext,
        _ current: ReleaseContext
    ) throws -> Wait {
        let since = current.fold.gate(gate, stage: stage)?.since
        let rules = current.definition?.gates[gate]
        let needsTest = rules?.installTests.first { target in
            current.judge.fault(ofTestFrom: target, before: context.moment.index, current.definition!) != nil
        }
        let roster = context.governance.roster
        if let target = needsTest {
            return Wait(
                kind: .test, stage: stage, gate: gate, why: "it needs an install test from \(target) first",
                people: roster.holders(ofAny: ["tester"], at: context.moment), since: since,
                next: "ledger test-install \(release) --as NAME --key FILE")
        }
        let decider = try ApprovalDecider(context, release: release, gate: gate, loaded: current)
        // Who approved and no longer counts (expired, say) may approve again.
        let counted = Set(verdict.approvals)
        let approved = Set(
            (current.fold.gate(gate, stage: stage)?.approvals ?? [:]).filter { counted.contains($0.value) }
                .keys)
        let able = decider.candidates().filter { $0.barred == nil && !approved.contains($0.person) }.map(
            \.person)
        let reasons = verdict.reasons.filter { $0.code != "tagger.asserted" }.map(\.text)
        return Wait(
            kind: .gate, stage: stage, gate: gate, why: reasons.joined(separator: "; "), people: able,
            since: since,
            next: "ledger gate show \(release) \(gate)")
    }

    /// The exit code that this release's state stands for.
    var code: Outcome.Code {
        if fault != nil { return .refused }
        if fold.isOver { return isBypassed ? .bypassed : .done }
        if stages.contains(where: { $0.status == "failed" || $0.status == "unknown" }) { return .stageFailed }
        if fold.gates.values.contains(where: { $0.status == .rejected })
            && waits.contains(where: { $0.kind == .stopped })
        {
            return .refused
        }
        if waits.contains(where: { $0.gate != nil }) { return .pending }
        return isBypassed ? .bypassed : .done
    }

    private var isBypassed: Bool { stages.contains(where: \.isBypassed) }

    /// Of several: a bypass shows only in place of 0, so that it hides nobody's turn.
    static func code(of codes: [Outcome.Code]) -> Outcome.Code {
        let worst = Outcome.worst(codes.filter { $0 != .bypassed })
        return worst == .done && codes.contains(.bypassed) ? .bypassed : worst
    }

    var json: JSONObject {
        [
            "ending": .optional(fold.ending?.rawValue), "fault": .optional(fault), "files": fold.files.json,
            "release": .string(release.text),
            "stages": .array(
                stages.map {
                    [
                        "attempt": .integer(Int64($0.attempt)), "bypassed": .bool($0.isBypassed),
                        "reason": .string($0.reason),
                        "since": .optional($0.since?.description), "stage": .string($0.name),
                        "status": .string($0.status), "target": .optional($0.target),
                    ]
                }), "tag": .optional(fold.tag?.tag), "tagger": .optional(fold.tag?.tagger),
            "waits": .array(
                waits.map {
                    [
                        "gate": .optional($0.gate), "next": .string($0.next),
                        "or": .optional($0.advice?.abandon),
                        "people": .array($0.people.map { .string($0) }),
                        "since": .optional($0.since?.description),
                        "stage": .string($0.stage), "why": .string($0.why),
                    ]
                }), "yanked": .bool(fold.isYanked),
        ]
    }
}
