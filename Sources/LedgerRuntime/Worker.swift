import LedgerEvents
public import LedgerPipeline
import LedgerProof

/// Acts on what is due: opens gates, runs stages, completes releases, until nothing is due.
///
/// Always true:
/// - a stage acts only under a lease, after `stage.started` is durable;
/// - a gated stage starts only after its gate was judged from the log, in the same transaction as its
///   `stage.started`;
/// - an outcome is recorded only while its lease's epoch is current, checked in the same transaction.
public struct Worker: Sendable {
    /// What happens, for whoever watches.
    public enum Event: Sendable {
        case gateOpened(ReleaseID, gate: String)
        case stageStarted(StageOrder)
        case stageEnded(StageOrder, StageOutcome)
        case released(ReleaseID)
        /// Somebody else works on it.
        case busy(StageOrder)
    }

    /// What is left when nothing is due.
    public struct Summary: Sendable {
        public var waits: [ReleaseID: [ReleaseWait]] = [:]
        public var acted = 0
        /// Stages that another live worker holds.
        public var busy = 0

        public init() {}
    }

    let handler: CommandHandler
    let executors: [ExecutorKind: any StageExecutor]
    let folders: WorkerFolders
    let releases: any OpenReleases
    /// How long a lease runs without being renewed.
    let leaseMicros: Int64
    let identity = WorkerIdentity.make()
    let watch: @Sendable (Event) -> Void

    public init(
        handler: CommandHandler, executors: [ExecutorKind: any StageExecutor], folders: WorkerFolders,
        releases: any OpenReleases = ScannedReleases(), leaseMicros: Int64 = standardLeaseMicros,
        watch: @escaping @Sendable (Event) -> Void
    ) {
        self.handler = handler
        self.executors = executors
        self.folders = folders
        self.releases = releases
        self.leaseMicros = leaseMicros
        self.watch = watch
    }

    public static let standardLeaseMicros: Int64 = 30 * 1_000_000

    /// Works until nothing is due for this worker.
    ///
    /// - Throws: ``LogError``, ``RuntimeFault``. What was recorded until then stands.
    public func runUntilIdle() async throws -> Summary {
        var summary = Summary()
        while !Task.isCancelled {
            let reactions = try await self.reactions()
            summary.waits = reactions.mapValues(\.waits).filter { !$0.value.isEmpty }
            summary.busy = 0
            var hasActed = false
            for (release, reaction) in reactions.sorted(by: { $0.key.text < $1.key.text }) {
                for due in reaction.due {
                    switch try await act(on: due, release: release) {
                    case .acted:
                        hasActed = true
                        summary.acted += 1
                    case .busy: summary.busy += 1
                    case .notDue: break
                    }
                }
            }
            guard hasActed else { return summary }
        }
        return summary
    }

    /// What every open release needs now.
    func reactions() async throws -> [ReleaseID: ReleaseReaction] {
        let releases = releases
        return try await handler.look { context in
            var reactions: [ReleaseID: ReleaseReaction] = [:]
            for id in try releases.open(in: context) {
                guard let release = try context.release(id, earlier: .notNeeded), !release.fold.isOver,
                    let reactor = release.reactor
                else { continue }
                reactions[id] = reactor.react(at: context.moment)
            }
            return reactions
        }
    }

    enum Step { case acted, busy, notDue }

    private func act(on due: ReleaseDue, release: ReleaseID) async throws -> Step {
        switch due {
        case .openGate(let gate, let stage, _):
            guard try await open(gate, stage: stage, release: release) else { return .notDue }
            watch(.gateOpened(release, gate: gate))
            return .acted
        case .complete:
            guard try await complete(release) else { return .notDue }
            watch(.released(release))
            return .acted
        case .start(let order), .takeOver(let order):
            return try await run(order)
        }
    }

    /// Asks once more, inside the transaction, and acts only if it is still due.
    private func open(_ gate: String, stage: String, release: ReleaseID) async throws -> Bool {
        try await handler.decide { context, writer in
            guard let current = try context.release(release, earlier: .notNeeded),
                let reactor = current.reactor,
                case .openGate(_, _, let attempt)? = reactor.react(at: context.moment).due.first(where: {
                    if case .openGate(gate, stage, _) = $0 { true } else { false }
                }), let definition = current.definition, let rules = definition.gates[gate]
            else { return false }
            let nonce = (0..<16).map { _ in UInt8.random(in: 0...255) }.lowercaseHex
            let act = Act(
                release.stream, "gate.opened",
                [
                    "attempt": .integer(Int64(attempt)), "files": current.fold.files.json,
                    "gate": .string(gate),
                    "heads": context.governance.heads(at: context.moment.index, pipeline: definition.name)
                        .json,
                    "nonce": .string(nonce), "policy": .string(Digest.text(definition.digest)),
                    "requirements": .array(rules.requirements.map { .string($0) }), "stage": .string(stage),
                ])
            _ = try writer.append(
                act, actor: Actor.ledger.text, cause: current.fold.last, now: context.moment.time)
            return true
        }
    }

    private func complete(_ release: ReleaseID) async throws -> Bool {
        try await handler.decide { context, writer in
            guard let current = try context.release(release, earlier: .notNeeded),
                current.reactor?.react(at: context.moment).due.contains(.complete) == true
            else { return false }
            let act = Act.end(
                release, "release.completed", by: Actor.ledger.text, reason: "every stage succeeded")
            _ = try writer.append(
                act, actor: Actor.ledger.text, cause: current.fold.last, now: context.moment.time)
            return true
        }
    }
}
