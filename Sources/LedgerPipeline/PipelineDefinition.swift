public import LedgerProof

/// A pipeline as it is in force for a release: stages, gates, targets. `FORMAT.md` §5, "Definition".
///
/// Always true: every stage's needs, gate and target exist; the needs have no cycle; every gate has at least
/// one approval and one role. What is not known is kept in ``PipelineGate/unknownMembers``, never dropped
/// silently.
public struct PipelineDefinition: Hashable, Sendable {
    public let name: String
    /// Patterns in which `*` matches any run of characters.
    public let tags: [String]
    public let artifact: String
    /// In an order in which each stage comes after those it needs.
    public let stages: [PipelineStage]
    public let gates: [String: PipelineGate]
    public let targets: [String: Target]
    /// The definition as recorded.
    public let json: JSONObject

    /// SHA-256 of the canonical form: what approvals are bound to.
    public var digest: Hash { Hash.sha256(json.canonicalBytes) }

    public func stage(_ name: String) -> PipelineStage? { stages.first { $0.name == name } }

    /// The stages behind a gate.
    public func stages(behind gate: String) -> [PipelineStage] { stages.filter { $0.gate == gate } }

    public func matches(tag: String) -> Bool {
        tags.contains { TagPattern.matches(Array($0.utf8)[...], Array(tag.utf8)[...]) }
    }
}

public struct PipelineStage: Hashable, Sendable {
    public let name: String
    public let executor: ExecutorKind
    public let needs: [String]
    public let gate: String?
    public let target: String?

    public init(name: String, executor: ExecutorKind, needs: [String], gate: String?, target: String?) {
        self.name = name
        self.executor = executor
        self.needs = needs
        self.gate = gate
        self.target = target
    }
}

public struct PipelineGate: Hashable, Sendable {
    public let name: String
    public let approvals: Int
    public let roles: [String]
    /// Who may not approve, though they hold a role.
    public let separate: Set<Separation>
    /// How long an approval holds; nil where the definition does not say.
    public let expiresMicros: Int64?
    /// How long an approval is made to last: a week, where the gate says nothing.
    public var lifetimeMicros: Int64 { expiresMicros ?? 7 * 86_400 * 1_000_000 }
    /// Targets whose artifact must have passed an install test.
    public let installTests: [String]
    /// Members or values this program does not know: the gate is then *indeterminate*.
    public let unknownMembers: [String]

    public enum Separation: String, Hashable, Sendable, CaseIterable {
        case tagger, tester
    }

    /// What the gate asks for, in words, as `gate.opened.requirements` and the terminal show it.
    public var requirements: [String] {
        let people = roles.joined(separator: " or ")
        let barred =
            separate.contains(.tagger) && separate.contains(.tester)
            ? " who neither pushed the tag nor tested it"
            : separate.contains(.tagger)
                ? " who did not push the tag" : separate.contains(.tester) ? " who did not test it" : ""
        let count =
            approvals == 1
            ? "1 approval by a \(people)\(barred)"
            : "\(approvals) approvals by different people, each a \(people)\(barred)"
        return [count] + installTests.map { "a passed install test from \($0), of the same files" }
    }
}

enum TagPattern {
    static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // The last star can give back what it took: linear in practice, never exponential.
        var (p, t) = (pattern.startIndex, text.startIndex)
        var star: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == text[t] {
                (p, t) = (p + 1, t + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
