import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting

/// A bundle of a ``ReleaseWorld`` as files in memory, which a test may damage.
final class BundleInMemory: BundleSink, BundleFiles {
    let name: String
    /// Evidence was changed or lost after the bundle was written.
    let lacksEvidence: Bool
    private(set) var files: [String: [UInt8]] = [:]

    /// The log key of ``ReleaseWorld``.
    private static let signer = NoteSigner(
        name: ReleaseWorld.origin.text, seed: Hash.sha256(Array("log key".utf8)).bytes)!

    init(_ world: ReleaseWorld, _ scope: BundleWriter.Scope, name: String) throws {
        self.name = name
        lacksEvidence = false
        let context = try world.context()
        let note = try Self.signer.sign(
            Checkpoint(origin: ReleaseWorld.origin, size: context.head.size, root: context.head.root))
        try BundleWriter(context, scope: scope, note: note).write(to: self, texts: [:])
    }

    /// - Parameter files: of another bundle, with the one at `path` changed.
    private init(name: String, files: [String: [UInt8]], changed path: String) {
        self.name = name
        self.files = files
        lacksEvidence = path.hasPrefix("evidence/")
    }

    func write(_ path: String, _ bytes: [UInt8]) throws { files[path] = bytes }

    func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
        unsafe files[path, default: []].append(contentsOf: bytes)
    }

    func read(_ path: String, limitBytes: Int) -> [UInt8]? { files[path] }

    /// The same with one bit of a file changed.
    func flipped(_ path: String, at place: Int, bit: UInt8) -> BundleInMemory {
        var changed = files
        changed[path]![place] ^= 1 << bit
        return BundleInMemory(
            name: "\(name), bit \(bit) of byte \(place) of \(path)", files: changed, changed: path)
    }

    func without(_ path: String) -> BundleInMemory {
        var changed = files
        changed[path] = nil
        return BundleInMemory(name: "\(name), without \(path)", files: changed, changed: path)
    }

    /// What ``BundleVerifier`` says of it, in the words with which `verify.py` ends.
    var verdict: String {
        let result = BundleVerifier(files: self, key: nil).verify()
        guard result.fault == nil else { return "broken" }
        guard !result.releases.isEmpty else { return "nothing to verify" }
        var kind = VerdictKind.notApplicable
        for release in result.releases { kind = kind.worse(release.verdict.kind) }
        if result.findings.contains(where: { $0.code == "evidence.missing" }) {
            kind = kind.worse(.indeterminate)
        }
        return [.satisfied, .notApplicable].contains(kind) ? "proven" : kind.rawValue
    }
}
