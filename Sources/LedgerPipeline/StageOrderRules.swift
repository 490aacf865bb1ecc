/// What no release could ever do, because of the order of its stages. Asked when a definition is written, not
/// when it is judged: what was recorded stays what it is.
///
/// - Precondition: the stages are in an order in which each comes after those it needs.
struct StageOrderRules {
    let stages: [PipelineStage]
    let gates: [String: PipelineGate]

    var faults: [DefinitionFault] {
        let before = earlier()
        return stages.flatMap { [withoutBuild($0, before), withoutTest($0, before)].compactMap { $0 } }
    }

    /// Every stage that comes before another one, however many lie between them.
    private func earlier() -> [String: Set<String>] {
        stages.reduce(into: [:]) { known, stage in
            known[stage.name] = stage.needs.reduce(into: []) { all, need in
                all.insert(need)
                all.formUnion(known[need] ?? [])
            }
        }
    }

    private func withoutBuild(_ stage: PipelineStage, _ before: [String: Set<String>]) -> DefinitionFault? {
        let builds = stages.filter { $0.executor == .pythonBuild }.map(\.name)
        guard stage.executor != .pythonBuild, before[stage.name]?.isDisjoint(with: builds) ?? true else {
            return nil
        }
        return DefinitionFault(
            ["stages", stage.name],
            "'\(stage.name)' publishes what no stage before it has built. "
                + (builds.first.map { "Add '\($0)' to its 'needs'." }
                    ?? "Add a stage with the executor python-build, and name it in 'needs'."))
    }

    /// A gate that asks for an install test which can only be made after its stage was let through.
    private func withoutTest(_ stage: PipelineStage, _ before: [String: Set<String>]) -> DefinitionFault? {
        guard let name = stage.gate, let gate = gates[name] else { return nil }
        for target in gate.installTests {
            let publishers = stages.filter { $0.target == target && $0.executor == .pypi }
            let isPossible = publishers.contains { publisher in
                publisher.name != stage.name && before[publisher.name]?.contains(stage.name) == false
            }
            guard !isPossible, let publisher = publishers.first else { continue }
            let cause =
                publisher.name == stage.name
                ? "'\(stage.name)' itself publishes there" : "'\(publisher.name)', after it, publishes there"
            return DefinitionFault(
                ["gates", name, "requires"],
                "the gate '\(name)' of '\(stage.name)' could never be passed: it asks for an install test of "
                    + "'\(target)', and only \(cause). Ask for the test of a target before it.")
        }
        return nil
    }
}
