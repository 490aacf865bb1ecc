import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// `ledger init`: a new ledger with its key, its first admin and its pipeline.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a new ledger: its key, its first admin, its pipeline.",
        discussion: """
            Example:
              ledger init --project autocli --origin example.com/autocli \\
                --owner alice --key ~/.ssh/id_ed25519

            The owner becomes the first admin: the first three records of the roster enrol the person, the \
            key and the role, each signed with that key. Keep the fingerprint that is printed: with the \
            origin and the log's key it is what an auditor gets from you.

            The log's private key is made here, in keys/log.key, unless it lies elsewhere:
              ledger init … --log-key log.pub.pem --signer 'ssh vault sign-checkpoint'
            The command gets the text of a checkpoint on its standard input, and writes the 64 bytes of an \
            Ed25519 signature over it, in base64.
            """)

    @Option(help: "The Python project whose releases are recorded here, as PyPI names it.")
    var project: String

    @Option(
        help:
            "The log's name for the world: a host and a path that are yours, for example example.com/autocli."
    )
    var origin: String

    @Option(help: "The first admin: a short name in lower case.")
    var owner: String

    @Option(help: "The first admin's SSH key: private, or a .pub whose key the SSH agent holds.")
    var key: String

    @Option(
        help:
            "The pipeline file. Default: the built-in pipeline, for the GitHub owner given by --github-owner."
    )
    var pipeline: String?

    @Option(help: "Owner of the repository on GitHub, for the built-in pipeline. Default: the owner.")
    var githubOwner: String?

    @Option(
        help:
            "The log's public key, where the private one is elsewhere: PEM, or NAME+HASH+BASE64. With --signer."
    )
    var logKey: String?

    @Option(help: "The command that signs checkpoints with the private key of --log-key.")
    var signer: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard let project = ProjectName.normalized(project) else {
            throw UsageFault(
                "'\(Terminal.safe(self.project))' is no name of a Python project: use letters, digits, '.', '_' and '-'."
            )
        }
        guard let origin = Origin(origin) else {
            throw UsageFault(
                "'\(Terminal.safe(self.origin))' is no origin: write a host in lower case and a path, for example example.com/\(project)."
            )
        }
        guard NameRules.isPerson(owner) else {
            throw UsageFault(
                "'\(Terminal.safe(owner))' is no name for a person: use lower-case letters, digits, '.', '_' and '-'."
            )
        }
        let definition = try definition(project)
        let elsewhere = try LogKeyElsewhere(key: logKey, command: signer, origin: origin)
        let owner = SSHKeygenSigner(person: owner, keyFile: key, environment: Terminal.environment)
        let publicKey = try await SSHKeygen(environment: Terminal.environment).publicKey(of: key)
        let target = try LedgerFolder.forNew(global.folder)
        let fingerprint = try await LedgerMaker(
            project: project, origin: origin, signer: owner, publicKey: publicKey, definition: definition,
            elsewhere: elsewhere
        ).make(at: target)
        let session = try Session.openToRead(target)
        for text in try await session.handler.look({ GatePeople.unpassable(definition, $0) }) {
            Terminal.note("warning: \(text)")
        }
        report(target, project, origin, definition, publicKey, logKey: fingerprint)
    }

    private func definition(_ project: String) throws -> PipelineDefinition {
        if let pipeline { return try YAMLFile.read(pipeline).pipeline() }
        let text = BuiltInPipeline.text(owner: (githubOwner ?? owner).lowercased(), project: project)
        return try YAMLFile(text, path: "built-in pipeline").pipeline()
    }

    private func report(
        _ folder: LedgerFolder, _ project: String, _ origin: Origin, _ definition: PipelineDefinition,
        _ key: SSHPublicKey, logKey: String
    ) {
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "admin": .string(owner), "fingerprint": .string(key.fingerprint),
                    "ledger": .string(folder.path),
                    "logKey": .string(logKey), "origin": .string(origin.text),
                    "pipeline": .string(definition.name),
                    "policy": .string(Digest.text(definition.digest)), "project": .string(project),
                ]))
        } else {
            Terminal.result(
                Terminal.table([
                    ["ledger", folder.path], ["project", project], ["origin", origin.text],
                    ["log key", logKey],
                    ["first admin", "\(owner)  \(key.fingerprint)"],
                    ["pipeline", "\(definition.name)  \(Digest.text(definition.digest))"],
                ]))
            Terminal.note(
                "Next: ledger person enroll NAME --public-key FILE.pub --role releaser --as \(owner) --key \(self.key)"
            )
        }
    }
}

/// Makes a ledger whole, under another name, and only then gives it its own: a crash leaves no half of one.
struct LedgerMaker {
    let project: String
    let origin: Origin
    let signer: SSHKeygenSigner
    let publicKey: SSHPublicKey
    let definition: PipelineDefinition
    /// Nil where the log's key is made here.
    let elsewhere: LogKeyElsewhere?

    /// - Returns: the log's verifier key.
    /// - Throws: ``Ending`` if there is one already.
    func make(at target: LedgerFolder) async throws -> String {
        try target.checkIsNew()
        let draft = Draft(of: target.path)
        do {
            let key = try await fill(LedgerFolder(path: draft.path))
            try draft.publish()
            return key
        } catch {
            draft.discard()
            throw error
        }
    }

    private func fill(_ folder: LedgerFolder) async throws -> String {
        let config = LedgerConfig(project: project, signer: elsewhere?.command)
        try folder.furnish(config)
        let key = try elsewhere?.key.text ?? makeKey(folder)
        let log = try SQLiteLog.create(at: folder.database, origin: origin, clock: Session.clock)
        let session = Session(folder: folder, log: log, config: config, output: .table)
        let opened = Act(
            .ledger, "ledger.opened",
            ["format": 1, "key": .string(key), "origin": .string(origin.text), "project": .string(project)])
        _ = try await session.handler.append(opened, actor: Actor.ledger.text, cause: nil) { _ in }
        try await bootstrap(session)
        _ = try await session.handler.perform(.define(definition), by: signer)
        await session.close()
        return key
    }

    private func makeKey(_ folder: LedgerFolder) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let signer = NoteSigner.make(for: origin, using: &generator)
        try LogKey.write(signer, to: folder.logKey)
        return signer.verifierKey.text
    }

    /// The first three acts of the roster, signed with the key that they enrol.
    private func bootstrap(_ session: Session) async throws {
        let acts: [Act] = [
            .enrol(person: signer.person, kind: .human, accounts: [], profile: nil),
            .enrol(key: publicKey, of: signer.person, reason: "first key"),
            .grant(role: "admin", to: signer.person),
        ]
        for act in acts { _ = try await session.handler.perform(act, by: signer) }
    }
}
