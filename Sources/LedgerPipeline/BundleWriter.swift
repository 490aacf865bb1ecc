import LedgerEvents
public import LedgerProof

/// Where the files of a bundle go.
public protocol BundleSink: AnyObject {
    func write(_ path: String, _ bytes: [UInt8]) throws
    /// Adds to the end of a file.
    func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws
}

/// Writes a bundle: everything a stranger needs to verify a log, or one release, offline. `FORMAT.md` §6.
///
/// Always true: the same log, checkpoint and arguments give the same bytes.
public struct BundleWriter {
    public enum Scope: Hashable, Sendable {
        /// Every record, without proofs, or with one for each record.
        case whole(withProofs: Bool)
        /// What one release rests on, with proofs.
        case release(ReleaseID)
    }

    let context: LedgerContext
    let scope: Scope
    /// The signed checkpoint that the bundle stands on.
    let note: SignedNote
    let checkpoint: Checkpoint

    /// - Throws: ``Refusal`` if the checkpoint is not of this log as it is now.
    public init(_ context: LedgerContext, scope: Scope, note: SignedNote) throws {
        guard let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.size <= context.head.size,
            try context.reader.root(at: checkpoint.size) == checkpoint.root
        else { throw Refusal(.mismatch, "the checkpoint is not one of this log. Run `ledger verify`.") }
        self.context = context
        self.scope = scope
        self.note = note
        self.checkpoint = checkpoint
    }

    /// - Parameter texts: other files of the bundle, by path: the verifier and how to run it.
    /// - Returns: how many records it holds.
    @discardableResult
    public func write(to sink: any BundleSink, texts: [String: [UInt8]]) throws -> Int {
        var references: [EvidenceReference] = []
        var seen: Set<TreeSize> = []
        var count = 0
        try scanRecords { record, bytes in
            try sink.append(BundlePath.records, bytes)
            try [UInt8(ascii: "\n")].withUnsafeBytes { try sink.append(BundlePath.records, $0) }
            references += EvidenceReference.all(in: record.what)
            if let size = seenSize(of: record) { seen.insert(size) }
            if hasProofs { try writeProof(of: record.index, to: sink) }
            count += 1
        }
        try writeEvidence(references, to: sink, recordCount: count)
        if case .release = scope {
            for size in seen.sorted() {
                let hashes =
                    size == .empty ? [] : try context.reader.consistencyProof(from: size, to: checkpoint.size)
                try sink.write(BundlePath.seen(size), SeenProof(size: size, hashes: hashes).bytes)
            }
        }
        guard let identity = context.governance.identity(at: checkpoint.size) else {
            throw Refusal(
                .forbidden, "the ledger does not say who it is: its first record is not ledger.opened.")
        }
        try sink.write(BundlePath.checkpoint, note.bytes)
        try sink.write(BundlePath.key, Array((identity.key + "\n").utf8))
        try sink.write(BundlePath.allowedSigners, Array(context.governance.roster.allowedSigners.utf8))
        for (path, text) in texts { try sink.write(path, text) }
        return count
    }

    private var hasProofs: Bool {
        switch scope {
        case .whole(let withProofs): withProofs
        case .release: true
        }
    }

    private var releaseName: String? { if case .release(let release) = scope { release.text } else { nil } }

    /// The records of the scope, in log order, below the checkpoint's size.
    private func scanRecords(_ body: (Record, UnsafeRawBufferPointer) throws -> Void) throws {
        guard case .release(let release) = scope else {
            try context.reader.scan(0..<checkpoint.size.value) { _, bytes in
                try body(Record(RecordView(scanning: bytes)), bytes)
            }
            return
        }
        var streams: [StreamName] = [.ledger, .roster]
        streams += try context.reader.streams(withPrefix: "pipeline/") + [release.stream]
        let positions = try streams.flatMap { try context.reader.positions(in: $0, fromRevision: 1) }.sorted()
        for index in positions where index.value < checkpoint.size.value {
            guard let record = try context.reader.record(at: index) else { continue }
            try record.bytes.withUnsafeBytes { try body(record, $0) }
        }
    }

    private func writeProof(of index: LogIndex, to sink: any BundleSink) throws {
        let hashes = try context.reader.inclusionProof(of: index, in: checkpoint.size)
        try sink.write(
            BundlePath.proof(index), TlogProof(index: index, hashes: hashes, checkpoint: note).bytes)
    }

    /// The size that the signer of the record's statement had seen.
    private func seenSize(of record: Record) -> TreeSize? {
        guard let reference = EvidenceReference(json: record.what["statement"]),
            let bytes = context.history.evidence(reference)
        else { return nil }
        return ActStatement(bytes)?.seen.size ?? ApprovalStatement(bytes)?.seen.size
    }

    private func writeEvidence(
        _ references: [EvidenceReference], to sink: any BundleSink, recordCount: Int
    ) throws {
        var (held, erased) = (Set<Hash>(), Set<Hash>())
        for reference in references
        where !held.contains(reference.digest) && !erased.contains(reference.digest) {
            guard let stored = context.history.stored(reference) else {
                if context.governance.erased[reference.digest] != nil { erased.insert(reference.digest) }
                continue
            }
            held.insert(reference.digest)
            try sink.write(BundlePath.evidence(reference.digest), stored.content)
            if let salt = stored.salt { try sink.write(BundlePath.salt(reference.digest), salt) }
        }
        func sorted(_ digests: Set<Hash>) -> [Hash] { digests.sorted { $0.hex < $1.hex } }
        let manifest = BundleManifest(
            origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root, recordCount: recordCount,
            release: releaseName, evidence: sorted(held), erased: sorted(erased))
        try sink.write(BundlePath.manifest, manifest.bytes)
    }
}

extension Roster {
    /// OpenSSH `allowed_signers` of the whole history, in the order of enrolment.
    public var allowedSigners: String {
        keys.values.sorted { $0.enrolled < $1.enrolled }.map { key in
            let ends = [key.until, key.revoked?.time, persons[key.person]?.removedAt].compactMap { $0 }
            let begins = [key.from, key.enrolledAt].compactMap { $0 }
            return AllowedSigner(
                principal: Actor("person:\(key.person)")!, key: key.key, from: begins.max(), until: ends.min()
            ).line + "\n"
        }.joined()
    }
}
