public import LedgerProof

/// The fold read back from the JSON that ``ReleaseFold/json`` writes.
extension ReleaseFold {
    /// - Returns: nil unless `json` is what a fold of this version writes.
    public init?(json: JSONObject) {
        guard json.count == 12, let files = [ArtifactFile](json: json["files"]),
            let stages = Self.list(json["stages"], Self.stage),
            let gates = Self.list(json["gates"], Self.gate),
            let published = Self.list(json["published"], Self.published),
            let tests = Self.list(json["tests"], Self.test), let revision = json["revision"]?.integer,
            let isYanked = json["yanked"]?.bool,
            let tag = Self.optional(json["tag"], { $0.object.flatMap { Self.tag($0) } }),
            let built = Self.optional(json["built"], Self.index),
            let last = Self.optional(json["last"], Self.index),
            let lastTime = Self.optional(json["lastTime"], Self.time),
            let ending = Self.optional(json["ending"], { $0.string.flatMap { Ending(rawValue: $0) } })
        else { return nil }
        self.init()
        self.files = files
        self.published = published
        self.tests = tests
        self.isYanked = isYanked
        self.revision = Int(revision)
        (self.tag, self.built, self.last, self.lastTime, self.ending) = (tag, built, last, lastTime, ending)
        for (name, stage) in stages { self.stages[name] = stage }
        for (key, gate) in gates { self.gates[key] = gate }
        guard self.stages.count == stages.count, self.gates.count == gates.count else { return nil }
    }

    // MARK: Parts

    private static func tag(_ json: JSONObject) -> Tag? {
        guard json.count == 9, let index = index(json["index"]), let time = time(json["time"]),
            let project = json["project"]?.string, let version = json["version"]?.string,
            let tag = json["tag"]?.string, let commit = json["commit"]?.string,
            let tagger = json["tagger"]?.string, let repository = json["repository"]?.string,
            let policy = optional(json["policy"], { $0.string.flatMap { Digest.parse($0) } })
        else { return nil }
        return Tag(
            index: index, time: time, project: project, version: version, tag: tag, commit: commit,
            tagger: tagger, repository: repository, policy: policy)
    }

    private static func stage(_ json: JSONObject) -> (String, Stage)? {
        guard json.count == 9, let name = json["stage"]?.string, let index = index(json["index"]),
            let since = time(json["since"]), let attempt = json["attempt"]?.integer,
            let status = json["status"]?.string.flatMap({ StageStatus(rawValue: $0) }),
            let reason = json["reason"]?.string, let epoch = json["epoch"]?.integer,
            let isConflicted = json["conflicted"]?.bool,
            let micros = optional(json["micros"], { $0.integer })
        else { return nil }
        return (
            name,
            Stage(
                attempt: Int(attempt), status: status, reason: reason, epoch: Int(epoch),
                isConflicted: isConflicted, index: index, since: since, micros: micros)
        )
    }

    private static func gate(_ json: JSONObject) -> (GateKey, Gate)? {
        guard json.count == 9, let gate = json["gate"]?.string, let stage = json["stage"]?.string,
            let attempt = json["attempt"]?.integer, let opened = index(json["opened"]),
            let since = time(json["since"]), let nonce = json["nonce"]?.string,
            let status = json["status"]?.string.flatMap({ GateStatus(rawValue: $0) }),
            let isBypassed = json["bypassed"]?.bool, let list = list(json["approvals"], approval)
        else { return nil }
        let approvals = Dictionary(list) { first, _ in first }
        guard approvals.count == list.count else { return nil }
        return (
            GateKey(gate: gate, stage: stage),
            Gate(
                stage: stage, attempt: Int(attempt), opened: opened, since: since, nonce: nonce,
                status: status, approvals: approvals, isBypassed: isBypassed)
        )
    }

    private static func approval(_ json: JSONObject) -> (String, LogIndex)? {
        guard json.count == 2, let person = json["person"]?.string, let index = index(json["index"]) else {
            return nil
        }
        return (person, index)
    }

    private static func published(_ json: JSONObject) -> Published? {
        guard json.count == 4, let index = index(json["index"]), let target = json["target"]?.string,
            let url = json["url"]?.string, let how = json["how"]?.string
        else { return nil }
        return Published(index: index, target: target, url: url, how: how)
    }

    private static func test(_ json: JSONObject) -> Test? {
        guard json.count == 4, let index = index(json["index"]), let target = json["target"]?.string,
            let tester = json["tester"]?.string, let hasPassed = json["passed"]?.bool
        else { return nil }
        return Test(index: index, target: target, tester: tester, hasPassed: hasPassed)
    }

    // MARK: Values

    private static func index(_ value: JSONValue?) -> LogIndex? {
        guard let number = value?.integer, number >= 0 else { return nil }
        return LogIndex(Int(number))
    }

    private static func time(_ value: JSONValue?) -> Timestamp? { value?.string.flatMap { Timestamp($0) } }

    /// A value or null: `.some(nil)` is null, nil is neither.
    private static func optional<Value>(
        _ value: JSONValue?, _ read: (JSONValue) -> Value?
    ) -> Value?? {
        guard let value else { return nil }
        if value.isNull { return .some(nil) }
        return read(value).map { .some($0) }
    }

    private static func list<Element>(
        _ value: JSONValue?, _ read: (JSONObject) -> Element?
    ) -> [Element]? {
        guard let elements = value?.array else { return nil }
        var list: [Element] = []
        list.reserveCapacity(elements.count)
        for element in elements {
            guard let object = element.object, let read = read(object) else { return nil }
            list.append(read)
        }
        return list
    }
}
