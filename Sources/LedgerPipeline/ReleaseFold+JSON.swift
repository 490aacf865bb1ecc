public import LedgerProof

/// The fold as canonical JSON: what the views keep, and what a replay compares.
extension ReleaseFold {
    public var json: JSONObject {
        [
            "built": Self.json(built), "ending": .optional(ending?.rawValue), "files": files.json,
            "gates": .array(
                gates.sorted { ($0.key.gate, $0.key.stage) < ($1.key.gate, $1.key.stage) }.map {
                    Self.json($0.key, $0.value)
                }),
            "last": Self.json(last), "lastTime": .optional(lastTime?.description),
            "published": .array(
                published.map {
                    [
                        "how": .string($0.how), "index": Self.json($0.index), "target": .string($0.target),
                        "url": .string($0.url),
                    ]
                }),
            "revision": .integer(Int64(revision)),
            "stages": .object(JSONObject(stages.mapValues { Self.json($0) })),
            "tag": tag.map { Self.json($0) } ?? .null,
            "tests": .array(
                tests.map {
                    [
                        "index": Self.json($0.index), "passed": .bool($0.hasPassed),
                        "target": .string($0.target),
                        "tester": .string($0.tester),
                    ]
                }), "yanked": .bool(isYanked),
        ]
    }

    private static func json(_ index: LogIndex?) -> JSONValue {
        index.map { .integer(Int64($0.value)) } ?? .null
    }

    private static func json(_ tag: Tag) -> JSONValue {
        [
            "commit": .string(tag.commit), "index": json(tag.index),
            "policy": .optional(tag.policy.map { Digest.text($0) }), "project": .string(tag.project),
            "repository": .string(tag.repository), "tag": .string(tag.tag), "tagger": .string(tag.tagger),
            "time": .string(tag.time.description), "version": .string(tag.version),
        ]
    }

    private static func json(_ stage: Stage) -> JSONValue {
        [
            "attempt": .integer(Int64(stage.attempt)), "conflicted": .bool(stage.isConflicted),
            "epoch": .integer(Int64(stage.epoch)), "index": json(stage.index),
            "micros": stage.micros.map { .integer($0) } ?? .null, "reason": .string(stage.reason),
            "since": .string(stage.since.description), "status": .string(stage.status.rawValue),
        ]
    }

    private static func json(_ key: GateKey, _ gate: Gate) -> JSONValue {
        [
            "approvals": .object(JSONObject(gate.approvals.mapValues { json($0) })),
            "attempt": .integer(Int64(gate.attempt)), "bypassed": .bool(gate.isBypassed),
            "gate": .string(key.gate), "nonce": .string(gate.nonce), "opened": json(gate.opened),
            "since": .string(gate.since.description), "stage": .string(key.stage),
            "status": .string(gate.status.rawValue),
        ]
    }
}

extension JSONValue {
    /// A text, or null.
    public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
