import LedgerPipeline
import LedgerProof
import LedgerTesting

/// A bundle of a release that went some way or other, for two verifiers to agree about.
enum RandomBundle {
    /// - Parameter isDamaged: whether something is wrong: a rule broken, or a file changed or lost.
    static func make(
        isDamaged: Bool, using random: inout SeededGenerator, _ name: String
    ) throws -> BundleInMemory {
        var turns = twists.filter { _ in random.oneIn(4) }
        let breaksRule = isDamaged && random.oneIn(2)
        if breaksRule { turns.append(JudgedMutation.all.randomElement(using: &random)!) }
        let end = random.oneIn(4) ? Int.random(in: 1..<11, using: &random) : 11
        let world = try ReleaseWorld { json in for turn in turns { turn.definition(&json) } }
        try world.run(Array(ReleaseWorld.Step.allCases.prefix(end))) { step in
            for turn in turns where try turn.instead(step, world) { return true }
            return false
        }
        if end == 11 { for turn in turns { try turn.after(world) } }
        let scope = random.oneIn(2) ? BundleWriter.Scope.whole(withProofs: false) : .release(world.release)
        let told = "\(name), \(end) steps, \(scope): \(turns.map(\.name))"
        let bundle = try BundleInMemory(world, scope, name: told)
        return isDamaged && !breaksRule ? damaged(bundle, using: &random) : bundle
    }

    /// A bit of a file changed, or the file lost.
    private static func damaged(
        _ bundle: BundleInMemory, using random: inout SeededGenerator
    ) -> BundleInMemory {
        let kinds = [BundlePath.records, BundlePath.checkpoint, "evidence/", "evidence/", "proofs/"]
        let kind = kinds.randomElement(using: &random)!
        let paths = bundle.files.keys.filter { $0.hasPrefix(kind) && bundle.files[$0] != [] }.sorted()
        guard let path = paths.randomElement(using: &random) else { return bundle }
        if random.oneIn(3) { return bundle.without(path) }
        let place = Int.random(in: 0..<bundle.files[path]!.count, using: &random)
        return bundle.flipped(path, at: place, bit: UInt8.random(in: 0..<8, using: &random))
    }

    /// What may happen in a good release as well.
    private static let twists: [JudgedMutation] = [
        before(.openTestGate, "a record of no weight") {
            try $0.append($0.release.stream, "note.made", "ledger:self", ["critical": false])
        },
        before(.publishTest, "a second approval") { try $0.decide("TestGate", by: "bob") },
        instead(.approveProduction, "approved by the other") { try $0.decide("Production", by: "alice") },
        instead(.tag, "a tag that nobody signed") { try $0.tag(isSigned: false) },
        instead(.publishProduction, "taken over after a crash") {
            try $0.start("deploy_pypi_prod")
            try $0.start("deploy_pypi_prod", epoch: 2)
            try $0.published("deploy_pypi_prod", to: "pypi") { $0["how"] = "already-present" }
            try $0.succeed("deploy_pypi_prod")
        },
        instead(.backup, "failed and tried again") {
            try $0.start("deploy_github_packages")
            try $0.end("stage.failed", "deploy_github_packages", reason: "no network")
            try $0.retry("deploy_github_packages", to: 2)
            try $0.publish("deploy_github_packages", to: "github-packages", attempt: 2)
        },
        before(.approveProduction, "tested twice") { try $0.test(by: "tess") },
        before(.tag, "another pipeline, for other tags") { world in
            var other = world.definition.json
            other["pipeline"] = "docs"
            other["on"] = ["tags": ["docs-*"]]
            try world.act(.define(PipelineDefinition(other, strictness: .judging)), by: "owner")
        },
        before(.complete, "rejected too late") {
            try $0.decide(
                "Production", by: "alice", .reject,
                predicate: { $0["meaning"] = "I reject publication of exactly these files to pypi." })
        },
        JudgedMutation(
            name: "a role revoked afterwards", kind: .satisfied, code: "",
            after: { try $0.act(.revoke(role: "releaser", of: "bob", from: nil), by: "owner") }),
        JudgedMutation(
            name: "a key revoked afterwards", kind: .satisfied, code: "",
            after: {
                try $0.act(
                    .revoke(key: ReleaseWorld.key("tess"), of: "tess", from: nil, reason: "new"), by: "owner")
            }),
    ]

    private static func before(
        _ step: ReleaseWorld.Step, _ name: String, _ act: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        JudgedMutation(
            name: name, kind: .satisfied, code: "",
            instead: { taken, world in
                if taken == step { try act(world) }
                return false
            })
    }

    private static func instead(
        _ step: ReleaseWorld.Step, _ name: String, _ act: @escaping @Sendable (ReleaseWorld) throws -> Void
    ) -> JudgedMutation {
        JudgedMutation(
            name: name, kind: .satisfied, code: "",
            instead: { taken, world in
                guard taken == step else { return false }
                try act(world)
                return true
            })
    }
}
