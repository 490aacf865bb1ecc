public import LedgerEvents
public import LedgerProof

/// The history of an open log, as judging asks for it.
///
/// Evidence that is not in the log itself is asked of `files`; both are checked against their digest before
/// they are believed.
public struct LogHistory: HistorySource {
    private let reader: any LogReader
    private let files: (Hash) -> StoredEvidence?
    /// Evidence that is about to be appended, by digest.
    private let pending: [Hash: StoredEvidence]
    private let size: Int
    public let memory: SignatureMemory?

    public init(
        _ reader: any LogReader, files: @escaping (Hash) -> StoredEvidence?,
        pending: [Hash: StoredEvidence] = [:], memory: SignatureMemory? = nil
    ) throws {
        self.reader = reader
        self.memory = memory
        self.files = files
        self.pending = pending
        size = try reader.head().size.value
    }

    public func with(pending: [Hash: StoredEvidence]) throws -> LogHistory {
        try LogHistory(reader, files: files, pending: pending)
    }

    public func confirms(root: Hash, at size: TreeSize) -> Bool? {
        guard size.value <= self.size else { return false }
        return (try? reader.root(at: size)).map { $0 == root }
    }

    public func leaf(at index: LogIndex) -> Hash? {
        guard index.value < size else { return nil }
        return try? reader.record(at: index)?.leaf
    }

    public func evidence(_ reference: EvidenceReference) -> [UInt8]? { stored(reference)?.content }

    /// The content with its salt, checked against the reference.
    public func stored(_ reference: EvidenceReference) -> StoredEvidence? {
        let stored =
            pending[reference.digest] ?? (try? reader.evidence(reference.digest)) ?? files(reference.digest)
        guard let stored, stored.content.count == reference.size, stored.digest == reference.digest,
            (stored.salt != nil) == reference.isSalted
        else { return nil }
        return stored
    }
}

/// All that a decision about one release, or about the people, needs: loaded by stream, so that it costs what
/// it is about.
public struct LedgerContext {
    public let reader: any LogReader
    public let history: LogHistory
    public let governance: Governance
    public let head: LogHead
    /// The moment of the next record.
    public let moment: Roster.Moment

    /// - Parameter memory: of the acts of governance, for a look that only shows something.
    /// - Throws: what the reader throws.
    public init(
        _ reader: any LogReader, now: Timestamp, files: @escaping (Hash) -> StoredEvidence?,
        memory: SignatureMemory? = nil
    ) throws {
        self.reader = reader
        history = try LogHistory(reader, files: files)
        head = try reader.head()
        let time = head.lastTime.map { max($0, now) } ?? now
        moment = Roster.Moment(index: head.size.nextIndex, time: time)
        var streams: [StreamName] = [.ledger, .roster]
        streams += try reader.streams(withPrefix: "pipeline/")
        let records = try streams.flatMap { try reader.records(in: $0) }.sorted { $0.index < $1.index }
        var governance = Governance()
        let remembering = memory == nil ? history : try LogHistory(reader, files: files, memory: memory)
        for record in records { governance.apply(record, source: remembering) }
        self.governance = governance
    }

    /// The head as a signer is shown it.
    ///
    /// - Throws: ``Refusal`` if the ledger does not say who it is.
    public func seenHead() throws -> SeenHead {
        let origin = head.size == .empty ? reader.origin : governance.identity(at: head.size)?.origin
        guard let origin else {
            throw Refusal(
                .forbidden, "the ledger does not say who it is: its first record is not ledger.opened.")
        }
        return SeenHead(origin: origin, size: head.size, root: head.root)
    }

    /// Where the earlier release of the same version comes from, which ``ReleaseJudge/judge()`` asks for.
    public enum EarlierRelease {
        /// Looked for in every release of the project.
        case search
        /// Not looked for: what is due and what it waits for does not depend on it.
        case notNeeded
        /// Known from a search over all releases.
        case known(ReleaseID?)
    }

    /// A release as it stands; nil if there is no such stream.
    public func release(
        _ release: ReleaseID, adding candidate: Record? = nil, pending: [Hash: StoredEvidence] = [:],
        earlier: EarlierRelease = .search
    ) throws -> ReleaseContext? {
        let recorded = try reader.records(in: release.stream)
        guard !recorded.isEmpty || candidate != nil else { return nil }
        let records = recorded + (candidate.map { [$0] } ?? [])
        let history = try self.history.with(pending: pending)
        let earlierRelease: ReleaseID? =
            switch earlier {
            case .search: try self.earlierRelease(of: release, tag: records.first)
            case .notNeeded: nil
            case .known(let known): known
            }
        return try ReleaseContext(
            release: release, records: records, governance: governance, history: history,
            earlier: earlierRelease)
    }

    /// Every release that is not the first of its project and version, with the first one: what
    /// ``earlierRelease(of:tag:)`` says of each, found in one pass over all.
    public func earlierReleases() throws -> [ReleaseID: ReleaseID] {
        struct Key: Hashable {
            let project: String
            let version: PythonVersion
        }
        var (first, earlier): ([Key: ReleaseID], [ReleaseID: ReleaseID]) = ([:], [:])
        // In the order of their first records.
        for stream in try reader.streams(withPrefix: "release/") {
            guard let release = ReleaseID(stream: stream),
                let position = try reader.positions(in: stream, fromRevision: 1).first,
                let record = try reader.record(at: position),
                let version = record.what["version"]?.string.flatMap({ PythonVersion($0) })
            else { continue }
            let key = Key(project: release.project, version: version)
            if let other = first[key] { earlier[release] = other } else { first[key] = release }
        }
        return earlier
    }

    /// An earlier release of the same project and version (PEP 440 equality).
    public func earlierRelease(of release: ReleaseID, tag: Record?) throws -> ReleaseID? {
        guard let tag, let version = tag.what["version"]?.string.flatMap({ PythonVersion($0) }) else {
            return nil
        }
        for stream in try reader.streams(withPrefix: "release/\(release.project)/") {
            guard let other = ReleaseID(stream: stream), other != release,
                let position = try reader.positions(in: stream, fromRevision: 1).first, position < tag.index,
                let first = try reader.record(at: position)
            else { continue }
            if first.what["version"]?.string.flatMap({ PythonVersion($0) }) == version { return other }
        }
        return nil
    }
}

/// One release with everything that judges it.
public struct ReleaseContext {
    public let fold: ReleaseFold
    public let judge: ReleaseJudge<LogHistory>
    /// nil where no single definition is in force; `policy` says why.
    public let definition: PipelineDefinition?
    public let policy: Verdict
    public let governance: Governance

    init(
        release: ReleaseID, records: [Record], governance: Governance, history: LogHistory,
        earlier: ReleaseID?
    ) throws {
        var fold = ReleaseFold()
        for record in records { fold.apply(record) }
        self.fold = fold
        let reading = ReleaseReading(
            release: release, records: records, governance: governance, source: history)
        judge = ReleaseJudge(
            reading: reading, governance: governance, source: history, earlierRelease: earlier)
        (definition, policy) = judge.definition()
        self.governance = governance
    }

    public var reading: ReleaseReading { judge.reading }

    /// nil where no definition is in force.
    public var reactor: ReleaseReactor<LogHistory>? {
        definition.map { ReleaseReactor(fold: fold, definition: $0, judge: judge, governance: governance) }
    }
}
