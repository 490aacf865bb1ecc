internal import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof

/// One stage from its lease to its outcome.
extension Worker {
    func run(_ order: StageOrder) async throws -> Step {
        guard let executor = executors[order.executor] else {
            preconditionFailure("there is no executor for \(order.executor.rawValue)")
        }
        guard let (lease, started, current) = try await start(order) else {
            watch(.busy(order))
            return .busy
        }
        watch(.stageStarted(current))
        let begin = ContinuousClock.now
        let heartbeat = Task { await renew(lease) }
        defer { heartbeat.cancel() }
        let report: StageReport
        let evidence: [Hash: StoredEvidence]
        do { (report, evidence) = try await execute(executor, current, lease) } catch {
            // This machine could not begin: no room, a log that cannot be read. Nothing has happened; the
            // stage stays started, with its approvals, for the next run.
            try? await handler.door.write { try $0.release(lease) }
            throw error
        }
        let micros = Int64((ContinuousClock.now - begin) / .microseconds(1))
        let isRecorded = try await record(
            report, evidence, of: current, lease: lease, started: started, micros: micros)
        watch(
            .stageEnded(current, isRecorded ? report.outcome : .unknown(reason: "another worker took over")))
        return .acted
    }

    /// Takes the lease and records `stage.started`, in one transaction, if the stage is still due.
    private func start(_ order: StageOrder) async throws -> (Lease, LogIndex, StageOrder)? {
        let (owner, leaseMicros) = (identity.text, leaseMicros)
        return try await handler.decide { context, writer in
            guard let current = try context.release(order.release, earlier: .notNeeded),
                let reactor = current.reactor, let definition = current.definition
            else { return nil }
            let due = reactor.react(at: context.moment).due.lazy.compactMap { due -> StageOrder? in
                switch due {
                case .start(let order), .takeOver(let order): order
                default: nil
                }
            }.first { $0.stage == order.stage }
            guard let due else { return nil }
            let key = "\(order.release.stream)#\(order.stage)"
            if let held = try writer.lease(key), held.owner != owner, WorkerIdentity.isDead(held.owner) {
                try writer.release(held)
            }
            guard
                let lease = try writer.acquire(
                    lease: key, owner: owner, now: context.moment.time, untilMicros: leaseMicros)
            else { return nil }
            // The lease may be younger than the log (a restored backup): the epoch never goes back.
            let epoch = max(lease.epoch, (current.fold.stages[order.stage]?.epoch ?? 0) + 1)
            let act = Act(
                order.release.stream, "stage.started",
                [
                    "attempt": .integer(Int64(due.attempt)), "epoch": .integer(Int64(epoch)),
                    "executor": .string(order.stage), "files": due.files.json,
                    "heads": context.governance.heads(at: context.moment.index, pipeline: definition.name)
                        .json,
                    "stage": .string(order.stage),
                ])
            let receipt = try writer.append(
                act, actor: "executor:\(order.stage)", cause: due.cause, now: context.moment.time)
            return (lease, receipt.index, due)
        }
    }

    /// Renews the lease until cancelled. Failing to is not fatal here: the outcome is recorded only if the
    /// lease is ours.
    ///
    /// A lease that ran out (we were paused, the machine slept) is left as it is. Nobody may have taken it;
    /// then it is still ours, while taking it anew would begin another epoch, and the outcome of this one
    /// would be lost.
    private func renew(_ lease: Lease) async {
        let (clock, leaseMicros) = (handler.clock, leaseMicros)
        while (try? await Task.sleep(for: .microseconds(leaseMicros / 3))) != nil {
            _ = try? await handler.door.write { writer in
                let now = clock.now()
                guard let held = try writer.lease(lease.key), held.epoch == lease.epoch, held.expires > now
                else { return }
                _ = try writer.acquire(
                    lease: lease.key, owner: lease.owner, now: now, untilMicros: leaseMicros)
            }
        }
    }

    /// Whether nobody has taken over. Where that cannot be said the work goes on: the target catches what is
    /// doubled.
    private func isCurrent(_ lease: Lease) async -> Bool {
        do {
            return try await handler.door.write { try $0.lease(lease.key)?.epoch } == lease.epoch
        } catch { return true }
    }

    /// Hands the files over, hashed again, and executes.
    ///
    /// - Throws: what keeps this machine from beginning. Nothing has left it then.
    private func execute(
        _ executor: any StageExecutor, _ order: StageOrder, _ lease: Lease
    ) async throws -> (StageReport, [Hash: StoredEvidence]) {
        let scratch = try folders.makeScratch(for: order.stage)
        defer { folders.remove(scratch) }
        let input: [String: String]
        do { input = try await handOver(order, to: scratch + "/input") } catch let fault as RuntimeFault
            where fault.code == .badInput
        {
            return (Self.failed(fault, order), [:])
        }
        let workspace = StageWorkspace(
            scratch: scratch + "/work", input: input, tools: folders.tools, ledger: folders.ledger)
        try Files.makeFolder(workspace.scratch)
        let permit = EffectPermit(
            order: order, epoch: lease.epoch, isCurrent: { await isCurrent(lease) })
        let report = await executor.execute(permit, in: workspace)
        do { return (report, try keepOutput(of: report)) } catch { return (Self.failed(error, order), [:]) }
    }

    private static func failed(_ error: any Error, _ order: StageOrder) -> StageReport {
        let words =
            switch error {
            case let fault as RuntimeFault: fault.message
            case let fault as LogError: fault.message
            default: SystemFault(error)?.words ?? "it could not be begun"
            }
        let reason = StageReason(words).text
        return StageReport(
            outcome: order.mayHaveActedBefore ? .unknown(reason: reason) : .failed(reason: reason),
            log: Array("\(error)\n".utf8))
    }

    private func handOver(_ order: StageOrder, to folder: String) async throws -> [String: String] {
        guard !order.files.isEmpty else { return [:] }
        try Files.makeFolder(folder)
        var input: [String: String] = [:]
        for file in order.files {
            let content = try await handler.look { context in
                context.history.evidence(
                    EvidenceReference(
                        digest: file.digest, media: "application/octet-stream", name: file.name,
                        size: file.size))
            }
            guard let content else {
                throw RuntimeFault(
                    .badInput,
                    "the built file '\(file.name)' (sha256 \(file.digest)) is not in the ledger's "
                        + "evidence any more. "
                        + "Restore the evidence folder from a backup, or build again.")
            }
            let path = "\(folder)/\(file.name)"
            guard FileManager.default.createFile(atPath: path, contents: Data(content)) else {
                throw RuntimeFault(
                    .storage,
                    "cannot write '\(path)'. Make room there, or set TMPDIR to another folder; then run again."
                )
            }
            input[file.name] = path
        }
        return input
    }

    /// The built files become evidence before the record that names them: small ones with it, large ones as
    /// files.
    private func keepOutput(of report: StageReport) throws -> [Hash: StoredEvidence] {
        guard case .built(let files, _, _) = report.outcome else { return [:] }
        var small: [Hash: StoredEvidence] = [:]
        for file in files {
            guard let path = report.output[file.name] else {
                throw RuntimeFault(.storage, "the build lost '\(file.name)'. Retry the stage.")
            }
            guard file.size <= StoredEvidence.maximumByteCount else {
                try handler.evidence.keep(fileAt: path, digest: file.digest)
                continue
            }
            guard let content = FileManager.default.contents(atPath: path),
                Hash.sha256(content) == file.digest
            else {
                throw RuntimeFault(
                    .storage, "'\(file.name)' was changed after it was built. Retry the stage.")
            }
            small[file.digest] = StoredEvidence(content: [UInt8](content))
        }
        return small
    }

    /// Records the outcome, if the lease is still ours.
    ///
    /// - Returns: false if another worker took over meanwhile; nothing was recorded then.
    private func record(
        _ report: StageReport, _ built: [Hash: StoredEvidence], of order: StageOrder, lease: Lease,
        started: LogIndex, micros: Int64
    ) async throws -> Bool {
        let log = EvidenceReference(
            digest: Hash.sha256(report.log), media: "text/plain", name: "stage.log", size: report.log.count)
        let records = OutcomeRecords(order: order, outcome: report.outcome, log: log, micros: micros)
        let evidence = built.merging([log.digest: StoredEvidence(content: report.log)]) { first, _ in first
        }
        let acts = records.acts.map { Act($0.stream, $0.type.text, $0.what, evidence: evidence) }
        for act in acts { try handler.evidence.keepLarge(act) }
        return try await handler.decide { context, writer in
            guard let held = try writer.lease(lease.key), held.epoch == lease.epoch, held.owner == lease.owner
            else {
                return false
            }
            var cause = started
            for act in acts {
                cause = try writer.append(
                    act, actor: "executor:\(order.stage)", cause: cause, now: context.moment.time
                ).index
            }
            try writer.release(held)
            return true
        }
    }
}

/// The records that an outcome becomes.
struct OutcomeRecords {
    let order: StageOrder
    let outcome: StageOutcome
    let log: EvidenceReference
    let micros: Int64

    var acts: [Act] {
        switch outcome {
        case .built(let files, let sourceDate, let tools):
            [
                act(
                    "artifact.built",
                    [
                        "distributions": .array(files.sortedByName.map { Self.reference($0).json }),
                        "files": files.sortedByName.json, "name": "python-package-distributions",
                        "sourceDate": .integer(sourceDate),
                        "tools": .object(JSONObject(tools.mapValues { .string($0) })),
                    ]), end("stage.succeeded"),
            ]
        case .published(let url, let observed, let how):
            [
                publication("artifact.published", url: url, observed: observed, how: how.rawValue),
                end("stage.succeeded"),
            ]
        case .conflicted(let url, let observed, let reason):
            [
                publication("publish.conflicted", url: url, observed: observed, how: "already-present"),
                end("stage.failed", reason: reason),
            ]
        case .failed(let reason): [end("stage.failed", reason: reason)]
        case .unknown(let reason): [end("stage.unknown", reason: reason)]
        }
    }

    private static func reference(_ file: ArtifactFile) -> EvidenceReference {
        let media = file.name.hasSuffix(".whl") ? "application/zip" : "application/gzip"
        return EvidenceReference(digest: file.digest, media: media, name: file.name, size: file.size)
    }

    private func act(_ type: String, _ what: JSONObject) -> Act {
        Act(
            order.release.stream, type,
            what.merging(["attempt": .integer(Int64(order.attempt)), "stage": .string(order.stage)]))
    }

    private func publication(_ type: String, url: String, observed: [ArtifactFile], how: String) -> Act {
        act(
            type,
            [
                "files": order.files.sortedByName.json, "how": .string(how),
                "observed": observed.sortedByName.json,
                "target": .string(order.target?.name ?? ""), "url": .string(url),
            ])
    }

    private func end(_ type: String, reason: String = "") -> Act {
        act(
            type,
            ["log": log.json, "micros": .integer(micros), "reason": .string(String(reason.prefix(2000)))])
    }
}
