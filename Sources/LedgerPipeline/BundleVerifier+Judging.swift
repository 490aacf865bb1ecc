public import LedgerProof

extension BundleVerifier {
    /// The log's identity and signature, then evidence, then every release.
    func judge(
        _ records: [Record], _ history: BundleHistory, _ note: SignedNote, _ result: inout BundleVerification
    ) throws(BundleFault) {
        var governance = Governance(firstUses: FirstUses(in: records))
        for record in records where !record.stream.isRelease { governance.apply(record, source: history) }
        try authenticate(governance, history.checkpoint, note, &result)
        result.bootstrapFingerprint = governance.bootstrapFingerprint
        result.findings += governance.findings
        result.findings += EvidenceCheck(governance: governance, source: history).findings(in: records)
        let byStream = Dictionary(grouping: records.filter { $0.stream.isRelease }, by: \.stream)
        let isWhole = result.release == nil
        let order = byStream.values.map { $0[0] }.sorted { $0.index < $1.index }
        for (position, first) in order.enumerated() {
            guard let release = ReleaseID(stream: first.stream), isWhole || release.text == result.release
            else {
                throw BundleFault(
                    "bundle.stream", first.index,
                    "the bundle holds a stream that does not belong to it: '\(first.stream)'")
            }
            let reading = ReleaseReading(
                release: release, records: byStream[first.stream]!, governance: governance, source: history)
            let earlier = isWhole ? Self.earlier(than: first, among: order.prefix(position)) : nil
            let judge = ReleaseJudge(
                reading: reading, governance: governance, source: history, earlierRelease: earlier)
            if !isWhole { try checkReach(reading, governance, pipeline: judge.definition().0?.name) }
            result.releases.append(judge.judge())
        }
    }

    /// Rule 1: origin and key are those of the last identity below the checkpoint's size, and the signature
    /// is good.
    private func authenticate(
        _ governance: Governance, _ checkpoint: Checkpoint, _ note: SignedNote,
        _ result: inout BundleVerification
    ) throws(BundleFault) {
        guard let identity = governance.identity(at: checkpoint.size) else {
            throw BundleFault(
                "log.identity", LogIndex(0), "the log does not say who it is: ledger.opened has no effect")
        }
        result.origin = identity.origin
        guard checkpoint.origin == identity.origin else {
            throw BundleFault(
                "checkpoint.origin", nil, "the checkpoint is of another log, '\(checkpoint.origin)'")
        }
        guard let ownKey = try? NoteVerifierKey(identity.key) else {
            throw BundleFault("log.identity", identity.index, "the log's key is not a note verifier key")
        }
        let ownLine = Array(identity.key.utf8)
        guard let file = files.read(BundlePath.key, limitBytes: NoteVerifierKey.maximumByteCount),
            file == ownLine || file == ownLine + [UInt8(ascii: "\n")]
        else {
            throw BundleFault("bundle.key", identity.index, "log.vkey is missing, or is not the log's key")
        }
        if let key, key != ownKey {
            throw BundleFault(
                "checkpoint.key", identity.index,
                "the log's key is \(ownKey.id), not \(key.id), which was given")
        }
        let verified: VerifiedNote
        do throws(NoteFault) { verified = try note.verify(with: [ownKey]) } catch {
            throw BundleFault("checkpoint.signature", nil, "the checkpoint's signature is not good: \(error)")
        }
        guard verified.isSigned(by: ownKey) else {
            throw BundleFault("checkpoint.signature", nil, "the checkpoint is not signed with the log's key")
        }
        result.isAuthenticated = key != nil
    }

    /// A bundle of one release holds the other streams at least as far as its records rest on them.
    private func checkReach(
        _ reading: ReleaseReading, _ governance: Governance, pipeline: String?
    ) throws(BundleFault) {
        let held = governance.heads(at: LogIndex(Int.max >> 1), pipeline: pipeline ?? "")
        for record in reading.records {
            guard let heads = record.heads else { continue }
            if heads.ledger > held.ledger || heads.roster > held.roster
                || (pipeline != nil && heads.pipeline > held.pipeline)
            {
                throw BundleFault(
                    "log.gap", record.index, "the bundle lacks records that record \(record.index) rests on")
            }
        }
    }

    /// The first release of the same project and version before.
    private static func earlier(than first: Record, among earlier: ArraySlice<Record>) -> ReleaseID? {
        func version(_ record: Record) -> ReleaseVersion? {
            guard record.isKnown, record.type.text == "tag.pushed",
                EventSchema.of(record.type)?.missing(in: record.what) == []
            else { return nil }
            return ReleaseID(stream: record.stream).flatMap { ReleaseVersion($0, record.text("version")) }
        }
        guard let wanted = version(first) else { return nil }
        return earlier.first { version($0) == wanted }.flatMap { ReleaseID(stream: $0.stream) }
    }
}

/// What is released once: a project's version. A text that is no version of PEP 440 equals only itself.
private struct ReleaseVersion: Hashable {
    let project: String
    let version: PythonVersion?
    let text: String?

    init?(_ release: ReleaseID, _ text: String?) {
        guard let text else { return nil }
        project = release.project
        version = PythonVersion(text)
        self.text = version == nil ? text : nil
    }
}

/// Rule 2: every reference resolves with its size and digest, or was duly erased.
public struct EvidenceCheck<Source: HistorySource> {
    let governance: Governance
    let source: Source

    public init(governance: Governance, source: Source) {
        self.governance = governance
        self.source = source
    }

    /// The code of what makes a verdict indeterminate; other findings only tell something.
    public static var missing: String { "evidence.missing" }

    public func findings(in records: [Record]) -> [Finding] {
        var (findings, told) = ([Finding](), Set<EvidenceReference>())
        for record in records {
            if let fault = formFault(record) {
                findings.append(Finding(Self.missing, at: record.index, "\(record.type): \(fault)"))
            }
            for reference in EvidenceReference.all(in: record.what) where source.evidence(reference) == nil {
                let erased = governance.erased[reference.digest].flatMap { $0 > record.index ? $0 : nil }
                let isErased = erased != nil && reference.isSalted
                guard !isErased || told.insert(reference).inserted else { continue }
                let text = "'\(reference.name)' (\(Digest.text(reference.digest))) is missing or was changed"
                findings.append(
                    isErased
                        ? Finding(
                            "evidence.erased", at: record.index,
                            "'\(reference.name)' was erased, as record \(erased!) says")
                        : Finding(Self.missing, at: record.index, text))
            }
        }
        return findings
    }

    /// A reference that is not in its form resolves to nothing; some are never salted. `FORMAT.md` §2.
    private func formFault(_ record: Record) -> String? {
        for name in record.what.names where EvidenceReference.malformed(in: record.what[name]!) > 0 {
            return "the reference in '\(name)' is not in its form"
        }
        for name in ["statement", "signature", "report", "log"]
        where EvidenceReference(json: record.what[name])?.isSalted ?? false {
            return "'\(name)' is salted"
        }
        return nil
    }
}
