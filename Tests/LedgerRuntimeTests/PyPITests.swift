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

    @Test func aFileThatIsNotOursIsAConflict() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("extra")
        let wheel = try #require(built.files.first)
        try Files.makeFolder(shop.bench.folder + "/index/packages")
        _ = try Files.copy(
            try #require(built.places[wheel.name]),
            to: shop.bench.folder + "/index/packages/ledger_sample-1.0.0-1-py3-none-any.whl")

        let report = try await shop.publish(built)

        guard case .conflicted(_, let observed, let reason) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect(observed.map(\.name) == ["ledger_sample-1.0.0-1-py3-none-any.whl"])
        #expect(reason.contains("which is not ours"))
        #expect(shop.uploads == 0)
        await shop.end()
    }

    @Test func onlyWhatIsMissingIsUploaded() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("partial")
        let wheel = try #require(built.files.first)
        _ = try Files.copy(
            try #require(built.places[wheel.name]), to: shop.bench.folder + "/index/packages/" + wheel.name)

        let report = try await shop.publish(built, isTakeover: true)

        #expect(
            report.outcome
                == .published(
                    url: shop.index.url + "simple/ledger-sample/", observed: built.files, how: .uploaded))
        #expect(shop.uploads == 1)
        await shop.end()
    }

    @Test func aTakeoverThatFindsEverythingUploadsNothing() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("takeover")
        for file in built.files {
            _ = try Files.copy(
                try #require(built.places[file.name]), to: shop.bench.folder + "/index/packages/" + file.name)
        }

        let report = try await shop.publish(built, isTakeover: true)

        #expect(
            report.outcome
                == .published(
                    url: shop.index.url + "simple/ledger-sample/", observed: built.files, how: .alreadyPresent
                ))
        #expect(shop.uploads == 0)
        await shop.end()
    }

    /// Nothing was uploaded by a first attempt that cannot read the index; after an earlier start nobody
    /// knows.
    @Test func anIndexThatIsDownIsNeverTakenForAnEmptyOne() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("down")
        await shop.index.stop()

        let first = try await shop.publish(built)
        let takeover = try await shop.publish(built, isTakeover: true)
        let second = try await shop.publish(built, attempt: 2)

        #expect(
            first.failure?.contains("could not be read, so nothing was uploaded") == true, "\(first.outcome)")
        for report in [takeover, second] {
            guard case .unknown = report.outcome else {
                Issue.record("\(report.outcome)")
                continue
            }
        }
        shop.bench.remove()
    }

    @Test func anUploadWithoutAnAnswerIsLookedUp() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("lost")
        let nobody = "http://127.0.0.1:\(try Files.freeLoopbackPort())/"

        let report = try await shop.publish(
            built,
            to: Target(name: "testpypi", urls: ["upload": nobody, "index": shop.index.url + "simple/"]))

        #expect(report.failure?.contains("the index does not have it") == true, "\(report.outcome)")
        await shop.end()
    }

    /// Half of a release is at the target: it failed, and the reason says so.
    @Test func aTokenThatIsRefusedAfterAnEarlierAttemptNeverSoundsLikeSuccess() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("half", variables: ["LEDGER_TESTPYPI_TOKEN": "wrong-wrong"])
        let wheel = try #require(built.files.first)
        _ = try Files.copy(
            try #require(built.places[wheel.name]), to: shop.bench.folder + "/index/packages/" + wheel.name)

        let report = try await shop.publish(built, isTakeover: true)

        #expect(report.failure?.contains("refused the credentials") == true, "\(report.outcome)")
        #expect(shop.uploads == 1)
        await shop.end()
    }

    @Test func aTargetElsewhereNeedsCredentialsAndTheVariableIsNamed() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("credentials")
        let target = Target(
            name: "py-pi.2", urls: ["upload": "https://127.0.0.1:9/", "index": shop.index.url + "simple/"])

        let report = try await shop.publish(built, to: target)

        #expect(report.failure?.contains("set LEDGER_PY_PI_2_TOKEN") == true, "\(report.outcome)")
        await shop.end()
    }

    @Test func anIndexOnThisMachineMayBeUsedWithoutATokenOfItsOwn() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("open", token: nil)
        var target = shop.target
        target = Target(name: "demo", urls: target.urls)

        let report = try await shop.publish(built, to: target)

        guard case .published(_, built.files, .uploaded) = report.outcome else {
            Issue.record("\(report.outcome) \(report.text)")
            return
        }
        await shop.end()
    }

    @Test func filesThatChangedSinceTheBuildAreNotHandedOver() async throws {
        let built = try await BuiltFiles.sample.value
        let shop = try await Shop("changed")
        let other = try await BuiltFiles.other.value

        let report = try await shop.publish(BuiltFiles(files: built.files, places: other.places))

        #expect(report.failure?.contains("is not what was built") == true, "\(report.outcome)")
        #expect(shop.uploads == 0)
        await shop.end()
    }

    @Test(arguments: [
        "http://pypi.example/legacy/", "ftp://127.0.0.1/", "https://user:password@pypi.example/",
    ])
    func aTargetThatIsNotSafeIsRefused(upload: String) async throws {
        let bench = try Workbench("unsafe")
        defer { bench.remove() }
        let built = try await BuiltFiles.sample.value
        let order = try bench.order(
            .pypi, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
            target: Target(name: "testpypi", urls: ["upload": upload, "index": upload]), files: built.files)

        let report = await PyPIExecutor(host: bench.host, patience: .hasty).execute(
            EffectPermit(order: order, epoch: 1), in: try bench.workspace(input: built.places))

        #expect(report.failure != nil, "\(report.outcome)")
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
