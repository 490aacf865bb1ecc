import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

extension GateCommand {
    /// `ledger gate sign`: a decision made where there is no ledger, on what a bundle proves.
    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign an approval on another machine, from a bundle.",
            discussion: """
                Where the ledger is:     ledger export bundle
                Where your key is:       ledger gate sign --bundle bundle --log-key autocli.vkey \\
                                           v0.1.0 TestGate --as bob --key ~/.ssh/id_ed25519
                Where the ledger is:     ledger gate approve v0.1.0 TestGate --as bob \\
                                           --statement v0.1.0-TestGate.json \\
                                           --signature v0.1.0-TestGate.sig

                Verifies the bundle, hashes the files that are to be published, shows what you sign, judges \
                whether it would count, and signs exactly that. The bundle must be of the whole log. It \
                records nothing.
                """)

        @Argument(help: "The release, for example autocli/v0.1.0 or v0.1.0.") var release: String
        @Argument(help: "The gate.") var gate: String
        @Option(help: "The bundle's folder, as `ledger export` wrote it.") var bundle: String
        @Option(help: "The log's key, had from outside the bundle: a file, or the key itself.")
        var logKey: String
        @Flag(help: "Reject instead of approving.") var reject = false
        @Option(help: "For the record; may be left empty.") var comment = ""
        @Option(help: "The folder in which statement and signature are written. Default: this one.")
        var to = "."
        @OptionGroup var signer: SignerOptions
        @Option(help: "How results are written: table or json.") var output = OutputFormat.table

        func run() async throws {
            try GateDecision.check(comment: comment)
            let signer = try signer.signer()
            let whole = try WholeBundle(
                named: bundle, key: try VerifyCommand.key(logKey), otherwise: "nothing was signed")
            let copy = try TemporaryCopy(of: whole)
            defer { copy.remove() }
            let decision: ApprovalStatement.Decision = reject ? .reject : .approve
            let signed = try await SignedElsewhere(
                session: try Session.openToRead(copy.folder), gate: gate, decision: decision,
                comment: comment
            ).sign(release, by: signer)
            try write(signed, of: whole)
        }

        private func write(_ signed: SignedElsewhere.Result, of whole: WholeBundle) throws {
            let name = "\(to)/\(signed.release.tag)-\(gate)"
            let (statement, signature) = ("\(name).json", "\(name).sig")
            for (path, bytes) in [(statement, signed.statement), (signature, signed.signature)] {
                do { try DurableFile.write(Data(bytes), to: path) } catch {
                    throw RuntimeFault("cannot write '\(path)'", error)
                }
            }
            if output == .json {
                Terminal.result(
                    JSONText.line([
                        "release": .string(signed.release.text), "signature": .string(signature),
                        "size": .integer(Int64(whole.checkpoint.size.value)),
                        "statement": .string(statement),
                    ]))
                return
            }
            Terminal.result("wrote \(statement)\nwrote \(signature)")
            Terminal.note(
                "Where the ledger is: ledger gate \(reject ? "reject" : "approve") \(signed.release) \(gate) --as \(signed.person) --statement \(statement) --signature \(signature)"
            )
        }
    }
}

/// A ledger made from a bundle for as long as it is looked at.
private struct TemporaryCopy {
    let folder: LedgerFolder
    private let parent: String

    init(of whole: WholeBundle) throws {
        let folders = WorkerFolders(ledger: "", tools: "", temporary: Workers.temporaryFolder)
        folders.removeAbandoned()
        parent = try folders.makeScratch(for: "sign")
        folder = LedgerFolder(path: parent + "/ledger")
        do { try whole.fill(folder, logKey: nil) } catch {
            remove()
            throw error
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: parent) }
}

/// One decision at a gate, by somebody who holds a copy of the log and not the ledger.
private struct SignedElsewhere {
    let session: Session
    let gate: String
    let decision: ApprovalStatement.Decision
    let comment: String

    struct Result: Sendable {
        let release: ReleaseID
        let person: String
        let statement: [UInt8]
        let signature: [UInt8]
    }

    /// The clocks of two machines differ, and an approval must not outlive what its gate allows.
    private static let marginMicros: Int64 = 10 * 60 * 1_000_000

    /// - Throws: ``Ending`` where the bytes are not those that were built, ``Refusal`` where it would not
    ///   count.
    func sign(_ name: String, by signer: SSHKeygenSigner) async throws -> Result {
        let release = try await session.release(name)
        let (gate, decision, comment, person) = (gate, decision, comment, signer.person)
        let statement = try await session.handler.look { context -> [UInt8] in
            let decider = try ApprovalDecider(context, release: release, gate: gate)
            try Self.checkFiles(of: release, context)
            try Self.checkIsFree(person, decision, decider)
            Terminal.note("\(try GateView(release, gate, context).text)\n")
            let lifetime = decider.gate.lifetimeMicros
            let margin = min(Self.marginMicros, lifetime / 2)
            let expires = context.moment.time.adding(microseconds: lifetime - margin)
            return try decider.statement(by: person, decision, comment: comment, expires: expires).bytes
        }
        let signature = try await signer.sign(statement)
        try await session.handler.look { context in
            let decider = try ApprovalDecider(context, release: release, gate: gate)
            try decider.check(try decider.act(statement: statement, signature: signature), by: person)
        }
        return Result(release: release, person: person, statement: statement, signature: signature)
    }

    /// Before somebody is asked for a signature that would not count.
    private static func checkIsFree(
        _ person: String, _ decision: ApprovalStatement.Decision, _ decider: ApprovalDecider
    ) throws {
        guard let found = decider.candidates().first(where: { $0.person == person }) else {
            throw Refusal(.forbidden, "refused: nobody called '\(Terminal.safe(person))' is enrolled.")
        }
        guard decision == .approve, let barred = found.barred else { return }
        throw Refusal(.forbidden, "refused: \(barred).")
    }

    /// The very bytes that will be published are in the bundle, and are those that are signed.
    private static func checkFiles(of release: ReleaseID, _ context: LedgerContext) throws {
        let files = try context.release(release, earlier: .notNeeded)?.fold.files ?? []
        guard !files.isEmpty else {
            throw Refusal(.forbidden, "refused: nothing was built for '\(release)' yet.")
        }
        for file in files {
            let reference = EvidenceReference(
                digest: file.digest, media: "application/octet-stream", name: file.name, size: file.size)
            guard context.history.evidence(reference) != nil else {
                throw Ending(
                    .mismatch,
                    "ledger: the bytes of '\(file.name)' are not in the bundle as they were built (\(Digest.text(file.digest))). Nothing was signed. Have it exported again, whole."
                )
            }
            Terminal.note("✓ \(file.name)  hashed: \(Digest.text(file.digest))")
        }
    }
}
