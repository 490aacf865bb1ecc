import LedgerPipeline
import LedgerProof
import Testing

@testable import LedgerRuntime

/// Against a real `pypiserver` and the real `pip`.
@Suite struct InstallTests {
    /// An index that serves given files.
    struct Shelf {
        let bench: Workbench
        let index: LocalServer

        init(_ name: String, serving built: BuiltFiles...) async throws {
            bench = try Workbench(name)
            try Files.makeFolder(bench.folder + "/index/packages")
            for (name, path) in built.flatMap(\.places) {
                _ = try Files.copy(path, to: "\(bench.folder)/index/packages/\(name)")
            }
            index = try await bench.servers.startPackageIndex(in: bench.folder + "/index", token: nil)
        }

        func test(
            _ project: String, files: [ArtifactFile], version: String = "1.0.0", command: [String] = [],
            dependencyIndex: String? = nil
        ) async throws -> InstallTestResult {
            try await InstallTest(host: bench.host).run(
                InstallTestRequest(
                    project: project, version: version, index: index.url + "simple/", files: files,
                    command: command, dependencyIndex: dependencyIndex), in: try bench.workspace())
        }

        func end() async {
            await index.stop()
            bench.remove()
        }
    }

    @Test func aVersionThatInstallsImportsAndRunsPasses() async throws {
        let built = try await BuiltFiles.sample.value
        let shelf = try await Shelf("install", serving: built)

        let result = try await shelf.test("ledger-sample", files: built.files)

        #expect(result.verdict == .passed, "\(result.reason)")
        #expect(result.requirement == "ledger-sample==1.0.0")
        #expect(result.files == built.files.filter { $0.name.hasSuffix(".whl") })
        #expect(String(decoding: result.report, as: UTF8.self).contains("\"install\""))
        #expect(result.commands.count == 3)
        #expect(result.commands[0].contains("--require-hashes"))
        #expect(
            result.commands[1...] == [
                "./venv/bin/python -I -c 'import ledger_sample'", "./venv/bin/ledger-sample --help",
            ])
        #expect(String(decoding: result.transcript, as: UTF8.self).contains("usage: ledger-sample"))
        await shelf.end()
    }

    @Test func aVersionThatCannotBeImportedFails() async throws {
        let built = try await BuiltFiles.broken.value
        let shelf = try await Shelf("install-broken", serving: built)

        let result = try await shelf.test("ledger-broken", files: built.files)

        #expect(result.verdict == .failed)
        #expect(result.reason.contains("import ledger_broken"))
        #expect(result.files.count == 1)
        #expect(String(decoding: result.transcript, as: UTF8.self).contains("it does not work"))
        await shelf.end()
    }

    @Test func otherBytesThanTheBuiltOnesAreRefusedByPip() async throws {
        let shelf = try await Shelf("install-other", serving: try await BuiltFiles.other.value)

        let result = try await shelf.test("ledger-sample", files: try await BuiltFiles.sample.value.files)

        #expect(result.verdict == .failed)
        #expect(result.reason.contains("is not what was built"))
        #expect(result.files.isEmpty)
        await shelf.end()
    }

    @Test func anIndexThatIsDownOrLacksTheVersionGivesNoVerdict() async throws {
        let built = try await BuiltFiles.sample.value
        let shelf = try await Shelf("install-down", serving: built)

        await #expect(throws: RuntimeFault.self) {
            try await shelf.test("ledger-sample", files: built.files, version: "9.9.9")
        }
        await shelf.index.stop()
        await #expect(throws: RuntimeFault.self) {
            try await shelf.test("ledger-sample", files: built.files)
        }
        shelf.bench.remove()
    }

    @Test func aGivenCommandIsRunWithTheEnvironmentFirstOnThePath() async throws {
        let built = try await BuiltFiles.sample.value
        let shelf = try await Shelf("install-command", serving: built)

        let good = try await shelf.test(
            "ledger-sample", files: built.files, command: ["sh", "-c", "ledger-sample && command -v python"])
        let bad = try await shelf.test("ledger-sample", files: built.files, command: ["false"])

        #expect(good.verdict == .passed, "\(good.reason)")
        #expect(String(decoding: good.transcript, as: UTF8.self).contains("/venv/bin/python\n"))
        #expect(bad.verdict == .failed)
        #expect(bad.reason.contains("'false' failed"))
        await shelf.end()
    }

    @Test func dependenciesComeFromTheSameIndexUnlessAnotherIsNamed() async throws {
        let sample = try await BuiltFiles.sample.value
        let dependent = try await BuiltFiles.dependent.value
        let shelf = try await Shelf("install-alone", serving: dependent)
        let both = try await Shelf("install-both", serving: dependent, sample)

        let alone = try await shelf.test("ledger-dependent", files: dependent.files)
        let same = try await both.test("ledger-dependent", files: dependent.files)
        let elsewhere = try await shelf.test(
            "ledger-dependent", files: dependent.files, dependencyIndex: both.index.url + "simple/")

        #expect(alone.verdict == .failed)
        #expect(alone.reason.contains("--dependency-index"))
        #expect(same.verdict == .passed, "\(same.reason)")
        #expect(elsewhere.verdict == .passed, "\(elsewhere.reason)")
        #expect(elsewhere.files == dependent.files.filter { $0.name.hasSuffix(".whl") })
        await shelf.end()
        await both.end()
    }
}
