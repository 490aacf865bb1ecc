public import LedgerProof

/// State that is only ever folded from records: `initial`, then `apply` in log order. It can be thrown away
/// and made again.
///
/// Always true: pure; the same records give the same state, however they were batched.
public protocol Projection: Sendable {
    /// Names the projection's tables and digests.
    static var name: String { get }
    /// Grows when the same records would give another state.
    static var version: Int { get }

    init()
    mutating func apply(_ record: Record)
    /// The state in canonical JSON.
    var json: JSONObject { get }
}

extension Projection {
    /// SHA-256 of the canonical state: equal on any machine.
    public var digest: Hash { Hash.sha256(json.canonicalBytes) }
}
