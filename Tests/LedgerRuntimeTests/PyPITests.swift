import LedgerPipeline
import Testing

@testable import LedgerRuntime

/// Against a real `pypiserver` and the real `twine`.
@Suite struct PyPITests {
    static let token = "pypi-AgEIcHlwaS5vcmc-secret+/token"

    /// An index with a password, and what it takes to publish there.
    struct Shop {
        let bench: Workbench
        let index: LocalServer

        init(_ name: String, token: String? = PyPITests.token, variables: [String: String] = [:]) async throws
        {
            bench = try Workbench(
                name,
                variables: ["LEDGER_TESTPYPI_TOKEN": PyPITests.token].merging(variables) { _, new in new })
            index = try await bench.servers.startPackageIndex(in: bench.folder + "/index", token: token)
        }

        var target: Target {
            Target(name: "testpypi", urls: ["upload": index.url, "index": index.url + "simple/"])
        }

        func publish(
            _ built: BuiltFiles, to target: Target? = nil, isTakeover: Bool = false, attempt: Int = 1,
            host: HostEnvironment? = nil
        ) async throws -> StageReport {
            let order = try bench.order(
                .pypi, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
                target: target ?? self.target, files: built.files, isTakeover: isTakeover, attempt: attempt)
            return await PyPIExecutor(host: host ?? bench.host, patience: .hasty).execute(
                EffectPermit(order: order, epoch: 1), in: try bench.workspace(input: built.places))
        }

        /// Uploads that the index was asked for, whatever it said.
        var uploads: Int { index.log.split(separator: "\n").count { $0.contains("\"POST ") } }

        func end() async {
            await index.stop()
            bench.remove()
        }
    }

    @Test func whatIsPublishedIsWhatTheIndexServesAndASecondTimeUploadsNothing() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("publish")

        let first = try await shop.publish(built)
        let uploads = shop.uploads
        let second = try await shop.publish(built)

        let page = shop.index.url + "simple/ledger-sample/"
        #expect(first.outcome == .published(url: page, observed: built.files, how: .uploaded))
        #expect(uploads == 2)
        #expect(second.outcome == .published(url: page, observed: built.files, how: .alreadyPresent))
        #expect(shop.uploads == 2)
        await shop.end()
    }

    @Test func otherBytesUnderTheSameVersionAreAConflict() async throws {
        let shop = try await Shop("conflict")
        let other = try await BuiltFiles.other.value
        _ = try await shop.publish(other)

        let report = try await shop.publish(try await BuiltFiles.sample.value)

        guard case .conflicted(_, let observed, let reason) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect(observed == other.files)
        #expect(reason.contains("ledger_sample-1.0.0"))
        #expect(shop.uploads == 2)
        await shop.end()
    }

    @Test func aWrongTokenFailsAndSaysWhichVariableToSet() async throws {
        let shop = try await Shop("token", variables: ["LEDGER_TESTPYPI_TOKEN": "wrong-wrong"])

        let report = try await shop.publish(try await BuiltFiles.sample.value)

        guard case .failed(let reason) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect(reason.contains("refused the credentials"))
        #expect(reason.contains("LEDGER_TESTPYPI_TOKEN"))
        await shop.end()
    }
}

extension PublishPatience {
    static let hasty = PublishPatience(
        visibleWithin: .seconds(5), settle: .milliseconds(300), firstDelay: .milliseconds(100),
        largestDelay: .milliseconds(200))
}
