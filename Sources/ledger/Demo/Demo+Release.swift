/// The middle: four stages, two gates, two refusals.
extension Demo {
    private static let waits = "a gate waits for a person"
    private static let refused = "refused, as it must be"

    mutating func buildAndKeep(_ servers: DemoServers) async throws {
        screen.step(
            "The executors go to work",
            "They build wheel and sdist, keep a copy at GitHub Packages, and stop at the first gate.")
        try await run(servers, Expectation(code: .pending, words: ["TestGate"], remark: Self.waits))
    }

    mutating func passTestGate(_ servers: DemoServers) async throws {
        screen.step(
            "carol tries to approve her own tag",
            "She may release, but never what she tagged herself: two people must have looked.")
        try await approve("TestGate", .tagger, Expectation(code: .refused, remark: Self.refused))
        screen.step(
            "alice looks, and approves TestGate with her own key",
            "She sees exactly what she signs: these files, by digest, to this target, under these rules.")
        try await type("ledger gate show \(DemoPackage.tag) TestGate")
        try await approve("TestGate", .first)
        screen.step("TestPyPI gets the files", "The gate is judged from the records, signatures included.")
        try await run(servers, Expectation(code: .pending, words: ["Production"], remark: Self.waits))
    }

    mutating func installTest() async throws {
        screen.step(
            "bob tries to approve Production too early",
            "Nobody has installed it from TestPyPI yet, and the pipeline demands that somebody does.")
        try await approve("Production", .second, Expectation(code: .refused, remark: Self.refused))
        screen.step(
            "tess installs it from TestPyPI and tries it",
            "A fresh environment, pip, exactly the bytes that were built; she signs what she saw.")
        try await type(
            "ledger test-install \(DemoPackage.tag) \(DemoPerson.tester.signing) -- autocli greet Ada",
            Expectation(words: ["passed"]))
    }

    mutating func passProduction(_ servers: DemoServers) async throws {
        screen.step("bob approves Production", "Now the test is there, over the same files.")
        try await approve("Production", .second)
        screen.step("PyPI gets the files", "Byte for byte what was tested.")
        try await run(servers, Expectation(words: ["published everywhere"]))
    }

    private mutating func run(_ servers: DemoServers, _ expected: Expectation) async throws {
        try await type("ledger run", expected, secrets: servers.credentials)
    }

    private mutating func approve(
        _ gate: String, _ person: DemoPerson, _ expected: Expectation = .success
    ) async throws {
        try await type("ledger gate approve \(DemoPackage.tag) \(gate) \(person.signing)", expected)
    }
}
