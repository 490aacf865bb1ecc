import LedgerPipeline
import Testing

@testable import LedgerRuntime

@Suite struct PythonBuildTests {
    @Test func aTaggedCommitBecomesOneWheelAndOneSdist() async throws {
        let bench = try Workbench("build")
        defer { bench.remove() }
        try bench.writeProject("small-project", version: "1.2.0")
        let commit = try await bench.commit(tag: "v1.2.0")

        let report = try await bench.build(project: "small-project", version: "1.2.0", commit: commit)

        guard case .built(let files, let sourceDate, let tools) = report.outcome else {
            Issue.record("\(report.outcome) \(report.text)")
            return
        }
        #expect(files.map(\.name) == ["small_project-1.2.0-py3-none-any.whl", "small_project-1.2.0.tar.gz"])
        #expect(sourceDate == 1_772_366_400)
        #expect(Set(tools.keys) == ["python", "build", "twine", "pip", "flit"])
        for file in files { #expect(try Files.describe(report.output[file.name] ?? "") == file) }
    }

    /// It counts commits since the last tag, so the clone must have history and tags.
    @Test func aVersionThatComesFromTheTagIsFound() async throws {
        let bench = try Workbench("scm")
        defer { bench.remove() }
        try bench.write(
            "pyproject.toml",
            """
            [build-system]
            requires = ["setuptools>=77", "setuptools-scm>=8"]
            build-backend = "setuptools.build_meta"

            [project]
            name = "scm-project"
            dynamic = ["version"]
            readme = "README.md"

            [tool.setuptools_scm]
            """)
        try bench.write("README.md", "# scm-project\n")
        try bench.write("scm_project/__init__.py", "")
        let commit = try await bench.commit(tag: "v2.0.0")
        try bench.write("later.txt", "a commit after the tag")
        try await bench.git("add", "--all")
        try await bench.git("commit", "--quiet", "--message", "Later")

        let report = try await bench.build(project: "scm-project", version: "2.0.0", commit: commit)

        guard case .built(let files, _, let tools) = report.outcome else {
            Issue.record("\(report.outcome) \(report.text)")
            return
        }
        #expect(files.map(\.name) == ["scm_project-2.0.0-py3-none-any.whl", "scm_project-2.0.0.tar.gz"])
        #expect(tools["setuptools"] != nil)
    }

    @Test func aVersionThatIsNotTheTagsFailsAndSaysBoth() async throws {
        let bench = try Workbench("version")
        defer { bench.remove() }
        try bench.writeProject("small-project", version: "1.2.0")
        let commit = try await bench.commit(tag: "v1.3.0")

        let report = try await bench.build(project: "small-project", version: "1.3.0", commit: commit)

        let reason = try #require(report.failure, "\(report.outcome)")
        #expect(reason.contains("says it is version '1.2.0'"))
        #expect(reason.contains("v1.3.0"))
        #expect(report.output.isEmpty)
    }

    @Test func anotherProjectsNameFails() async throws {
        let bench = try Workbench("name")
        defer { bench.remove() }
        try bench.writeProject("other-project", version: "1.0.0")
        let commit = try await bench.commit(tag: "v1.0.0")

        let report = try await bench.build(project: "small-project", version: "1.0.0", commit: commit)

        #expect(report.failure?.contains("says it is project 'other-project'") == true, "\(report.outcome)")
    }

    @Test func aTagThatMovedOrIsMissingFailsBeforeAnythingRuns() async throws {
        let bench = try Workbench("tag")
        defer { bench.remove() }
        try bench.writeBackend("raise SystemExit('the project ran')")
        let commit = try await bench.commit(tag: "v1.0.0")
        try await bench.git("commit", "--quiet", "--allow-empty", "--message", "Later")
        try await bench.git("tag", "--force", "v1.0.0")

        let moved = try await bench.build(project: "made-up", version: "1.0.0", commit: commit)
        try await bench.git("tag", "--delete", "v1.0.0")
        let missing = try await bench.build(project: "made-up", version: "1.0.0", commit: commit)

        #expect(moved.failure?.contains("has moved") == true, "\(moved.outcome)")
        #expect(missing.failure?.contains("has no tag 'v1.0.0'") == true, "\(missing.outcome)")
        #expect(!moved.text.contains("the project ran"))
    }

    @Test func aBuildThatFailsSaysSoAndItsWordsAreInTheLog() async throws {
        let bench = try Workbench("failing")
        defer { bench.remove() }
        try bench.writeBackend("raise SystemExit('no compiler for this')")
        let commit = try await bench.commit(tag: "v1.0.0")

        let report = try await bench.build(project: "made-up", version: "1.0.0", commit: commit)

        #expect(report.failure?.contains("python -m build failed") == true, "\(report.outcome)")
        #expect(report.text.contains("no compiler for this"))
    }

    @Test func aBuildThatMakesNothingFails() async throws {
        let bench = try Workbench("nothing")
        defer { bench.remove() }
        try bench.writeBackend("")
        let commit = try await bench.commit(tag: "v1.0.0")

        let report = try await bench.build(project: "made-up", version: "1.0.0", commit: commit)

        #expect(report.failure != nil, "\(report.outcome)")
        #expect(report.output.isEmpty)
    }

    @Test func aRepositoryThatIsNotThereFails() async throws {
        let bench = try Workbench("gone")
        defer { bench.remove() }
        let commit = String(repeating: "a", count: 40)

        let report = try await bench.build(project: "made-up", version: "1.0.0", commit: commit)

        #expect(report.failure?.contains("could not be cloned") == true, "\(report.outcome)")
    }
}

extension StageReport {
    var text: String { String(decoding: log, as: UTF8.self) }
    var failure: String? { if case .failed(let reason) = outcome { reason } else { nil } }
}

extension Workbench {
    /// A project whose build backend lies in the repository itself; `action` runs where the sdist would be
    /// made.
    func writeBackend(_ action: String) throws {
        try write(
            "pyproject.toml",
            """
            [build-system]
            requires = []
            build-backend = "backend"
            backend-path = ["."]
            """)
        try write(
            "backend.py",
            """
            def build_sdist(sdist_directory, config_settings=None):
                \(action)
                return "made_up-1.0.0.tar.gz"

            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                return "made_up-1.0.0-py3-none-any.whl"
            """)
    }
}
