public import LedgerPipeline
public import LedgerProof

/// Who lives in a ledger that was made for a test: an admin, releasers, testers, taggers, with their keys.
public struct World: Sendable {
    public static let origin = Origin("ledger.example/world")!
    public static let start = Timestamp("2026-01-05T08:00:00.000000Z")!
    public static let admin = "alice"

    /// By name.
    public let names: [String]
    private let keys: [String: SoftwareKey]

    /// - Precondition: `count` is at least 4: one of each role.
    public init(people count: Int = 4) {
        precondition(count >= 4, "an admin, a releaser, a tester and a tagger")
        let named = ["alice", "bob", "carol", "dora"]
        names = named + (4..<max(4, count)).map { "person\($0)" }
        keys = Dictionary(
            uniqueKeysWithValues: names.enumerated().map { ($1, SoftwareKey(seed: UInt64($0) + 1)) })
    }

    public func key(of person: String) -> SoftwareKey {
        guard let key = keys[person] else { preconditionFailure("\(person) does not live here") }
        return key
    }

    /// `alice` is the admin, `bob` a releaser, `carol` a tester, `dora` tags; then again in turn.
    static func roles(of person: String) -> [String] {
        let number = ["alice": 0, "bob": 1, "carol": 2, "dora": 3][person] ?? Int(person.dropFirst(6)) ?? 3
        return [["admin"], ["releaser"], ["tester"], []][number % 4]
    }

    /// A wheel and a source distribution.
    public static func files(of release: ReleaseID) -> [ArtifactFile] {
        let version = PythonVersion(release.tag)?.normalized ?? "0"
        let project = release.project.split(separator: "-").joined(separator: "_")
        return ["\(project)-\(version)-py3-none-any.whl", "\(project)-\(version).tar.gz"].map { name in
            ArtifactFile(name: name, digest: Hash.sha256(Array("\(release)/\(name)".utf8)), size: 4242)!
        }.sortedByName
    }

    static func nonce(_ gate: String, _ release: ReleaseID, _ attempt: Int) -> String {
        String(Hash.sha256(Array("\(gate) \(release) \(attempt)".utf8)).hex.prefix(32))
    }
}
