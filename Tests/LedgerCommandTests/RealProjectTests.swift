import Foundation
import Testing

/// Real projects, fetched from PyPI as people publish them, released to the local servers through all stages.
@Suite(.serialized)
struct RealProjectTests {
    struct Project: Sendable, CustomTestStringConvertible {
        let name: String
        let version: String
        let backend: String
        var testDescription: String { "\(name) (\(backend))" }
    }

    /// PyPI itself, where the dependencies are.
    private static let pypi = "https://pypi.org/simple/"

    static let projects = [
        Project(name: "sampleproject", version: "4.0.0", backend: "setuptools"),
        Project(name: "filelock", version: "3.16.1", backend: "hatchling"),
        Project(name: "tomli", version: "2.0.1", backend: "flit"),
        // Its version comes from the tag, through git.
        Project(name: "pluggy", version: "1.5.0", backend: "setuptools-scm"),
    ]

    @Test(arguments: projects) func aRealProjectGoesThroughAllStages(_ project: Project) async throws {
        let world = try await CommandWorld(project.name, project: project.name)
        try fetch(project, world)
        let tag = "v\(project.version)"
        try world.commit(tag: tag)
        try world.initialise()

        try world.ledger(as: "carol", "release", "start", tag, "--repo", "repo").expect(0)
        try world.ledger("run").expect(4, saying: "TestGate")
        try world.ledger(as: "alice", "gate", "approve", tag, "TestGate").expect(0)
        try world.ledger("run").expect(4, saying: "Production")
        try world.ledger(
            as: "tess", "test-install", tag, "--dependency-index", Self.pypi
        ).expect(0)
        try world.ledger(as: "bob", "gate", "approve", tag, "Production").expect(0)
        try world.ledger("run").expect(0, saying: "published everywhere")
        try world.ledger("verify", "--gates").expect(0)

        #expect(world.uploads(world.index) == 2)
        await world.end()
    }

    /// Unpacks the project's sdist into the repository. No PyPI: the test fails and says so.
    private func fetch(_ project: Project, _ world: CommandWorld) throws {
        let requirement = "\(project.name)==\(project.version)"
        let fetched = try Shell.run(
            "/usr/bin/env",
            [
                "python3", "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", "sdist",
                requirement,
            ],
            in: world.folder)
        try #require(fetched.code == 0, "PyPI is needed for this test: \(fetched)")
        try Shell.run(
            "/bin/sh", ["-c", "tar -xzf sdist/*.tar.gz --strip-components=1 -C repo && rm -f repo/PKG-INFO"],
            in: world.folder
        ).expect(0)
    }
}
