public import LedgerProof

/// The files of a bundle, by their path in it. `FORMAT.md` §6.
public protocol BundleFiles {
    /// - Returns: nil if there is no such plain file, or it is larger than `limitBytes`.
    func read(_ path: String, limitBytes: Int) -> [UInt8]?
}

/// Paths in a bundle.
public enum BundlePath {
    public static let records = "records.jsonl"
    public static let checkpoint = "checkpoint"
    /// An RFC 3161 token of the checkpoint's bytes, where there is one: `docs/proofs.md`.
    public static let timestamp = "checkpoint.tsr"
    public static let key = "log.vkey"
    public static let allowedSigners = "allowed_signers"
    public static let manifest = "MANIFEST.json"
    public static let verifier = "verify.py"
    public static let readme = "README.txt"

    public static func evidence(_ digest: Hash) -> String { "evidence/sha256/\(digest.hex)" }
    public static func salt(_ digest: Hash) -> String { "evidence/sha256/\(digest.hex).salt" }
    public static func proof(_ index: LogIndex) -> String { "proofs/\(index).tlog-proof" }
    public static func seen(_ size: TreeSize) -> String { "proofs/seen-\(size)" }
}

/// `MANIFEST.json`.
public struct BundleManifest: Hashable, Sendable {
    public let origin: Origin
    public let size: TreeSize
    public let root: Hash
    public let recordCount: Int
    /// nil for the whole log.
    public let release: String?
    /// Sorted.
    public let evidence: [Hash]
    public let erased: [Hash]

    public init(
        origin: Origin, size: TreeSize, root: Hash, recordCount: Int, release: String?, evidence: [Hash],
        erased: [Hash]
    ) {
        self.origin = origin
        self.size = size
        self.root = root
        self.recordCount = recordCount
        self.release = release
        self.evidence = evidence
        self.erased = erased
    }

    /// - Returns: nil unless `bytes` are a manifest of version 1, in canonical form.
    public init?(parsing bytes: [UInt8]) {
        let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        guard let object = try? JSONObject(canonical: text), object["format"]?.string == "ledger-bundle/v1",
            let origin = object["origin"]?.string.flatMap({ Origin($0) }), let size = object["size"]?.integer,
            size >= 0,
            let root = object["root"]?.string.flatMap({ [UInt8](base64: $0) }).flatMap({ Hash(bytes: $0) }),
            let count = object["records"]?.integer, let release = object["release"], object.count == 8,
            release.isNull || (release.string.map { Self.isRelease($0) } ?? false),
            let evidence = Self.digests(object["evidence"]),
            let erased = Self.digests(object["erased"])
        else { return nil }
        self.init(
            origin: origin, size: TreeSize(Int(size)), root: root, recordCount: Int(count),
            release: release.string,
            evidence: evidence, erased: erased)
    }

    public var bytes: [UInt8] {
        let object: JSONObject = [
            "erased": .array(erased.map { .string(Digest.text($0)) }),
            "evidence": .array(evidence.map { .string(Digest.text($0)) }), "format": "ledger-bundle/v1",
            "origin": .string(origin.text), "records": .integer(Int64(recordCount)),
            "release": .optional(release),
            "root": .string(root.bytes.base64), "size": .integer(Int64(size.value)),
        ]
        return object.canonicalBytes
    }

    private static func isRelease(_ text: String) -> Bool {
        StreamName("release/\(text)")?.isRelease ?? false
    }

    private static func digests(_ value: JSONValue?) -> [Hash]? {
        guard let elements = value?.array else { return nil }
        let digests = elements.compactMap { $0.string.flatMap { Digest.parse($0) } }
        return digests.count == elements.count ? digests : nil
    }
}

/// The history that a bundle tells.
public struct BundleHistory: HistorySource {
    let files: any BundleFiles
    /// The whole tree, in a bundle of the whole log.
    let tree: MerkleTree?
    let leaves: [LogIndex: Hash]
    let checkpoint: Checkpoint

    public func confirms(root: Hash, at size: TreeSize) -> Bool? {
        guard size <= checkpoint.size else { return false }
        if let tree { return tree.root(at: size) == root }
        guard size != .empty else { return root == Hash.emptyRoot }
        guard let bytes = files.read(BundlePath.seen(size), limitBytes: 8192),
            let proof = SeenProof(parsing: bytes),
            proof.size == size,
            MerkleProof.checkConsistency(
                from: size, oldRoot: root, to: checkpoint.size, newRoot: checkpoint.root, proof: proof.hashes)
        else { return nil }
        return true
    }

    public func leaf(at index: LogIndex) -> Hash? { leaves[index] }

    public func evidence(_ reference: EvidenceReference) -> [UInt8]? {
        guard let content = files.read(BundlePath.evidence(reference.digest), limitBytes: reference.size),
            content.count == reference.size
        else { return nil }
        var stream = HashStream()
        if reference.isSalted {
            guard let salt = files.read(BundlePath.salt(reference.digest), limitBytes: 16), salt.count == 16
            else {
                return nil
            }
            stream.update(salt)
        }
        stream.update(content)
        return stream.finish() == reference.digest ? content : nil
    }
}
