import Foundation
import LedgerRuntime

/// Who takes part.
struct DemoPerson {
    let name: String
    let role: String
    let what: String

    static let owner = DemoPerson(name: "ida", role: "admin", what: "keeps the roster and the pipeline")
    static let tagger = DemoPerson(name: "carol", role: "releaser", what: "tags v0.1.0")
    static let first = DemoPerson(name: "alice", role: "releaser", what: "decides what goes to TestPyPI")
    static let second = DemoPerson(name: "bob", role: "releaser", what: "decides what goes to PyPI")
    static let tester = DemoPerson(name: "tess", role: "tester", what: "installs and tries it from TestPyPI")

    static let all = [owner, tagger, first, second, tester]

    /// How commands say who signs.
    var signing: String { "--as \(name) --key \(DemoFolder.key(of: name))" }
}

/// The first steps: what is there before anything is released.
extension Demo {
    mutating func setTheStage() async throws {
        screen.step("A package and five people", "A git repository, and an SSH key for each person.")
        for (name, text) in DemoPackage.files {
            try folder.write(text, to: "\(DemoFolder.repository)/\(name)")
        }
        let repository = DemoFolder.repository
        try await quietly("git", "init", "--quiet", "--initial-branch=main", repository)
        try await quietly("git", "-C", repository, "add", "--all")
        try await quietly(
            "git", "-C", repository, "-c", "user.name=Carol", "-c", "user.email=carol@example.org", "-c",
            "commit.gpgSign=false", "commit", "--quiet", "--message", "Greet people")
        for person in DemoPerson.all {
            try await quietly(
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person.name, "-f",
                DemoFolder.key(of: person.name))
        }
        screen.table(
            [["autocli/", "package", "one module, one command, no dependencies"]]
                + DemoPerson.all.map { [$0.name, $0.role, $0.what] })
    }

    mutating func startServers() async throws -> DemoServers {
        screen.step(
            "Three registries",
            "Real ones, on this machine only. (The first time, their Python tools are prepared: a minute.)")
        let servers = try await DemoServers.start(in: folder)
        screen.table([
            ["github-packages", servers.registry.url, "docker-registry, in the role of GitHub Packages"],
            ["testpypi", servers.testIndex.url, "pypiserver, in the role of TestPyPI"],
            ["pypi", servers.index.url, "pypiserver, in the role of PyPI"],
        ])
        return servers
    }

    mutating func openLedger(_ servers: DemoServers) async throws {
        let owner = DemoPerson.owner
        screen.step(
            "ida opens the ledger",
            "The pipeline file says what must happen and who must agree. She signs it with her key.")
        try folder.write(servers.pipeline, to: DemoFolder.pipeline)
        try await type("cat \(DemoFolder.pipeline)")
        let said = try await type(
            "ledger init --project \(DemoPackage.project) --origin demo.example/autocli --owner \(owner.name) "
                + "--key \(DemoFolder.key(of: owner.name)) --pipeline \(DemoFolder.pipeline)")
        // A demo leaves nothing outside of its folder, and the next one finds nothing of this one.
        try folder.write(
            LedgerConfig(project: DemoPackage.project, checkpoints: "../checkpoints").text,
            to: ".ledger/config.yml")
        let row = said.split(separator: "\n").first { $0.hasPrefix("log key ") }
        try folder.write("\(row?.split(separator: " ").last ?? "")\n", to: DemoFolder.logKey)
    }

    mutating func enrolPeople() async throws {
        screen.step("ida enrols the others", "A person is a name, a key and roles; each record is signed.")
        for person in DemoPerson.all.dropFirst() {
            let key = DemoFolder.key(of: person.name) + ".pub"
            try await type(
                "ledger person enroll \(person.name) --public-key \(key) --role \(person.role) "
                    + DemoPerson.owner.signing, showsOutput: false)
        }
        try await type("ledger person list")
    }

    mutating func tagVersion() async throws {
        screen.step(
            "carol tags v0.1.0",
            "She signs that it was her. The rules in force now hold for this release, whatever comes later."
        )
        try await type("git -C \(DemoFolder.repository) tag \(DemoPackage.tag)", showsOutput: false)
        try await type(
            "ledger release start \(DemoPackage.tag) --repo \(DemoFolder.repository) "
                + DemoPerson.tagger.signing)
    }

    /// Furniture: what the person who watches would not type.
    private func quietly(_ words: String...) async throws {
        var environment = Terminal.environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        let result = try await TypedCommand(words, in: folder.path, environment: environment).run()
        guard result.exitCode == 0 else {
            throw Ending(
                .couldNotLook, "ledger: '\(words.joined(separator: " "))' failed.\n\(result.text)")
        }
    }
}
