internal import FoundationEssentials
internal import LedgerPipeline
internal import LedgerProof

/// Publishes the built files as one artifact to a container registry, and says what the registry serves
/// afterwards.
///
/// GitHub Packages has no Python registry; its container registry takes any files. Each file is a layer with
/// its own SHA-256 as digest; the tag is the version. Tags can be moved there, so a tag that names another
/// manifest is a conflict and is left as it is. Blobs go first, the manifest last: before it, nothing is
/// visible.
public struct OCIExecutor: StageExecutor {
    let host: HostEnvironment
    let patience: PublishPatience?
    let onLine: (@Sendable (String) -> Void)?

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
        let outcome: StageOutcome
        do throws(RuntimeFault) {
            var run = try PushRun(
                host: host, patience: patience, order: order, workspace: workspace, log: log)
            run.isCurrent = permit.isCurrent
            outcome = await run.publish()
        } catch {
            let reason = log.reason(error.description)
            outcome = order.mayHaveActedBefore ? .unknown(reason: reason) : .failed(reason: reason)
        }
        log.note(outcome.summary)
        return StageReport(outcome: outcome, log: log.bytes)
    }
}

/// One push to one registry.
struct PushRun: Sendable {
    let order: StageOrder
    let target: Target
    let registry: OCIRegistry
    let repository: OCIRepository
    let manifest: OCIManifest
    let hasCredentials: Bool
    let handover: String
    let patience: PublishPatience
    let log: StageLog
    var isCurrent: @Sendable () async -> Bool = { true }

    init(
        host: HostEnvironment, patience: PublishPatience?, order: StageOrder, workspace: StageWorkspace,
        log: StageLog
    ) throws(RuntimeFault) {
        guard let target = order.target, let place = target.registry else {
            throw RuntimeFault(
                .badInput, "the target '\(order.target?.name ?? "")' needs a `registry` in the pipeline.")
        }
        guard OCIRepository.isTag(order.version) else {
            throw RuntimeFault(
                .badInput,
                "the version '\(order.version)' cannot be a tag of a registry (letters, digits, . _ - only). "
                    + "Local versions (+) and epochs (!) cannot be published.")
        }
        repository = try OCIRepository(place)
        let owner = String(repository.name.split(separator: "/").first ?? "")
        let credentials = try host.credentials(for: target, username: owner)
        log.hide([credentials?.token].compactMap { $0 })
        hasCredentials = credentials != nil
        handover = workspace.scratch + "/handover"
        try order.handOver(from: workspace.input, to: handover)
        try Files.write(OCIManifest.emptyConfig, to: workspace.scratch + "/empty-config")
        let client = HTTPClient(runner: ProgramRunner(host: host), scratch: workspace.scratch)
        registry = OCIRegistry(
            repository: repository, client: client, credentials: credentials, log: log)
        manifest = OCIManifest(order: order)
        self.patience = patience ?? (repository.api.isLoopback ? .loopback : .network)
        self.order = order
        self.target = target
        self.log = log
    }

    private var tag: String { order.version }
    private var emptyConfigPath: String {
        String(handover.dropLast("handover".utf8.count)) + "empty-config"
    }
    private var url: String {
        "\(repository.host)/\(repository.name):\(tag)@sha256:\(manifest.digest.hex)"
    }

    /// What the tag names now, compared by digest of the manifest.
    private func look() async -> Probe {
        let probe: Probe
        do throws(RuntimeFault) {
            switch try await registry.manifest(tag) {
            case nil: probe = .absent
            case manifest.bytes: probe = .same(order.files.sortedByName)
            case .some(let other):
                probe = .different(
                    Self.files(in: other),
                    reason: "the tag '\(tag)' names manifest sha256:\(Hash.sha256(other).hex), ours is "
                        + "sha256:\(manifest.digest.hex)")
            }
        } catch { probe = .unreadable(error.description) }
        log.note("\(repository.host)/\(repository.name):\(tag): \(probe.summary(of: order.files))")
        return probe
    }

    func publish() async -> StageOutcome {
        var probe = await look()
        if order.mayHaveActedBefore, probe == .absent {
            try? await Task.sleep(for: patience.settle)
            probe = await look()
        }
        switch probe {
        case .same: return await confirm(.alreadyPresent)
        case .different(let served, let reason): return conflict(served, reason)
        case .unreadable(let reason):
            let text = "the registry could not be read, so nothing was pushed. \(reason.sentence) \(remedy)"
            return order.mayHaveActedBefore ? unknown(text) : failed(text)
        case .partial: return await push()
        }
    }

    private func push() async -> StageOutcome {
        do throws(RuntimeFault) {
            try await pushBlob(
                Hash.sha256(OCIManifest.emptyConfig), path: emptyConfigPath, "the empty config")
            for file in order.files.sortedByName {
                try await pushBlob(file.digest, path: "\(handover)/\(file.name)", file.name)
            }
        } catch {
            return failed(
                "nothing was published. \(error.description.sentence) "
                    + "\(error.code == .refused ? remedy : "Retry the stage.")"
            )
        }
        // Pushing layers takes a while; a tag cannot be moved under somebody who was faster.
        let probe = await look()
        guard probe == .absent else {
            switch probe {
            case .same: return await confirm(.alreadyPresent)
            case .different(let served, let reason): return conflict(served, reason)
            case .partial, .unreadable:
                return failed("nothing was published: the registry could not be read again.")
            }
        }
        guard await isCurrent() else { return unknown("another worker took over before the manifest") }
        do throws(RuntimeFault) {
            let digest = try await registry.put(manifest, tag: tag)
            log.note("pushed manifest \(digest ?? "without a digest")")
            if let digest, digest != "sha256:" + manifest.digest.hex {
                return conflict([], "the registry stored \(digest), we pushed sha256:\(manifest.digest.hex)")
            }
            return await confirm(.uploaded)
        } catch { return await lost(error) }
    }

    private func pushBlob(_ digest: Hash, path: String, _ name: String) async throws(RuntimeFault) {
        if try await registry.hasBlob(digest) {
            log.note("\(name) is there: sha256:\(digest.hex)")
            return
        }
        guard await isCurrent() else { throw RuntimeFault(.cancelled, "another worker took over.") }
        log.note("pushing \(name): sha256:\(digest.hex)")
        try await registry.push(digest, path: path)
    }

    /// The manifest was sent, and the answer was no or none: only the registry can say what it has.
    private func lost(_ fault: RuntimeFault) async -> StageOutcome {
        var probe = await look()
        for delay in patience.delays(upTo: patience.settle) {
            if case .same = probe { break }
            if case .different = probe { break }
            guard (try? await Task.sleep(for: delay)) != nil else { break }
            probe = await look()
        }
        switch probe {
        case .same: return await confirm(.uploaded)
        case .different(let served, let reason): return conflict(served, reason)
        case .partial: return failed("the manifest did not arrive. \(fault.description.sentence) \(remedy)")
        case .unreadable(let reason): return unknown("\(fault); and then: \(reason)")
        }
    }

    /// Reads back what was published: the manifest by its tag, each layer byte by byte.
    private func confirm(_ how: PublicationKind) async -> StageOutcome {
        do throws(RuntimeFault) {
            guard let served = try await registry.manifest(tag) else {
                return unknown("the registry had the manifest, and then did not.")
            }
            guard served == manifest.bytes else {
                return conflict(Self.files(in: served), "the tag '\(tag)' was moved while we looked")
            }
            var observed: [ArtifactFile] = []
            for file in order.files.sortedByName {
                guard let found = try await registry.fetch(file) else { continue }
                log.note("\(file.name): \(found.size) bytes, sha256 \(found.digest.hex)")
                observed.append(found)
            }
            switch Probe(ours: order.files, served: observed) {
            case .same(let files): return .published(url: url, observed: files, how: how)
            case .different(let files, let reason): return conflict(files, reason)
            case .partial, .unreadable: return unknown("not every layer could be read back.")
            }
        } catch { return unknown("what was published could not be read back: \(error)") }
    }

    private struct Served: Decodable {
        struct Layer: Decodable {
            let digest: String
            let size: Int
            let annotations: [String: String]?
        }
        let layers: [Layer]?
    }

    /// The files that another manifest names, as far as they have names that a record can hold.
    private static func files(in manifest: [UInt8]) -> [ArtifactFile] {
        guard let served = try? JSONDecoder().decode(Served.self, from: Data(manifest)) else { return [] }
        var files: [String: ArtifactFile] = [:]
        for layer in served.layers ?? [] {
            guard let name = layer.annotations?["org.opencontainers.image.title"],
                layer.digest.hasPrefix("sha256:"), let digest = Hash(hex: layer.digest.dropFirst(7)),
                let file = ArtifactFile(name: name, digest: digest, size: layer.size)
            else { continue }
            files[name] = file
        }
        return [ArtifactFile](files.values).sortedByName
    }

    private var remedy: String {
        let variable = target.environmentPrefix + "_TOKEN"
        return hasCredentials
            ? "If the credentials were refused, set \(variable) to a token that may write packages."
            : "No credentials were given: set \(variable) to a token that may write packages."
    }

    private func conflict(_ served: [ArtifactFile], _ reason: String) -> StageOutcome {
        .conflicted(url: url, observed: served, reason: log.reason("\(target.name): \(reason)"))
    }
    private func failed(_ reason: String) -> StageOutcome { .failed(reason: log.reason(reason)) }
    private func unknown(_ reason: String) -> StageOutcome { .unknown(reason: log.reason(reason)) }
}
