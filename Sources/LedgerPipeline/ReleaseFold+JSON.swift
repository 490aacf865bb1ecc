public import LedgerProof

/// The fold as canonical JSON: what the views keep, and what a replay compares. `init(json:)` is the exact
/// inverse.
///
/// What comes from records as free text is never a member name: names of members are ASCII, texts need not
/// be.
extension ReleaseFold {
    public var json: JSONObject {
        [
            "built": Self.json(built), "ending": .optional(ending?.rawValue), "files": files.json,
            "gates": .array(
                gates.sorted { Self.precedes($0.key, $1.key) }.map { Self.json($0.key, $0.value) }),
            "last": Self.json(last), "lastTime": .optional(lastTime?.description),
            "published": .array(published.map { Self.json($0) }),
            "revision": .integer(Int64(revision)),
            "stages": .array(
                stages.sorted { Self.precedes($0.key, $1.key) }.map { Self.json($0.key, $0.value) }),
            "tag": tag.map { Self.json($0) } ?? .null, "tests": .array(tests.map { Self.json($0) }),
            "yanked": .bool(isYanked),
        ]
    }

    /// By bytes, so that every machine sorts alike.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func precedes(_ left: GateKey, _ right: GateKey) -> Bool {
        left.gate == right.gate ? precedes(left.stage, right.stage) : precedes(left.gate, right.gate)
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

    private static func json(_ name: String, _ stage: Stage) -> JSONValue {
        [
            "attempt": .integer(Int64(stage.attempt)), "conflicted": .bool(stage.isConflicted),
            "epoch": .integer(Int64(stage.epoch)), "index": json(stage.index),
            "micros": stage.micros.map { .integer($0) } ?? .null, "reason": .string(stage.reason),
            "since": .string(stage.since.description), "stage": .string(name),
            "status": .string(stage.status.rawValue),
        ]
    }

    private static func json(_ key: GateKey, _ gate: Gate) -> JSONValue {
        let approvals = gate.approvals.sorted { precedes($0.key, $1.key) }
        return [
            "approvals": .array(
                approvals.map { ["index": json($0.value), "person": .string($0.key)] }),
            "attempt": .integer(Int64(gate.attempt)), "bypassed": .bool(gate.isBypassed),
            "gate": .string(key.gate), "nonce": .string(gate.nonce), "opened": json(gate.opened),
            "since": .string(gate.since.description), "stage": .string(key.stage),
            "status": .string(gate.status.rawValue),
        ]
    }

    private static func json(_ published: Published) -> JSONValue {
        [
            "how": .string(published.how), "index": json(published.index),
            "target": .string(published.target), "url": .string(published.url),
        ]
    }

    private static func json(_ test: Test) -> JSONValue {
        [
            "index": json(test.index), "passed": .bool(test.hasPassed), "target": .string(test.target),
            "tester": .string(test.tester),
        ]
    }
}

extension JSONValue {
    /// A text, or null.
    public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
