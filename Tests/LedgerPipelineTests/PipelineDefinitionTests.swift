import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

/// The pipeline file: what is accepted, and that each fault is told where it is and with its remedy.
struct PipelineDefinitionTests {
    private static let good: JSONObject = {
        guard let world = try? ReleaseWorld() else { preconditionFailure("the world's own pipeline is good") }
        return world.definition.json
    }()

    @Test func theStagesComeInTheOrderOfTheirNeeds() throws {
        let definition = try PipelineDefinition(Self.good, strictness: .writing)

        #expect(
            definition.stages.map(\.name) == [
                "build", "deploy_github_packages", "deploy_pypi_test", "deploy_pypi_prod",
            ])
    }

    @Test func theDigestIsThatOfTheCanonicalForm() throws {
        let definition = try PipelineDefinition(Self.good, strictness: .writing)

        #expect(definition.digest == Hash.sha256(Self.good.canonicalBytes))
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let path: [String]
        let words: String
        let edit: @Sendable (inout JSONObject) -> Void
        var testDescription: String { "\(path.joined(separator: ".")): \(words)" }

        /// Replaces one member, deep inside.
        init(_ path: [String], _ value: JSONValue?, at place: [String]? = nil, says words: String) {
            self.path = place ?? path
            self.words = words
            edit = { object in object = Fault.replacing(path[...], in: object, with: value) }
        }

        private static func replacing(
            _ path: ArraySlice<String>, in object: JSONObject, with value: JSONValue?
        ) -> JSONObject {
            var copy = object
            let name = path.first!
            copy[name] =
                path.count == 1
                ? value : .object(replacing(path.dropFirst(), in: object[name]?.object ?? [:], with: value))
            return copy
        }
    }

    static let faults: [Fault] = [
        Fault(["colour"], "blue", says: "unknown key 'colour'"),
        Fault(["stages", "build", "speed"], 1, says: "unknown key 'speed'"),
        Fault(["gates", "TestGate", "freeze"], true, says: "unknown key 'freeze'"),
        Fault(["pipeline"], "Python Package", says: "no name for a pipeline"),
        Fault(["pipeline"], nil, at: [], says: "'pipeline' is missing"),
        Fault(["on", "tags"], [], says: "at least one tag pattern"),
        Fault(["on"], "v*", says: "which tags"),
        Fault(["stages"], [:], says: "at least one stage"),
        Fault(["stages", "build", "needs"], ["deploy_pypi_prod"], says: "wait for each other"),
        Fault(["stages", "deploy_pypi_test", "needs"], ["nowhere"], says: "does not exist"),
        Fault(["stages", "deploy_pypi_test", "gate"], "Nowhere", says: "the gate 'Nowhere' does not exist"),
        Fault(["stages", "deploy_pypi_test", "executor"], "npm", says: "unknown executor 'npm'"),
        Fault(["stages", "deploy_pypi_test", "target"], "npm", says: "the target 'npm' does not exist"),
        Fault(["stages", "build", "target"], "pypi", says: "a build has no target"),
        Fault(["stages", "../x"], ["executor": "python-build"], says: "no name for a stage"),
        Fault(["gates", "$(id)"], ["approvals": 1, "roles": ["releaser"]], says: "no name for a gate"),
        Fault(["gates", "Unused"], ["approvals": 1, "roles": ["releaser"]], says: "no stage has the gate"),
        Fault(["gates", "TestGate", "approvals"], 0, says: "from 1 to 100"),
        Fault(["gates", "TestGate", "roles"], [], says: "at least one role"),
        Fault(["gates", "TestGate", "separate"], ["committer"], says: "unknown separation"),
        Fault(["gates", "TestGate", "expires"], "1 week", says: "for example 7d"),
        Fault(["gates", "TestGate", "expires"], "0d", says: "for example 7d"),
        Fault(["gates", "Production", "requires"], [["install-test": "npm"]], says: "can never be made"),
        Fault(["gates", "Production", "requires"], [["scan": "npm"]], says: "unknown requirement"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io/OWNER/autocli", says: "placeholder"),
        Fault(["targets", "github-packages", "registry"], "https://ghcr.io/a/b", says: "without https://"),
        Fault(["targets", "pypi", "upload"], "http://pypi.example/legacy/", says: "plain HTTP"),
        Fault(["targets", "pypi", "upload"], "ftp://pypi.example/", says: "https://"),
        Fault(["targets", "pypi", "upload"], "https://user:secret@pypi.example/", says: "no credentials"),
        Fault(["targets", "pypi", "upload"], "<the upload URL>", says: "not a plain URL"),
        Fault(["targets", "pypi", "upload"], "https://pypi.example:0/", says: "from 1 to 65535"),
        Fault(["targets", "pypi", "upload"], "https://pypi.example:65536/", says: "from 1 to 65535"),
        Fault(["targets", "pypi", "upload"], "https://pypi.example:/", says: "from 1 to 65535"),
        Fault(["targets", "pypi", "upload"], "https://pypi.example:8x/", says: "from 1 to 65535"),
        Fault(["targets", "pypi", "index"], "https://[::1/", says: "names no host"),
        Fault(["targets", "pypi", "index"], "https://a..example/", says: "names no host"),
        Fault(["targets", "pypi", "index"], "https://-a.example/", says: "names no host"),
        Fault(["targets", "pypi", "index"], "https://1.2.3.999/", says: "names no host"),
        Fault(["targets", "pypi", "index"], "https://$(id).example/", says: "names no host"),
        Fault(["targets", "pypi", "index"], "https://pypi.example/$(id)", says: "no address needs"),
        Fault(["targets", "pypi", "index"], "https://pypi.example/`id`", says: "no address needs"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io/$(id)/autocli", says: "ghcr.io/owner"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io//autocli", says: "ghcr.io/owner"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io/a/b:1", says: "ghcr.io/owner"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io", says: "ghcr.io/owner"),
        Fault(["targets", "github-packages", "registry"], "ghcr.io:99999/a/b", says: "from 1 to 65535"),
        Fault(["targets", "github-packages", "registry"], "gh_cr.io/a/b", says: "names no host"),
        Fault(
            ["gates", "Production", "requires"], [["install-test": "pypi"]],
            says: "'deploy_pypi_prod' itself publishes there"),
        Fault(
            ["gates", "TestGate", "requires"], [["install-test": "pypi"]],
            says: "'deploy_pypi_prod', after it, publishes there"),
        Fault(
            ["stages", "deploy_github_packages", "needs"], [], at: ["stages", "deploy_github_packages"],
            says: "no stage before it has built"),
        Fault(["stages", "deploy_pypi_test", "needs"], ["build", "build"], says: "stands there twice"),
        Fault(["targets", "pypi", "index"], nil, at: ["targets", "pypi"], says: "'index' is missing"),
    ]

    @Test(arguments: faults) func aFaultIsToldWhereItIsAndWhatToDo(_ fault: Fault) throws {
        var json = Self.good
        fault.edit(&json)

        let error = #expect(throws: DefinitionFaults.self) {
            try PipelineDefinition(json, strictness: .writing)
        }

        let found = try #require(error).faults
        #expect(found.contains { $0.path == fault.path && $0.message.contains(fault.words) }, "\(found)")
    }

    @Test func plainHTTPToThisMachineIsAllowed() throws {
        for host in ["127.0.0.1:8080", "localhost", "[::1]:99", "127.9.9.9"] {
            var json = Self.good
            Fault(["targets", "pypi", "upload"], .string("http://\(host)/"), says: "").edit(&json)

            #expect(throws: Never.self) { try PipelineDefinition(json, strictness: .writing) }
        }
    }

    @Test(arguments: [
        "ghcr.io/Example/autocli", "registry.example.com:5000/a/b.c_d-e/f", "localhost:5000/a", "127.0.0.1/a",
    ])
    func placesInRegistriesAreTaken(registry: String) throws {
        var json = Self.good
        Fault(["targets", "github-packages", "registry"], .string(registry), says: "").edit(&json)

        #expect(throws: Never.self) { try PipelineDefinition(json, strictness: .writing) }
    }

    /// What is recorded stays what it is, also where it could not be written now.
    @Test func whatIsRecordedIsReadByTheOldRules() throws {
        for edit in [
            Fault(["gates", "Production", "requires"], [["install-test": "pypi"]], says: ""),
            Fault(["targets", "pypi", "index"], "https://$(id).example:0/", says: ""),
            Fault(["stages", "deploy_github_packages", "needs"], [], says: ""),
        ] {
            var json = Self.good
            edit.edit(&json)

            #expect(throws: Never.self) { try PipelineDefinition(json, strictness: .judging) }
        }
    }

    /// Beside each other, the one may well come before the other.
    @Test func aTestOfATargetThatIsPublishedBesideIsPossible() throws {
        var json = Self.good
        Fault(["stages", "deploy_pypi_prod", "needs"], ["build"], says: "").edit(&json)

        #expect(throws: Never.self) { try PipelineDefinition(json, strictness: .writing) }
    }

    @Test func aRecordedGateWithSomethingUnknownIsKeptAsUnknown() throws {
        var json = Self.good
        Fault(["gates", "TestGate", "freeze"], true, says: "").edit(&json)

        let definition = try PipelineDefinition(json, strictness: .judging)

        #expect(definition.gates["TestGate"]?.unknownMembers == ["freeze"])
        #expect(definition.gates["Production"]?.unknownMembers == [])
    }

    @Test(arguments: [
        ("v*", "v1.0", true), ("v*", "v", true), ("v*", "1.0", false), ("*", "x", true),
        ("v*.0", "v1.0", true),
        ("v*.0", "v1.1", false), ("v*a*b", "vXaYb", true), ("v*a*b", "vXbYa", false), ("v?", "v1", false),
        ("v[0-9]", "v1", false), ("v1", "v1", true), ("**", "x", true), ("", "", true), ("v*", "av1", false),
    ])
    func aStarMatchesAnyRunAndNothingElseIsSpecial(_ pattern: String, _ tag: String, _ isMatch: Bool) throws {
        var json = Self.good
        json["on"] = ["tags": [.string(pattern)]]

        let definition = try? PipelineDefinition(json, strictness: .judging)

        #expect((definition?.matches(tag: tag) ?? pattern.isEmpty) == isMatch)
    }
}
