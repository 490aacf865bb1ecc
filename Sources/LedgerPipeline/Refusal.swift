/// The decider's "no": what was asked is against the rules, and nothing was recorded.
public struct Refusal: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Policy or roster forbid it.
        case forbidden
        /// It may be allowed later: something has to happen first.
        case tooEarly
        /// It was made for something else: other bytes, other policy, other attempt.
        case mismatch
        /// There is no such release, gate, stage or person, or a name is not in its form.
        case notFound
    }

    public let kind: Kind
    /// Why, and what to do.
    public let message: String
    public let findings: [Finding]

    public init(_ kind: Kind, _ message: String, findings: [Finding] = []) {
        self.kind = kind
        self.message = message
        self.findings = findings
    }
}

extension Refusal: CustomStringConvertible { public var description: String { message } }
