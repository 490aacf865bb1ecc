public import LedgerProof

/// The six answers to "was this allowed?". `FORMAT.md` §7.
public enum VerdictKind: String, Hashable, Sendable, CaseIterable {
    case satisfied
    case refused
    case pending
    /// Evidence is missing or unreadable, or something is not known here: nobody can say.
    case indeterminate
    case bypassed
    case notApplicable = "not applicable"

    /// Worst first, where several apply.
    private static let severity: [VerdictKind] = [
        .refused, .indeterminate, .bypassed, .pending, .satisfied, .notApplicable,
    ]

    public func worse(_ other: VerdictKind) -> VerdictKind {
        Self.severity.first { $0 == self || $0 == other }!
    }
}

/// Something that was found, with the record it rests on.
public struct Finding: Hashable, Sendable {
    /// Stable, for programs: `approval.nonce`, `act.signature`, …
    public let code: String
    public let index: LogIndex?
    public let text: String

    public init(_ code: String, at index: LogIndex?, _ text: String) {
        self.code = code
        self.index = index
        self.text = text
    }
}

/// An answer with its reasons.
public struct Verdict: Hashable, Sendable {
    public private(set) var kind: VerdictKind
    public private(set) var reasons: [Finding]
    /// Approvals that counted.
    public private(set) var approvals: [LogIndex]

    public init(_ kind: VerdictKind, reasons: [Finding] = [], approvals: [LogIndex] = []) {
        self.kind = kind
        self.reasons = reasons
        self.approvals = approvals
    }

    public static let satisfied = Verdict(.satisfied)

    /// Lets `kind` count as well: the worse of the two stands, and the reason is kept.
    public mutating func add(_ kind: VerdictKind, _ reason: Finding) {
        self.kind = self.kind.worse(kind)
        reasons.append(reason)
    }

    public mutating func add(_ other: Verdict) {
        kind = kind.worse(other.kind)
        reasons += other.reasons
        approvals += other.approvals.filter { !approvals.contains($0) }
    }
}
