public import LedgerProof

extension BundleVerifier {
    /// The log's identity and signature, then evidence, then every release.
    func judge(
        _ records: [Record], _ history: BundleHistory, _ note: SignedNote, _ result: inout BundleVerification
    ) throws(BundleFault) {
        var governance = Governance()
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
            try checkReach(reading, governance, isWhole: isWhole)
            let earlier = isWhole ? Self.earlier(than: first, among: order.prefix(position)) : nil
            result.releases.append(
                ReleaseJudge(
                    reading: reading, governance: governance, source: history, earlierRelease: earlier
                ).judge())
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
        _ reading: ReleaseReading, _ governance: Governance, isWhole: Bool
    ) throws(BundleFault) {
        guard !isWhole else { return }
        let pipeline = reading.tag.flatMap { tag in
            governance.definitions(matching: reading.release.tag, at: tag.index).first?.definition.name
        }
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

    private static func earlier(than first: Record, among earlier: ArraySlice<Record>) -> ReleaseID? {
        guard let project = first.text("project"),
            let version = first.text("version").flatMap({ PythonVersion($0) })
        else { return nil }
        return earlier.first {
            $0.text("project") == project && $0.text("version").flatMap { PythonVersion($0) } == version
        }.flatMap { ReleaseID(stream: $0.stream) }
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

    public func findings(in records: [Record]) -> [Finding] {
        var (findings, known) = ([Finding](), Set<EvidenceReference>())
        for record in records {
            for reference in EvidenceReference.all(in: record.what) where known.insert(reference).inserted {
                guard source.evidence(reference) == nil else { continue }
                guard let erased = governance.erased[reference.digest], reference.isSalted else {
                    findings.append(
                        Finding(
                            "evidence.missing", at: record.index,
                            "'\(reference.name)' (\(Digest.text(reference.digest))) is missing or was changed"
                        ))
                    continue
                }
                findings.append(
                    Finding(
                        "evidence.erased", at: record.index,
                        "'\(reference.name)' was erased, as record \(erased) says"))
            }
        }
        return findings
    }
}
