import LedgerPipeline
import LedgerProof
import LedgerTesting

/// A bundle of a release that went some way or other, for two verifiers to agree about.
enum RandomBundle {
    /// - Parameter isDamaged: whether something is wrong: a rule broken, or a file changed or lost.
    static func make(
        isDamaged: Bool, using random: inout SeededGenerator, _ name: String
    ) throws -> BundleInMemory {
        var turns = twists.filter { _ in random.oneIn(6) }
        let (breaksRule, isMutant) = (isDamaged && random.oneIn(3), isDamaged && random.oneIn(2))
        if breaksRule { turns.append(JudgedMutation.all.randomElement(using: &random)!) }
        let bundle = try tell(turns, isMutant: isMutant && !breaksRule, using: &random, name)
        return isDamaged && !breaksRule && !isMutant ? damaged(bundle, using: &random) : bundle
    }

    /// One member of one record, or of one statement, is another.
    static func makeMutant(using random: inout SeededGenerator, _ name: String) throws -> BundleInMemory {
        try tell(twists.filter { _ in random.oneIn(6) }, isMutant: true, using: &random, name)
    }

    private static func tell(
        _ turns: [JudgedMutation], isMutant: Bool, using random: inout SeededGenerator, _ name: String
    ) throws -> BundleInMemory {
        let end = random.oneIn(4) ? Int.random(in: 1..<11, using: &random) : 11
        let point = ReleaseWorld.Point.allCases.randomElement(using: &random)!
        let index = Int.random(in: random.oneIn(3) ? 1..<18 : 18..<48, using: &random)
        var (mutation, isDone) = (MemberMutation(using: random), !isMutant)
        let world = try ReleaseWorld(edit: { json in for turn in turns { turn.definition(&json) } }) {
            guard !isDone, $0 == point, $1 >= index else { return }
            mutation.change(&$2)
            isDone = true
        }
        try world.run(Array(ReleaseWorld.Step.allCases.prefix(end))) { step in
            for turn in turns where try turn.instead(step, world) { return true }
            return false
        }
        if end == 11 { for turn in turns { try turn.after(world) } }
        let scope = random.oneIn(2) ? BundleWriter.Scope.whole(withProofs: false) : .release(world.release)
        let change = isMutant ? ", \(point) from \(index): \(mutation.told)" : ""
        let told = "\(name), \(end) steps, \(scope): \(turns.map(\.name))\(change)"
        return try BundleInMemory(world, scope, name: told)
    }

    /// A bit of a file changed, or the file lost.
    private static func damaged(
        _ bundle: BundleInMemory, using random: inout SeededGenerator
    ) -> BundleInMemory {
        let kinds = [
            BundlePath.records, BundlePath.checkpoint, BundlePath.key, BundlePath.manifest, "evidence/",
            "evidence/", "proofs/", "proofs/seen-",
        ]
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
        before(.publishTest, "withdrawn, and approved by another") { world in
            let index = try world.context().release(world.release)!.reading.decisions.first?.index
            try world.act(
                .withdraw(
                    release: world.release, gate: "TestGate", attempt: 1, approval: index ?? LogIndex(0),
                    by: "owner", reason: "bug"), by: "owner")
            try world.decide("TestGate", by: "bob")
        },
        before(.publishProduction, "bypassed as well") {
            try $0.act(
                .bypass(
                    release: $0.release, gate: "Production", attempt: 1, by: "owner", reason: "CVE",
                    until: Timestamp("2026-11-23T00:00:00.000000Z")!), by: "owner")
        },
        instead(.publishTest, "rejected, and tried again") {
            try $0.decide("TestGate", by: "bob", .reject)
            try $0.retry("deploy_pypi_test", to: 2)
            try $0.open("TestGate", stage: "deploy_pypi_test", attempt: 2)
            try $0.decide("TestGate", by: "alice", attempt: 2)
            try $0.publish("deploy_pypi_test", to: "testpypi", attempt: 2)
        },
        before(.tag, "a profile, erased afterwards") { world in
            let (salt, content) = ([UInt8](repeating: 7, count: 16), Array("{}".utf8))
            try world.act(
                .enrol(person: "zoe", kind: .human, accounts: [], profile: (salt, content)), by: "owner")
            let erased: JSONObject = [
                "authority": "GDPR", "digests": [.string(Digest.text(Hash.sha256(salt + content)))],
                "reason": "asked",
            ]
            try world.act(Act(.ledger, "evidence.erased", erased), by: "owner")
        },
        JudgedMutation(
            name: "two people, neither tagger nor tester", kind: .satisfied, code: "",
            definition: {
                $0["gates"] = ReleaseJudgeTests.gates(
                    $0, ["approvals": 2, "separate": ["tagger", "tester"]])
            }),
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
