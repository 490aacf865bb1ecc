public import LedgerProof

/// What judging asks of a history beside its records: roots, leaves and evidence. A store answers it, or a
/// bundle.
public protocol HistorySource {
    /// Whether `root` is the root of the first `size` records; nil where that cannot be known (a bundle
    /// without the proof).
    func confirms(root: Hash, at size: TreeSize) -> Bool?
    /// nil where there is no such record, or it is not at hand.
    func leaf(at index: LogIndex) -> Hash?
    /// The content, checked against its digest; nil where it is missing or unreadable.
    func evidence(_ reference: EvidenceReference) -> [UInt8]?
    /// nil where every signature is verified: always, but for a look that only shows something.
    var memory: SignatureMemory? { get }
}

extension HistorySource {
    public var memory: SignatureMemory? { nil }
}

/// What a check found out. "No" and "nobody can say" are different answers.
enum Check<Value> {
    case good(Value)
    case bad(Finding)
    case unclear(Finding)

    func map<Other>(_ change: (Value) -> Other) -> Check<Other> { flatMap { .good(change($0)) } }

    func flatMap<Other>(_ next: (Value) -> Check<Other>) -> Check<Other> {
        switch self {
        case .good(let value): next(value)
        case .bad(let finding): .bad(finding)
        case .unclear(let finding): .unclear(finding)
        }
    }
}

extension Check<Void> {
    /// All of them: one that is bad is bad, whatever else is unclear.
    static func all(_ checks: [Check<Void>]) -> Check<Void> {
        var unclear: Finding?
        for check in checks {
            switch check {
            case .good: continue
            case .bad(let finding): return .bad(finding)
            case .unclear(let finding): unclear = unclear ?? finding
            }
        }
        return unclear.map { .unclear($0) } ?? .good(())
    }
}

extension Check: Sendable where Value: Sendable {}
