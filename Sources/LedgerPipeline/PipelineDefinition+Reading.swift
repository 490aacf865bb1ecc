public import LedgerProof

/// What is wrong with a definition: where (the path of member names) and what to do.
public struct DefinitionFault: Error, Hashable, Sendable {
    public let path: [String]
    public let message: String

    public init(_ path: [String], _ message: String) {
        self.path = path
        self.message = message
    }
}

/// Every fault found, in the order of the file.
public struct DefinitionFaults: Error, Hashable, Sendable {
    public let faults: [DefinitionFault]
}

/// How to take what is not known.
public enum DefinitionStrictness: Sendable {
    /// For a file that is to be recorded: anything unknown is a fault.
    case writing
    /// For what is recorded: unknown members of a gate make that gate indeterminate, others are ignored.
    case judging
}

extension PipelineDefinition {
    /// - Throws: ``DefinitionFaults`` with all that is wrong.
    public init(_ json: JSONObject, strictness: DefinitionStrictness) throws(DefinitionFaults) {
        var reader = DefinitionReader(strictness: strictness)
        let definition = reader.definition(json)
        guard reader.faults.isEmpty, let definition else { throw DefinitionFaults(faults: reader.faults) }
        self = definition
    }
}

private struct DefinitionReader {
    let strictness: DefinitionStrictness
    var faults: [DefinitionFault] = []

    mutating func fail(_ path: [String], _ message: String) { faults.append(DefinitionFault(path, message)) }

    mutating func onlyKnown(_ object: JSONObject, _ known: [String], at path: [String]) {
        guard strictness == .writing else { return }
        for name in object.names where !known.contains(name) {
            fail(path + [name], "unknown key '\(name)'. Known here: \(known.joined(separator: ", ")).")
        }
    }

    mutating func string(_ object: JSONObject, _ name: String, at path: [String]) -> String? {
        guard let value = object[name] else {
            fail(path, "'\(name)' is missing.")
            return nil
        }
        guard let text = value.string, !text.isEmpty else {
            fail(path + [name], "'\(name)' must be a text that is not empty.")
            return nil
        }
        return text
    }

    mutating func strings(_ value: JSONValue?, at path: [String]) -> [String]? {
        guard let elements = value?.array else {
            fail(path, "'\(path.last ?? "")' must be a list, for example [a, b].")
            return nil
        }
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count, !texts.contains("") else {
            fail(path, "'\(path.last ?? "")' must be a list of texts that are not empty.")
            return nil
        }
        return texts
    }

    mutating func definition(_ json: JSONObject) -> PipelineDefinition? {
        onlyKnown(json, ["pipeline", "on", "artifact", "stages", "gates", "targets"], at: [])
        let name = string(json, "pipeline", at: [])
        if let name, StreamName.pipeline(name) == nil {
            fail(
                ["pipeline"],
                "'\(name)' is no name for a pipeline: use lower-case letters, digits and single dashes.")
        }
        let artifact = string(json, "artifact", at: [])
        if let artifact, !ArtifactFile.isName(artifact) {
            fail(
                ["artifact"],
                "'\(artifact)' is no name for an artifact: use letters, digits, '.', '_', '+', '-'.")
        }
        let tags = self.tags(json)
        let targets = self.targets(json)
        let gates = self.gates(json)
        let stages = self.stages(json, gates: gates, targets: targets)
        for gate in gates.values.sorted(by: { $0.name < $1.name }) {
            for target in gate.installTests
            where !stages.contains(where: { $0.target == target && $0.executor == .pypi }) {
                fail(
                    ["gates", gate.name, "requires"],
                    "the install test of '\(target)' can never be made: no stage publishes to it with the executor pypi."
                )
            }
            if strictness == .writing, !stages.contains(where: { $0.gate == gate.name }) {
                fail(
                    ["gates", gate.name],
                    "no stage has the gate '\(gate.name)'. Name it in a stage, or remove it.")
            }
        }
        let ordered = inOrder(stages)
        if strictness == .writing, let ordered {
            faults += StageOrderRules(stages: ordered, gates: gates).faults
        }
        guard let name, let artifact, let tags, let ordered, faults.isEmpty else {
            return nil
        }
        return PipelineDefinition(
            name: name, tags: tags, artifact: artifact, stages: ordered, gates: gates, targets: targets,
            json: json)
    }

    private mutating func tags(_ json: JSONObject) -> [String]? {
        guard let on = json["on"]?.object else {
            fail(["on"], "'on' must say which tags start a release, for example {tags: [\"v*\"]}.")
            return nil
        }
        onlyKnown(on, ["tags"], at: ["on"])
        guard let tags = strings(on["tags"], at: ["on", "tags"]) else { return nil }
        if tags.isEmpty { fail(["on", "tags"], "name at least one tag pattern, for example \"v*\".") }
        return tags
    }

    private mutating func targets(_ json: JSONObject) -> [String: Target] {
        var targets: [String: Target] = [:]
        let objects = json["targets"]?.object ?? [:]
        for name in objects.names {
            let path = ["targets", name]
            guard let members = objects[name]?.object else {
                fail(path, "'\(name)' must be a mapping with 'registry', or with 'upload' and 'index'.")
                continue
            }
            onlyKnown(members, ["registry", "upload", "index"], at: path)
            var urls: [String: String] = [:]
            for member in members.names {
                guard let url = string(members, member, at: path) else { continue }
                if strictness == .writing, let reason = TargetURL.fault(url, isRegistry: member == "registry")
                {
                    fail(path + [member], reason)
                }
                urls[member] = url
            }
            if !NameRules.isPlain(name) {
                fail(path, "'\(name)' is no name for a target: use letters, digits, '_', '-'.")
            }
            targets[name] = Target(name: name, urls: urls)
        }
        return targets
    }

    private mutating func gates(_ json: JSONObject) -> [String: PipelineGate] {
        var gates: [String: PipelineGate] = [:]
        let objects = json["gates"]?.object ?? [:]
        for name in objects.names {
            guard let members = objects[name]?.object else {
                fail(
                    ["gates", name],
                    "'\(name)' must be a mapping, for example {approvals: 1, roles: [releaser]}.")
                continue
            }
            if !NameRules.isPlain(name) {
                fail(["gates", name], "'\(name)' is no name for a gate: use letters, digits, '_', '-'.")
            }
            gates[name] = gate(name, members)
        }
        return gates
    }

    private mutating func gate(_ name: String, _ members: JSONObject) -> PipelineGate {
        let path = ["gates", name]
        let known = ["approvals", "roles", "separate", "expires", "requires"]
        onlyKnown(members, known, at: path)
        var unknown = members.names.filter { !known.contains($0) }
        let approvals = members["approvals"]?.integer ?? 0
        if !(1...100).contains(approvals) {
            fail(path + ["approvals"], "'approvals' must be a number from 1 to 100.")
        }
        let roles = strings(members["roles"], at: path + ["roles"]) ?? []
        if roles.isEmpty { fail(path + ["roles"], "name at least one role whose holders may approve.") }
        for role in roles where !NameRules.isPlain(role) {
            fail(path + ["roles"], "'\(role)' is no name for a role: use letters, digits, '_', '-'.")
        }
        var separate: Set<PipelineGate.Separation> = []
        for text in members["separate"].flatMap({ strings($0, at: path + ["separate"]) }) ?? [] {
            if let separation = PipelineGate.Separation(rawValue: text) {
                separate.insert(separation)
            } else if strictness == .writing {
                fail(path + ["separate"], "unknown separation '\(text)'. Known: tagger, tester.")
            } else {
                unknown.append("separate: \(text)")
            }
        }
        var expires: Int64?
        if let value = members["expires"] {
            expires = value.string.flatMap { NameRules.duration($0) }
            if expires == nil {
                fail(
                    path + ["expires"],
                    "'expires' must be a number from 1 on and m, h or d, for example 7d; at most 100 years.")
            }
        }
        let installTests = requirements(members["requires"], at: path + ["requires"], unknown: &unknown)
        return PipelineGate(
            name: name, approvals: Int(approvals), roles: roles, separate: separate, expiresMicros: expires,
            installTests: installTests, unknownMembers: unknown)
    }

    private mutating func requirements(
        _ value: JSONValue?, at path: [String], unknown: inout [String]
    ) -> [String] {
        guard let value else { return [] }
        guard let elements = value.array else {
            fail(path, "'requires' must be a list, for example [{install-test: testpypi}].")
            return []
        }
        var targets: [String] = []
        for element in elements {
            if let members = element.object, members.count == 1, let target = members["install-test"]?.string
            {
                targets.append(target)
            } else if strictness == .writing {
                fail(path, "unknown requirement. Known: {install-test: TARGET}.")
            } else {
                unknown.append("requires")
            }
        }
        return targets
    }

    private mutating func stages(
        _ json: JSONObject, gates: [String: PipelineGate], targets: [String: Target]
    ) -> [PipelineStage] {
        guard let objects = json["stages"]?.object, objects.count > 0 else {
            fail(["stages"], "'stages' must name at least one stage.")
            return []
        }
        return objects.names.compactMap { stage($0, objects, gates: gates, targets: targets) }
    }

    private mutating func stage(
        _ name: String, _ objects: JSONObject, gates: [String: PipelineGate], targets: [String: Target]
    ) -> PipelineStage? {
        let path = ["stages", name]
        guard NameRules.isPlain(name), Actor("executor:\(name)") != nil else {
            fail(path, "'\(name)' is no name for a stage: use letters, digits, '_', '-'.")
            return nil
        }
        guard let members = objects[name]?.object else {
            fail(path, "'\(name)' must be a mapping, for example {executor: pypi, target: pypi}.")
            return nil
        }
        onlyKnown(members, ["executor", "needs", "gate", "target"], at: path)
        guard let kind = string(members, "executor", at: path) else { return nil }
        guard let executor = ExecutorKind(rawValue: kind) else {
            let known = ExecutorKind.allCases.map(\.rawValue).joined(separator: ", ")
            fail(path + ["executor"], "unknown executor '\(kind)'. Known: \(known).")
            return nil
        }
        var needs: [String] = []
        if let value = members["needs"] { needs = strings(value, at: path + ["needs"]) ?? [] }
        let repeated = Set(needs.filter { need in needs.count { $0 == need } > 1 })
        if strictness == .writing, let need = repeated.sorted().first {
            fail(path + ["needs"], "'\(need)' stands there twice. Name it once.")
        }
        for need in needs where objects[need] == nil {
            fail(
                path + ["needs"],
                "it needs the stage '\(need)', which does not exist. Stages: \(objects.names.joined(separator: ", "))."
            )
        }
        var gate: String?
        if members["gate"] != nil { gate = string(members, "gate", at: path) }
        if let gate, gates[gate] == nil {
            fail(
                path + ["gate"], "the gate '\(gate)' does not exist. Add it under 'gates', or remove it here."
            )
        }
        let target = self.target(members, executor: executor, targets: targets, at: path)
        return PipelineStage(name: name, executor: executor, needs: needs, gate: gate, target: target)
    }

    private mutating func target(
        _ members: JSONObject, executor: ExecutorKind, targets: [String: Target], at path: [String]
    ) -> String? {
        guard executor != .pythonBuild else {
            if members["target"] != nil { fail(path + ["target"], "a build has no target; remove it.") }
            return nil
        }
        guard let name = string(members, "target", at: path) else { return nil }
        guard let target = targets[name] else {
            fail(path + ["target"], "the target '\(name)' does not exist. Add it under 'targets'.")
            return nil
        }
        let wanted = executor == .oci ? ["registry"] : ["upload", "index"]
        for url in wanted where target.urls[url] == nil {
            fail(["targets", name], "'\(url)' is missing; the executor \(executor.rawValue) needs it.")
        }
        return name
    }

    /// Each stage after those it needs; among equals by name.
    private mutating func inOrder(_ stages: [PipelineStage]) -> [PipelineStage]? {
        var (ordered, waiting) = ([PipelineStage](), stages.sorted { $0.name < $1.name })
        while let next = waiting.firstIndex(where: { stage in
            stage.needs.allSatisfy { need in ordered.contains { $0.name == need } }
        }) {
            ordered.append(waiting.remove(at: next))
        }
        guard waiting.isEmpty else {
            let names = waiting.map(\.name).joined(separator: ", ")
            if faults.isEmpty {
                fail(
                    ["stages", waiting[0].name, "needs"],
                    "these stages wait for each other: \(names). Break the cycle.")
            }
            return nil
        }
        return ordered
    }
}
