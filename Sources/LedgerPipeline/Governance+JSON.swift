public import LedgerProof

/// What was decided about the log, its people and its pipelines, as canonical JSON: what the views keep, and
/// what a replay compares.
extension Governance {
    /// The three projections of governance, each one value.
    public enum Facts: String, CaseIterable, Hashable, Sendable {
        case ledger, roster, pipelines

        /// Grows when the same records would give another state.
        public var version: Int { 1 }
    }

    public func json(_ facts: Facts) -> JSONObject {
        switch facts {
        case .ledger: ledgerFacts
        case .roster: rosterFacts
        case .pipelines: pipelineFacts
        }
    }

    private var ledgerFacts: JSONObject {
        [
            "erased": .array(
                erased.sorted { ($0.value, $0.key.hex) < ($1.value, $1.key.hex) }.map {
                    ["digest": .string(Digest.text($0.key)), "index": Self.json($0.value)]
                }),
            "findings": .array(findings.map { Self.json($0) }),
            "identities": .array(
                identities.map {
                    [
                        "index": Self.json($0.index), "key": .string($0.key),
                        "origin": .string($0.origin.text),
                    ]
                }),
            "obscured": .array(
                obscured.sorted { $0.value < $1.value }.map {
                    ["index": Self.json($0.value), "stream": .string($0.key.text)]
                }), "project": .optional(project),
        ]
    }

    private var rosterFacts: JSONObject {
        [
            "bootstrap": .optional(bootstrapFingerprint),
            "grants": .array(roster.grants.map { Self.json($0) }),
            "keys": .array(
                roster.keys.values.sorted { $0.enrolled < $1.enrolled }.map { Self.json($0) }),
            "persons": .array(
                roster.persons.values.sorted { $0.enrolled < $1.enrolled }.map { Self.json($0) }),
        ]
    }

    private var pipelineFacts: JSONObject {
        let all = definitions.values.flatMap { $0 }.sorted { $0.index < $1.index }
        return [
            "definitions": .array(
                all.map {
                    [
                        "by": .string($0.by), "definition": .object($0.definition.json),
                        "digest": .string(Digest.text($0.definition.digest)), "index": Self.json($0.index),
                        "pipeline": .string($0.definition.name), "time": .string($0.time.description),
                    ]
                })
        ]
    }

    // MARK: Parts

    private static func json(_ index: LogIndex?) -> JSONValue {
        index.map { .integer(Int64($0.value)) } ?? .null
    }

    private static func json(_ finding: Finding) -> JSONValue {
        [
            "code": .string(finding.code), "index": json(finding.index), "text": .string(finding.text),
        ]
    }

    private static func json(_ person: Roster.Person) -> JSONValue {
        [
            "accounts": .array(person.accounts.map { .string($0) }), "enrolled": json(person.enrolled),
            "kind": .string(person.kind.rawValue), "person": .string(person.name),
            "removed": json(person.removed),
        ]
    }

    private static func json(_ key: Roster.Key) -> JSONValue {
        [
            "enrolled": json(key.enrolled), "fingerprint": .string(key.fingerprint),
            "from": .optional(key.from?.description), "key": .string(key.key.line),
            "person": .string(key.person), "revoked": key.revoked.map { json($0) } ?? .null,
            "until": .optional(key.until?.description),
        ]
    }

    private static func json(_ grant: Roster.Grant) -> JSONValue {
        [
            "from": .optional(grant.from?.description), "granted": json(grant.granted),
            "person": .string(grant.person), "revoked": grant.revoked.map { json($0) } ?? .null,
            "role": .string(grant.role), "until": .optional(grant.until?.description),
        ]
    }

    private static func json(_ revocation: Roster.Revocation) -> JSONValue {
        [
            "from": .optional(revocation.from?.description), "index": json(revocation.index),
            "time": .string(revocation.time.description),
        ]
    }
}
