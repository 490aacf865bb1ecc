public import LedgerProof

/// What a bundle proves.
public struct BundleVerification {
    /// Why the log is broken; nil if it is good.
    public internal(set) var fault: Finding?
    public internal(set) var origin: Origin?
    public internal(set) var checkpoint: Checkpoint?
    /// The fingerprint of the first admin's key, to be compared with what one has from outside.
    public internal(set) var bootstrapFingerprint: String?
    /// The log's key came from outside.
    public internal(set) var isAuthenticated = false
    public internal(set) var recordCount = 0
    public internal(set) var release: String?
    public internal(set) var releases: [ReleaseJudgement] = []
    public internal(set) var findings: [Finding] = []
    var history: BundleHistory?

    /// The worst of all that was found in a log that is good.
    public var verdict: VerdictKind {
        let isIncomplete = findings.contains { $0.code == EvidenceCheck<BundleHistory>.missing }
        return releases.reduce(isIncomplete ? .indeterminate : .notApplicable) {
            $0.worse($1.verdict.kind)
        }
    }

    /// There is no release in it, and nothing else that could be told.
    public var isNothing: Bool { releases.isEmpty && verdict == .notApplicable }

    /// Whether the bundle's log continues a checkpoint that was kept elsewhere; nil where nothing in it can
    /// tell.
    public func confirms(_ kept: Checkpoint) -> Bool? {
        guard let checkpoint, kept.size <= checkpoint.size else { return false }
        if kept.size == checkpoint.size { return kept.root == checkpoint.root }
        return history?.confirms(root: kept.root, at: kept.size)
    }
}

/// Verifies a bundle, whole or of one release, from its files alone. `FORMAT.md` §7.
///
/// Reading stops at the first thing that breaks the log; everything else is a finding or a verdict.
public struct BundleVerifier {
    let files: any BundleFiles
    /// The log's key, had from outside the bundle; nil to take the bundle's own.
    let key: NoteVerifierKey?

    public init(files: any BundleFiles, key: NoteVerifierKey?) {
        self.files = files
        self.key = key
    }

    /// 4 GiB of records.
    public static let recordsLimitBytes = 1 << 32

    public func verify() -> BundleVerification {
        var result = BundleVerification()
        do throws(BundleFault) { try verify(&result) } catch { result.fault = error.finding }
        return result
    }

    private func verify(_ result: inout BundleVerification) throws(BundleFault) {
        guard
            let manifest = files.read(BundlePath.manifest, limitBytes: 1 << 28).flatMap({
                BundleManifest(parsing: $0)
            })
        else {
            throw BundleFault(
                "bundle.manifest", nil, "MANIFEST.json is missing or is not a manifest of version 1")
        }
        result.release = manifest.release
        let records = try readRecords()
        result.recordCount = records.count
        guard let first = records.first else {
            throw BundleFault("log.empty", nil, "the bundle holds no records")
        }
        guard first.index.value == 0, first.type.text == "ledger.opened", first.stream == .ledger else {
            throw BundleFault("log.opened", first.index, "the first record is not ledger.opened")
        }
        guard
            let note = files.read(BundlePath.checkpoint, limitBytes: 1 << 20).flatMap({
                try? SignedNote(parsing: $0)
            })
        else {
            throw BundleFault("checkpoint.format", nil, "the checkpoint is missing or is not a signed note")
        }
        let checkpoint = try read(note)
        result.checkpoint = checkpoint
        var tree: MerkleTree?
        if manifest.release == nil {
            tree = try Self.chain(records, origin: checkpoint)
        } else {
            try checkProofs(records, checkpoint: checkpoint, note: note)
        }
        try Self.checkStreams(records)
        guard manifest.size == checkpoint.size, manifest.root == checkpoint.root,
            manifest.origin == checkpoint.origin,
            manifest.recordCount == records.count
        else {
            throw BundleFault(
                "bundle.manifest", nil,
                "MANIFEST.json says something else than the checkpoint and the records")
        }
        let history = BundleHistory(
            files: files, tree: tree,
            leaves: Dictionary(uniqueKeysWithValues: records.map { ($0.index, $0.leaf) }),
            checkpoint: checkpoint)
        result.history = history
        try judge(records, history, note, &result)
    }

    private func readRecords() throws(BundleFault) -> [Record] {
        guard let bytes = files.read(BundlePath.records, limitBytes: Self.recordsLimitBytes) else {
            throw BundleFault("bundle.records", nil, "records.jsonl is missing or cannot be read")
        }
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else {
            throw BundleFault("bundle.records", nil, "records.jsonl ends in the middle of a line")
        }
        var records: [Record] = []
        for line in bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            do throws(RecordFault) { records.append(try Record(Array(line))) } catch {
                throw BundleFault("log.record", nil, "line \(records.count + 1) of records.jsonl: \(error)")
            }
        }
        return records
    }

    private func read(_ note: SignedNote) throws(BundleFault) -> Checkpoint {
        do throws(CheckpointFault) { return try Checkpoint(parsing: note.text) } catch {
            throw BundleFault("checkpoint.format", nil, "the checkpoint is not one: \(error)")
        }
    }

    /// Every record from index 0, chained, up to the checkpoint's root.
    private static func chain(_ records: [Record], origin checkpoint: Checkpoint) throws(BundleFault)
        -> MerkleTree
    {
        // The chain's seed is the origin that the log opened with; a rekeyed log has another one now.
        let opened = records[0].what["origin"]?.string.flatMap { Origin($0) } ?? checkpoint.origin
        var (chain, tree) = (Chain(origin: opened), MerkleTree())
        for record in records {
            do throws(ChainFault) { try chain.extend(with: record) } catch {
                throw BundleFault("log.chain", record.index, "\(error)")
            }
            tree.append(record.leaf)
        }
        guard chain.size == checkpoint.size else {
            throw BundleFault(
                "checkpoint.size", nil,
                "the checkpoint is of \(checkpoint.size) records, the bundle holds \(chain.size)")
        }
        guard chain.root == checkpoint.root else {
            throw BundleFault("checkpoint.root", nil, "the records do not have the checkpoint's root")
        }
        return tree
    }

    /// With `--release`: each record is in the tree of the checkpoint, in order.
    private func checkProofs(
        _ records: [Record], checkpoint: Checkpoint, note: SignedNote
    ) throws(BundleFault) {
        guard records[0].previous == Hash.sha256(Array((records[0].text("origin") ?? "").utf8)) else {
            throw BundleFault("log.chain", records[0].index, "\(ChainFault.previous(at: records[0].index))")
        }
        var previous: Record?
        for record in records {
            if let previous {
                guard previous.index < record.index, previous.time <= record.time else {
                    throw BundleFault("log.order", record.index, "record \(record.index) is out of order")
                }
                guard previous.index.next != record.index || record.previous == previous.leaf else {
                    throw BundleFault("log.chain", record.index, "\(ChainFault.previous(at: record.index))")
                }
            }
            previous = record
            guard let bytes = files.read(BundlePath.proof(record.index), limitBytes: 1 << 20),
                let proof = TlogProof(parsing: bytes), proof.index == record.index,
                proof.checkpoint == note,
                MerkleProof.checkInclusion(
                    of: record.leaf, at: record.index, in: checkpoint.size, root: checkpoint.root,
                    proof: proof.hashes)
            else {
                throw BundleFault(
                    "log.inclusion", record.index, "nothing proves that record \(record.index) is in the log")
            }
        }
    }

    /// Revisions of each stream from 1 without gaps; ids used once.
    private static func checkStreams(_ records: [Record]) throws(BundleFault) {
        var (revisions, ids) = ([StreamName: Int](), Set<EventID>())
        for record in records {
            let expected = revisions[record.stream, default: 0] + 1
            guard record.revision == expected else {
                throw BundleFault(
                    "log.revision", record.index,
                    "record \(record.index) says revision \(record.revision) of '\(record.stream)', not \(expected)"
                )
            }
            revisions[record.stream] = expected
            guard ids.insert(record.id).inserted else {
                throw BundleFault("log.id", record.index, "the id of record \(record.index) was used before")
            }
        }
    }
}

/// Why a log is broken.
struct BundleFault: Error {
    let finding: Finding

    init(_ code: String, _ index: LogIndex?, _ text: String) { finding = Finding(code, at: index, text) }
}
