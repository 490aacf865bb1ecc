import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Look at a gate, approve or reject, withdraw, bypass.",
        subcommands: [
            Show.self, Who.self, Approve.self, Reject.self, Sign.self, Withdraw.self, Bypass.self,
        ])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What an approver must know before they sign.",
            discussion: "Example: ledger gate show v0.1.0 Production")

        @Argument var release: String
        @Argument var gate: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.openToRead(global)
            let release = try await session.release(release)
            let gate = gate
            let view = try await session.handler.look { try GateView(release, gate, $0) }
            Terminal.result(global.output == .json ? JSONText.line(view.json) : view.text)
        }
    }

    struct Who: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who may still approve, and who is barred, and why.",
            discussion: "Example: ledger gate who v0.1.0 TestGate")

        @Argument var release: String
        @Argument var gate: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.openToRead(global)
            let release = try await session.release(release)
            let gate = gate
            let people = try await session.handler.look { context -> [(String, String?)] in
                try ApprovalDecider(context, release: release, gate: gate).candidates().map {
                    ($0.person, $0.barred)
                }
            }
            if global.output == .json {
                for (person, barred) in people {
                    Terminal.result(JSONText.line(["barred": .optional(barred), "person": .string(person)]))
                }
                return
            }
            Terminal.result(
                Terminal.table(
                    people.map { [$0, $1 == nil ? Terminal.styled("may approve", .green) : "no: \($1!)"] },
                    header: ["person", "may approve?"]))
        }
    }

    struct DecisionOptions: ParsableArguments {
        @Argument(help: "The release, for example autocli/v0.1.0 or v0.1.0.") var release: String
        @Argument(help: "The gate.") var gate: String
        @Option(help: "For the record; may be left empty.") var comment = ""
        @Flag(help: "Write the exact bytes to sign on standard output, and record nothing.")
        var printStatement = false
        @Option(help: "The statement that was signed elsewhere, as --print-statement wrote it.")
        var statement: String?
        @Option(help: "An SSHSIG made elsewhere over that statement (namespace release-approval@ledger).")
        var signature: String?
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve, with your signature over exactly these files.",
            discussion: """
                Example: ledger gate approve v0.1.0 TestGate --as bob --key ~/.ssh/id_ed25519

                With the key on another machine:
                  ledger gate approve v0.1.0 TestGate --as bob --print-statement > approval.json
                  ssh-keygen -Y sign -f KEY -n release-approval@ledger < approval.json > approval.sig
                  ledger gate approve v0.1.0 TestGate --as bob --statement approval.json --signature approval.sig
                """)

        @OptionGroup var decision: DecisionOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws { try await GateDecision(decision, signer, global).run(.approve) }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reject, with your signature. Ends this attempt.",
            discussion:
                "Example: ledger gate reject v0.1.0 TestGate --as bob --key ~/.ssh/id_ed25519 --comment \"wrong changelog\""
        )

        @OptionGroup var decision: DecisionOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws { try await GateDecision(decision, signer, global).run(.reject) }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw an approval before the stage has started.",
            discussion:
                "Example: ledger gate withdraw v0.1.0 TestGate --as bob --key ~/.ssh/id_ed25519 --reason \"found a bug\""
        )

        @Argument var release: String
        @Argument var gate: String
        @Option(help: "Whose approval. Default: your own; another's only by an admin.") var of: String?
        @Option(help: "Why.", transform: ReasonText.parse) var reason: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.open(global)
            let release = try await session.release(release)
            let signer = try signer.signer()
            let (gate, whose) = (gate, of ?? signer.person)
            let (attempt, approval) = try await session.handler.look { context in
                let decider = try ApprovalDecider(context, release: release, gate: gate)
                return (decider.opened.attempt, try Self.approval(of: whose, decider))
            }
            let act = Act.withdraw(
                release: release, gate: gate, attempt: attempt, approval: approval, by: signer.person,
                reason: reason)
            let isOwn = whose == signer.person
            let receipt = try await session.handler.perform(act, by: signer) { context in
                let decider = try ApprovalDecider(context, release: release, gate: gate)
                guard try Self.approval(of: whose, decider) == approval else {
                    throw Refusal(
                        .forbidden, "refused: the approval has changed meanwhile. Look at it again.")
                }
                let roster = context.governance.roster
                guard
                    isOwn
                        || roster.standing(ofRole: "admin", person: signer.person, at: context.moment)
                            == .holds
                else {
                    throw Refusal(
                        .forbidden, "refused: only \(whose) or an admin may withdraw \(whose)'s approval.")
                }
            }
            Actors.report(session, "withdrew \(whose)'s approval of \(release) at \(gate)", receipt)
        }

        private static func approval(of person: String, _ decider: ApprovalDecider) throws -> LogIndex {
            guard let approval = decider.approvals[person] else {
                throw Refusal(
                    .notFound,
                    "\(person) has not approved '\(decider.release)' at \(decider.gate.name) in this attempt."
                )
            }
            return approval
        }
    }

    struct Bypass: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Let a stage start without its approvals. Signed by an admin; its verdict stays 'bypassed' for ever.",
            discussion:
                "Example: ledger gate bypass v0.1.0 Production --until 2026-11-25T18:00:00Z --reason \"CVE-2026-1234\" --as owner --key KEY"
        )

        @Argument var release: String
        @Argument var gate: String
        @Option(help: "Why.", transform: ReasonText.parse) var reason: String
        @Option(help: "Until when the stage may start.") var until: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let until = try TimeText.parse(until)
            let session = try Session.open(global)
            let release = try await session.release(release)
            let signer = try signer.signer()
            let gate = gate
            let attempt = try await session.handler.look {
                try ApprovalDecider($0, release: release, gate: gate).opened.attempt
            }
            let act = Act.bypass(
                release: release, gate: gate, attempt: attempt, by: signer.person, reason: reason,
                until: until)
            let receipt = try await session.handler.perform(act, by: signer) { context in
                _ = try ApprovalDecider(context, release: release, gate: gate)
                guard until > context.moment.time else {
                    throw Refusal(.forbidden, "refused: --until \(until) is past.")
                }
            }
            Terminal.note("note: this release is bypassed for ever; every report and verify will say so.")
            Actors.report(session, "bypassed \(gate) of \(release)", receipt)
        }
    }
}

/// Approve and reject: what the person sees is what they sign, and what they sign is judged before it is
/// recorded.
struct GateDecision {
    let options: GateCommand.DecisionOptions
    let signer: SignerOptions
    let global: GlobalOptions

    /// It is signed and kept with the approval, for people to read.
    static let commentByteLimit = 4096

    init(_ options: GateCommand.DecisionOptions, _ signer: SignerOptions, _ global: GlobalOptions) {
        self.options = options
        self.signer = signer
        self.global = global
    }

    func run(_ decision: ApprovalStatement.Decision) async throws {
        let session = try Session.open(global)
        let release = try await session.release(options.release)
        guard let person = signer.name ?? Terminal.environment["LEDGER_AS"] else {
            throw UsageFault("say who you are: --as NAME (or LEDGER_AS).")
        }
        let (gate, comment) = (options.gate, options.comment)
        try Self.check(comment: comment)
        if let signature = options.signature {
            try await record(session, release, person, try statement(), try read(signature), decision)
            return
        }
        let statement = try await session.handler.look { context in
            try CommandHandler.check(Session.clock, after: context.head.lastTime)
            return try ApprovalDecider(context, release: release, gate: gate).statement(
                by: person, decision, comment: comment
            ).bytes
        }
        if options.printStatement {
            Terminal.result(bytes: statement)
            Terminal.note(
                "Sign it: ssh-keygen -Y sign -f KEY -n \(SSHSignature.approvalNamespace) < STATEMENT > SIGNATURE"
            )
            return
        }
        let signature = try await signer.signer().sign(statement)
        try await record(session, release, person, statement, signature, decision)
    }

    static func check(comment: String) throws {
        guard comment.utf8.count > commentByteLimit else { return }
        throw UsageFault(
            "a comment has at most \(commentByteLimit) bytes; this one has \(comment.utf8.count). Write a shorter one."
        )
    }

    private func statement() throws -> [UInt8] {
        guard let file = options.statement else {
            throw UsageFault(
                "--signature needs the statement that was signed: --statement FILE, as --print-statement wrote it."
            )
        }
        return try read(file)
    }

    private func read(_ file: String) throws -> [UInt8] {
        guard let bytes = InputFile.read(file) else {
            throw Ending(
                .couldNotLook,
                "ledger: cannot read '\(Terminal.safe(file))'. Check the name and its permissions.")
        }
        return bytes
    }

    private func record(
        _ session: Session, _ release: ReleaseID, _ person: String, _ statement: [UInt8],
        _ signature: [UInt8],
        _ decision: ApprovalStatement.Decision
    ) async throws {
        let (gate, evidence) = (options.gate, session.handler.evidence)
        let receipt = try await session.handler.decide { context, writer in
            let decider = try ApprovalDecider(context, release: release, gate: gate)
            let act = try decider.act(statement: statement, signature: signature)
            guard ApprovalStatement(statement)?.approver == person else {
                throw Refusal(.forbidden, "refused: the statement is not by \(person).")
            }
            guard ApprovalStatement(statement)?.decision == decision else {
                throw Refusal(
                    .forbidden, "refused: the statement says something else than \(decision.rawValue).")
            }
            try decider.check(act, by: person)
            // Before the record that names it.
            try evidence.keepLarge(act)
            return try writer.append(
                act, actor: "person:\(person)", cause: decider.opened.record.index, now: context.moment.time)
        }
        Actors.report(
            session, "\(person) \(decision == .approve ? "approved" : "rejected") \(release) at \(gate)",
            receipt)
    }
}
