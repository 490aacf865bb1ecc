internal import LedgerPipeline
internal import LedgerProof

/// Publishes the built files to a Python package index with `twine`, and says what the index serves
/// afterwards.
///
/// Looks first, always: what is there already is never uploaded again. Each missing file is uploaded once.
/// The outcome rests on the bytes that the index serves, never on an exit code:
/// - `published` only when each of our files, fetched and hashed, is ours, and no other file is there;
/// - `alreadyPresent` when this execution uploaded nothing;
/// - `conflicted` when the index serves anything else under this version;
/// - `failed` when the index can be read and does not have all of it; the reason says what was uploaded
///   before;
/// - `unknown` when it cannot be said what has arrived.
public struct PyPIExecutor: StageExecutor {
    let host: HostEnvironment
    let patience: PublishPatience?
    let onLine: (@Sendable (String) -> Void)?

    /// - Parameter patience: nil takes ``PublishPatience/loopback`` or ``PublishPatience/network``, by the
    ///   target.
    public init(
        host: HostEnvironment, patience: PublishPatience? = nil, onLine: (@Sendable (String) -> Void)? = nil
    ) {
        self.host = host
        self.patience = patience
        self.onLine = onLine
    }

    public func execute(_ permit: consuming EffectPermit, in workspace: StageWorkspace) async -> StageReport {
        let log = StageLog(redactor: Redactor(secrets: host.proxySecrets), onLine: onLine)
        let order = permit.order
        do throws(RuntimeFault) {
            var run = try await PublishRun(
                host: host, patience: patience, order: order, workspace: workspace, log: log)
            run.isCurrent = permit.isCurrent
            let outcome = await run.publish()
            log.note("\(outcome.summary)")
            return StageReport(outcome: outcome, log: log.bytes)
        } catch {
            // Nothing was handed over by this execution, but an earlier one may have got further.
            guard order.mayHaveActedBefore else { return StageReport(failed: error, log: log) }
            log.note("unknown: \(error)")
            return StageReport(outcome: .unknown(reason: log.reason(error.message)), log: log.bytes)
        }
    }
}

extension StageOrder {
    /// An earlier execution may have left something at the target.
    var mayHaveActedBefore: Bool { isTakeover || attempt > 1 }

    /// Copies the input into a folder of this run, and makes sure that the copies are what was built and
    /// approved.
    func handOver(from input: [String: String], to folder: String) throws(RuntimeFault) {
        guard !files.isEmpty else { throw RuntimeFault(.badInput, "there are no files to publish.") }
        try Files.makeFolder(folder)
        for file in files {
            guard let path = input[file.name] else {
                throw RuntimeFault(
                    .badInput, "the built file '\(file.name)' is missing from the ledger's evidence.")
            }
            let copy = try Files.copy(path, to: "\(folder)/\(file.name)")
            guard copy == file else {
                throw RuntimeFault(
                    .badInput,
                    "'\(file.name)' is not what was built: sha256 \(copy.digest.hex), \(copy.size) "
                        + "bytes instead of "
                        + "\(file.digest.hex), \(file.size) bytes. Nothing was published.")
            }
        }
    }
}

extension StageOutcome {
    /// One line for the end of the log.
    var summary: String {
        switch self {
        case .built(let files, _, _): "built \(files.count) files"
        case .published(let url, let observed, let how): "\(how.rawValue): \(observed.count) files at \(url)"
        case .conflicted(let url, _, let reason): "conflict at \(url): \(reason)"
        case .failed(let reason): "failed: \(reason)"
        case .unknown(let reason): "unknown: \(reason)"
        }
    }
}

/// One publish to one index.
struct PublishRun: Sendable {
    let order: StageOrder
    let target: Target
    let project: String
    let version: PythonVersion
    let upload: HTTPAddress
    let index: SimpleIndex
    let credentials: TargetCredentials?
    let environment: PythonEnvironment
    let patience: PublishPatience
    let runner: ProgramRunner
    let handover: String
    let home: String
    let log: StageLog
    var isCurrent: @Sendable () async -> Bool = { true }

    /// Checks everything that can be checked before the target is asked.
    init(
        host: HostEnvironment, patience: PublishPatience?, order: StageOrder, workspace: StageWorkspace,
        log: StageLog
    ) async throws(RuntimeFault) {
        guard let target = order.target, let upload = target.upload, let index = target.index else {
            throw RuntimeFault(
                .badInput,
                "the target '\(order.target?.name ?? "")' needs `upload` and `index` URLs in the pipeline.")
        }
        guard let project = ProjectName.normalized(order.release.project),
            let version = PythonVersion(order.version)
        else {
            throw RuntimeFault(.badInput, "'\(order.version)' is no version that an index takes (PEP 440).")
        }
        self.order = order
        self.target = target
        self.project = project
        self.version = version
        self.log = log
        self.upload = try HTTPAddress(upload)
        credentials = try host.credentials(for: target, username: "__token__")
        log.hide([credentials?.token].compactMap { $0 })
        runner = ProgramRunner(host: host)
        home = workspace.scratch + "/home"
        handover = workspace.scratch + "/handover"
        try Files.makeFolder(home)
        try order.handOver(from: workspace.input, to: handover)
        self.index = try SimpleIndex(
            url: index, client: HTTPClient(runner: runner, scratch: workspace.scratch), log: log)
        self.patience = patience ?? (self.index.address.isLoopback ? .loopback : .network)
        environment = try await PythonTools(root: workspace.tools, host: host).environment(.tools, log: log)
    }

    var page: String { index.page(of: project) }

    func look(isThorough: Bool = false) async -> Probe {
        let probe = await index.probe(
            project: project, version: version, ours: order.files, isThorough: isThorough)
        log.note("\(page): \(probe.summary(of: order.files))")
        return probe
    }

    func publish() async -> StageOutcome {
        var probe = await look()
        if order.mayHaveActedBefore, case .partial = probe {
            // What an earlier execution uploaded may not show yet.
            probe = await wait(upTo: patience.settle)
        }
        switch probe {
        case .same: return await confirm(.alreadyPresent)
        case .different(let served, let reason): return conflict(served, reason)
        case .unreadable(let reason):
            let text = "the index could not be read, so nothing was uploaded: \(reason)"
            return order.mayHaveActedBefore ? unknown(text) : failed(text)
        case .partial(let present): return await upload(missingBeside: present)
        }
    }

    /// Looks again and again until the index serves everything or anything else, or the time is over.
    private func wait(upTo limit: Duration) async -> Probe {
        var probe = Probe.unreadable("it was not asked")
        for delay in patience.delays(upTo: limit) {
            guard (try? await Task.sleep(for: delay)) != nil else {
                return .unreadable("the work was cancelled")
            }
            probe = await look()
            switch probe {
            case .same, .different: return probe
            case .partial, .unreadable: continue
            }
        }
        return probe
    }

    private func upload(missingBeside present: [ArtifactFile]) async -> StageOutcome {
        guard let credentials = credentials ?? loopbackCredentials else {
            return failed(
                "no credentials for the target '\(target.name)': set "
                    + "\(target.environmentPrefix)_TOKEN to an upload token "
                    + "and run again. Nothing was uploaded.")
        }
        let names = Set(present.map(\.name))
        let missing = order.files.filter { !names.contains($0.name) }
        // As twine does: wheels first.
        let ordered =
            missing.filter { $0.name.hasSuffix(".whl") } + missing.filter { !$0.name.hasSuffix(".whl") }
        let twine = TwineUpload(
            runner: runner, environment: environment, url: upload, credentials: credentials, home: home)
        var accepted = 0
        for file in ordered {
            guard await isCurrent() else { return unknown("another worker took over before \(file.name)") }
            log.note("uploading \(file.name) to \(upload.text)")
            do throws(RuntimeFault) {
                switch try await twine.upload("\(handover)/\(file.name)", log: log) {
                case .accepted: accepted += 1
                case .refused(let status, let words):
                    return await refused(file, status: status, words: words, accepted: accepted)
                case .lost(let words): return await lost(file, words: words, accepted: accepted)
                }
            } catch { return await lost(file, words: error.description, accepted: accepted) }
        }
        return await settle(after: accepted, upTo: patience.visibleWithin) { probe in
            switch probe {
            case .unreadable(let reason):
                unknown("everything was uploaded, but the index could not be read: \(reason)")
            default: unknown("everything was uploaded, but the index does not show it yet. Run again later.")
            }
        }
    }

    /// Reads the index until it is clear, or as long as `limit`; `otherwise` says what an unclear answer
    /// means.
    private func settle(
        after accepted: Int, upTo limit: Duration, otherwise: (Probe) -> StageOutcome
    ) async -> StageOutcome {
        var probe = await look()
        switch probe {
        case .same, .different: break
        case .partial, .unreadable: probe = await wait(upTo: limit)
        }
        switch probe {
        case .same: return await confirm(accepted > 0 ? .uploaded : .alreadyPresent)
        case .different(let served, let reason): return conflict(served, reason)
        case .partial, .unreadable: return otherwise(probe)
        }
    }

    private func refused(
        _ file: ArtifactFile, status: Int, words: String, accepted: Int
    ) async -> StageOutcome {
        let earlier = accepted > 0 ? " \(accepted) files were uploaded before." : ""
        if status == 401 || status == 403 {
            let text =
                "the target '\(target.name)' refused the credentials (\(words)).\(earlier) "
                + "Set \(target.environmentPrefix)_TOKEN to a token that may upload \(project), then "
                + "retry the stage."
            guard accepted > 0 || order.mayHaveActedBefore else { return failed(text) }
            return await settle(after: accepted, upTo: patience.firstDelay) { refusal(text, $0) }
        }
        // 400 and 409 say that the name is taken: perhaps by our own bytes, which the index does not show
        // yet.
        let text = "the target '\(target.name)' refused \(file.name): \(words).\(earlier)"
        return await settle(after: accepted, upTo: patience.settle) { refusal(text, $0) }
    }

    /// The target said no; only an index that can be read tells that nothing else is there.
    private func refusal(_ text: String, _ probe: Probe) -> StageOutcome {
        if case .unreadable(let reason) = probe { return unknown("\(text) And then: \(reason)") }
        return failed(text)
    }

    /// No answer: only the index can say whether the file arrived.
    private func lost(_ file: ArtifactFile, words: String, accepted: Int) async -> StageOutcome {
        await settle(after: max(accepted, 1), upTo: patience.settle) { probe in
            switch probe {
            case .partial(let present) where !present.contains(file):
                failed(
                    "uploading \(file.name) failed, and the index does not have it: \(words). Retry "
                        + "the stage."
                )
            default:
                unknown(
                    "uploading \(file.name) ended without an answer (\(words)), and the index does not help.")
            }
        }
    }

    /// The last look: the bytes themselves.
    private func confirm(_ how: PublicationKind) async -> StageOutcome {
        switch await look(isThorough: true) {
        case .same(let observed): return .published(url: page, observed: observed, how: how)
        case .different(let served, let reason): return conflict(served, reason)
        case .partial:
            return unknown("the index listed every file, and then did not. Run again later.")
        case .unreadable(let reason): return unknown("the published files could not be fetched: \(reason)")
        }
    }

    /// An index on this machine, for trying things out, may be used with the name and password `ledger`.
    private var loopbackCredentials: TargetCredentials? {
        upload.isPlain && upload.isLoopback ? TargetCredentials(username: "ledger", token: "ledger") : nil
    }

    private func conflict(_ served: [ArtifactFile], _ reason: String) -> StageOutcome {
        .conflicted(url: page, observed: served, reason: log.reason("\(target.name): \(reason)"))
    }
    private func failed(_ reason: String) -> StageOutcome { .failed(reason: log.reason(reason)) }
    private func unknown(_ reason: String) -> StageOutcome { .unknown(reason: log.reason(reason)) }
}

extension Probe {
    func summary(of ours: [ArtifactFile]) -> String {
        switch self {
        case .same: "serves all \(ours.count) files, the same"
        case .different(_, let reason): "serves something else: \(reason)"
        case .partial(let present): "serves \(present.count) of \(ours.count) files"
        case .unreadable(let reason): "could not be read: \(reason)"
        }
    }
}
