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
            Issue.record("\(report.outcome) \(String(decoding: report.log, as: UTF8.self))")
            return
        }
        #expect(files.map(\.name) == ["small_project-1.2.0-py3-none-any.whl", "small_project-1.2.0.tar.gz"])
        #expect(sourceDate == 1_772_366_400)
        #expect(Set(tools.keys) == ["python", "build", "twine", "pip", "flit"])
        for file in files { #expect(try Files.describe(report.output[file.name] ?? "") == file) }
    }
}
