import LedgerPipeline
import LedgerProof
import Testing

@testable import LedgerRuntime

/// Against a real `docker-registry`.
@Suite struct OCITests {
    struct Depot {
        let bench: Workbench
        let registry: LocalServer

        init(_ name: String) async throws {
            bench = try Workbench(name)
            registry = try await bench.servers.startRegistry(in: bench.folder + "/registry")
        }

        func publish(_ built: BuiltFiles, isTakeover: Bool = false) async throws -> StageReport {
            let target = Target(
                name: "github-packages", urls: ["registry": "\(registry.url)Octo-Org/ledger-sample"])
            let order = try bench.order(
                .oci, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
                target: target, files: built.files, isTakeover: isTakeover)
            return await OCIExecutor(host: bench.host, patience: .hasty).execute(
                EffectPermit(order: order, epoch: 1), in: try bench.workspace(input: built.places))
        }

        func end() async {
            await registry.stop()
            bench.remove()
        }
    }

    @Test func eachFileIsReadBackAndASecondTimePushesNothing() async throws {
        let built = try await BuiltFiles.sample.value
        let depot = try await Depot("oci")

        let first = try await depot.publish(built)
        let pushes = depot.registry.log.split(separator: "\n").count { $0.contains("\"PUT ") }
        let second = try await depot.publish(built)

        guard case .published(let url, built.files, .uploaded) = first.outcome else {
            Issue.record("\(first.outcome) \(String(decoding: first.log, as: UTF8.self))")
            return
        }
        #expect(url.hasPrefix("\(depot.registry.hostAndPort)/octo-org/ledger-sample:1.0.0@sha256:"))
        #expect(second.outcome == .published(url: url, observed: built.files, how: .alreadyPresent))
        #expect(pushes == 4)
        #expect(depot.registry.log.split(separator: "\n").count { $0.contains("\"PUT ") } == pushes)
        await depot.end()
    }

    @Test func aTagThatNamesAnotherManifestIsAConflictAndStaysAsItIs() async throws {
        let depot = try await Depot("oci-conflict")
        let other = try await BuiltFiles.other.value
        let before = try await depot.publish(other)

        let report = try await depot.publish(try await BuiltFiles.sample.value)

        guard case .conflicted(_, other.files, let reason) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect(reason.contains("github-packages: it serves") || reason.contains("names manifest sha256:"))
        let after = try await depot.publish(other)
        guard case .published(let first, _, .uploaded) = before.outcome else {
            Issue.record("\(before.outcome)")
            return
        }
        #expect(after.outcome == .published(url: first, observed: other.files, how: .alreadyPresent))
        await depot.end()
    }
}

@Suite struct OCIManifestTests {
    @Test func theBytesAreThoseOfTheGoldenManifest() throws {
        let wheel = try #require(
            Hash(hex: "57169d2d1ffd362c926cb6026617ca238b1223e8a2ad7ed9af2a295936861325"))
        let sdist = try #require(
            Hash(hex: "a839c39c7be50ca8f1ab9dc28f57762440807a5720205dc22ecca1186cc24edb"))
        let order = StageOrder(
            release: try #require(ReleaseID(project: "autocli", tag: "v0.1.0")), version: "0.1.0",
            commit: "8c55490f1b2c4d5e6f708192a3b4c5d6e7f80912",
            repository: "https://github.com/octo-org/autocli", stage: "deploy_github_packages", attempt: 1,
            executor: .oci, target: nil,
            files: [
                try #require(ArtifactFile(name: "autocli-0.1.0.tar.gz", digest: sdist, size: 346)),
                try #require(
                    ArtifactFile(name: "autocli-0.1.0-py3-none-any.whl", digest: wheel, size: 1103)),
            ], isTakeover: false, cause: LogIndex(1), sourceDate: 1_763_593_679)

        let manifest = OCIManifest(order: order)

        #expect(manifest.bytes.count == 1004)
        #expect(
            manifest.digest.hex == "285972c9681e2c107899ddb71ffe440d6a0258ebc9ab5ce45be98584a719e585")
    }

    @Test(arguments: [
        ("ghcr.io/Owner/Project", "ghcr.io", "owner/project"),
        ("http://127.0.0.1:5000/a/b_c__d.e--f", "127.0.0.1:5000", "a/b_c__d.e--f"),
    ])
    func aPlaceIsReadAndLowered(text: String, host: String, name: String) throws {
        let place = try OCIRepository(text)

        #expect(place.host == host)
        #expect(place.name == name)
    }

    @Test(arguments: [
        "ghcr.io", "ghcr.io/", "ghcr.io/a//b", "ghcr.io/a/../b", "ghcr.io/a_-b", "ghcr.io/-a", "ghcr.io/a.",
        "http://example.org/a/b", "ghcr.io/ä", "user@ghcr.io/a/b",
    ])
    func aPlaceThatIsNoneIsRefused(text: String) {
        #expect(throws: RuntimeFault.self) { try OCIRepository(text) }
    }

    @Test(arguments: ["1.0+local", "1!2.0", "", "-1", String(repeating: "1", count: 129)])
    func aVersionThatCannotBeATagIsRefused(version: String) {
        #expect(!OCIRepository.isTag(version))
    }

    @Test func aChallengeIsReadInAnyOrder() {
        let found = OCIRegistry.parameters(
            of: #"Bearer scope="repository:o/n:pull,push",realm="https://ghcr.io/token", service=ghcr.io"#)

        #expect(
            found == [
                "scope": "repository:o/n:pull,push", "realm": "https://ghcr.io/token", "service": "ghcr.io",
            ])
    }
}
