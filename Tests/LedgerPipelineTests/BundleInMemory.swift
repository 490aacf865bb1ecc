import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting

/// A bundle of a ``ReleaseWorld`` as files in memory, which a test may damage.
final class BundleInMemory: BundleSink, BundleFiles {
    let name: String
    private(set) var files: [String: [UInt8]] = [:]

    /// The log key of ``ReleaseWorld``.
    private static let signer = NoteSigner(
        name: ReleaseWorld.origin.text, seed: Hash.sha256(Array("log key".utf8)).bytes)!

    init(_ world: ReleaseWorld, _ scope: BundleWriter.Scope, name: String) throws {
        self.name = name
        let context = try world.context()
        let note = try Self.signer.sign(
            Checkpoint(origin: ReleaseWorld.origin, size: context.head.size, root: context.head.root))
        try BundleWriter(context, scope: scope, note: note).write(to: self, texts: [:])
    }

    private init(name: String, files: [String: [UInt8]]) {
        self.name = name
        self.files = files
    }

    func write(_ path: String, _ bytes: [UInt8]) throws { files[path] = bytes }

    func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
        unsafe files[path, default: []].append(contentsOf: bytes)
    }

    func read(_ path: String, limitBytes: Int) -> [UInt8]? { files[path] }

    /// The same with one bit of a file changed.
    func flipped(_ path: String, at place: Int, bit: UInt8) -> BundleInMemory {
        var bytes = files[path]!
        bytes[place] ^= 1 << bit
        return with(path, bytes, "bit \(bit) of byte \(place) of \(path)")
    }

    func without(_ path: String) -> BundleInMemory { with(path, nil, "without \(path)") }

    /// The same with another file at `path`, or with none.
    func with(_ path: String, _ bytes: [UInt8]?, _ change: String) -> BundleInMemory {
        var changed = files
        changed[path] = bytes
        return BundleInMemory(name: "\(name), \(change)", files: changed)
    }

    /// What ``BundleVerifier`` says of it: the exit code, and the verdicts of all, of each release and of
    /// each stage.
    var answer: String {
        let result = BundleVerifier(files: self, key: nil).verify()
        guard result.fault == nil else { return "5 broken" }
        guard !result.isNothing else { return "6 nothing to verify" }
        let codes: [VerdictKind: Int] = [
            .satisfied: 0, .notApplicable: 0, .indeterminate: 1, .refused: 3, .pending: 4, .bypassed: 7,
        ]
        let releases = result.releases.sorted { $0.release.text < $1.release.text }.map { release in
            let stages = release.stages.sorted { $0.stage < $1.stage }.map {
                "\($0.stage) \($0.verdict.kind.rawValue)"
            }
            let verdict = "\(release.release) \(release.verdict.kind.rawValue)"
            return ([verdict] + stages).joined(separator: "; ")
        }
        let verdict = "\(codes[result.verdict]!) \(result.verdict.rawValue)"
        return ([verdict] + releases).joined(separator: " | ")
    }
}
