import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger test-install`: the mandate. A person installs what the index serves, tries it, and signs what they
/// saw.
struct TestInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-install",
        abstract:
            "Install the release from the test index into a fresh environment, try it, and sign the result.",
        discussion: """
            Example: ledger test-install v0.1.0 --as tess --key ~/.ssh/id_ed25519 -- autocli --version

            pip gets exactly that version from exactly that index, and takes only the bytes that were built. Without a
            command each top-level module is imported and each console script run with --help.
            """)

    @Argument(help: "The release, for example autocli/v0.1.0 or v0.1.0.")
    var release: String

    @Option(help: "The target whose index is tested. Default: the one that a gate requires.")
    var target: String?

    @Option(help: "Where dependencies are, if not on the same index.")
    var dependencyIndex: String?

    @Flag(help: "Show what pip and the command say, line by line.")
    var verbose = false

    @OptionGroup var signer: SignerOptions
    @OptionGroup var global: GlobalOptions

    @Argument(parsing: .postTerminator, help: "The command to try, in the new environment.")
    var command: [String] = []

    func run() async throws {
        let session = try Session.open(global)
        let release = try await session.release(release)
        let signer = try signer.signer()
        let plan = try await plan(session, release, tester: signer.person)
        let folders = Workers.folders(session)
        let scratch = try folders.makeScratch(for: "test-install")
        defer { folders.remove(scratch) }
        Terminal.note("installing \(release.project)==\(plan.version) from \(plan.index)")
        let onLine: (@Sendable (String) -> Void)? =
            verbose ? { @Sendable line in Terminal.note("    " + Terminal.safe(line)) } : nil
        let result = try await InstallTest(
            host: HostEnvironment(variables: Terminal.environment), onLine: onLine
        ).run(
            InstallTestRequest(
                project: release.project, version: plan.version, index: plan.index, files: plan.files,
                command: command, dependencyIndex: dependencyIndex),
            in: StageWorkspace(scratch: scratch, input: [:], tools: folders.tools, ledger: folders.ledger))
        try await record(result, plan, session, release, signer)
    }

    struct Plan: Sendable {
        let target: String
        let index: String
        let version: String
        let files: [ArtifactFile]
        let published: LogIndex
    }

    private func plan(_ session: Session, _ release: ReleaseID, tester: String) async throws -> Plan {
        let named = target
        return try await session.handler.look { try Self.plan(release, named, tester: tester, $0) }
    }

    private static func plan(
        _ release: ReleaseID, _ named: String?, tester: String, _ context: LedgerContext
    ) throws -> Plan {
        guard let current = try context.release(release), let definition = current.definition else {
            throw Refusal(
                .notFound,
                "there is no release '\(release)' with a pipeline in force. `ledger status` lists them.")
        }
        guard
            context.governance.roster.standing(ofRole: "tester", person: tester, at: context.moment) == .holds
        else {
            throw Refusal(
                .forbidden,
                "refused: \(tester) does not hold the role 'tester'. An admin grants it: ledger role grant \(tester) tester"
            )
        }
        let required = Set(definition.gates.values.flatMap(\.installTests)).sorted()
        guard let target = named ?? (required.count == 1 ? required[0] : nil) else {
            throw UsageFault(
                "say which target is tested: --target NAME. Targets: \(definition.targets.keys.sorted().joined(separator: ", "))."
            )
        }
        guard let index = definition.targets[target]?.index else {
            throw Refusal(
                .notFound,
                "the pipeline of '\(release)' has no index for the target '\(Terminal.safe(target))'.")
        }
        guard let published = current.fold.published.last(where: { $0.target == target }),
            let tag = current.fold.tag
        else {
            throw Refusal(
                .tooEarly,
                "'\(release)' is not at \(target) yet; there is nothing to install. `ledger status \(release)` says why."
            )
        }
        return Plan(
            target: target, index: index, version: tag.version, files: current.fold.files,
            published: published.index)
    }

    private func record(
        _ result: InstallTestResult, _ plan: Plan, _ session: Session, _ release: ReleaseID,
        _ signer: SSHKeygenSigner
    ) async throws {
        let act = Act.tested(
            release: release, target: plan.target, index: plan.index, requirement: result.requirement,
            files: result.files, report: result.report, log: result.transcript, commands: result.commands,
            hasPassed: result.verdict == .passed, tester: signer.person, reason: result.reason)
        let receipt = try await session.handler.perform(act, by: signer) { context in
            let now = try Self.plan(release, plan.target, tester: signer.person, context)
            guard now.published == plan.published, now.files == plan.files else {
                throw Refusal(
                    .mismatch, "the release was published again while it was tested. Test it again.")
            }
        }
        if session.output == .json {
            Terminal.result(
                JSONText.line([
                    "files": result.files.json, "index": .integer(Int64(receipt.index.value)),
                    "reason": .string(result.reason), "verdict": .string(result.verdict.rawValue),
                ]))
        } else {
            let words =
                result.verdict == .passed
                ? Terminal.styled("✓ passed", .green)
                : Terminal.styled("✗ failed: \(Terminal.safe(result.reason))", .red)
            Terminal.result(
                "\(words)  \(release) from \(plan.target), by \(signer.person)  (record \(receipt.index))")
            for command in result.commands {
                Terminal.result(Terminal.styled("    \(Terminal.safe(command))", .dim))
            }
        }
        if let wait = try await session.handler.look({ try ReleaseStatus(release, $0) })?.waits.first(where: {
            $0.gate != nil
        }) {
            Notifier(command: session.config.notify).turn(
                release: release, gate: wait.gate ?? "", people: wait.people, to: wait.next)
        }
        try Ending.with(result.verdict == .passed ? .done : .stageFailed)
    }
}
