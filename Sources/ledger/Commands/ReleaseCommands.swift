import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Start, retry, abandon and yank releases.",
        subcommands: [Start.self, Retry.self, Abandon.self, Yank.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a tag was pushed; the pipeline in force is bound to it.",
            discussion: "Example: ledger release start v0.1.0 --repo . --as carol --key ~/.ssh/id_ed25519")

        @Argument(help: "The tag.") var tag: String
        @Option(help: "The git repository: a folder or URL that git can clone.") var repo: String
        @Option(help: "Who pushed the tag, as the roster names them. Default: --as.") var tagger: String?
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.open(global)
            let signer = try signer.signerIfAny()
            guard let tagger = tagger ?? signer?.person else {
                throw UsageFault("say who pushed the tag: --tagger NAME, or --as NAME --key FILE to sign it.")
            }
            guard signer == nil || signer?.person == tagger else {
                throw UsageFault(
                    "the tagger signs for themselves: --tagger \(tagger) and --as \(signer!.person) differ.")
            }
            guard NameRules.isPerson(tagger) else {
                throw UsageFault(
                    "'\(Terminal.safe(tagger))' is no name for a person: use lower-case letters, digits, '.', '_' and '-'."
                )
            }
            guard let release = ReleaseID(project: session.config.project, tag: tag) else {
                throw UsageFault(
                    "'\(Terminal.safe(tag))' is no tag that can be released: use letters, digits, '.', '_', '+', '-', without a slash."
                )
            }
            guard let version = PythonVersion(tag) else {
                throw UsageFault("the tag '\(tag)' is no version (PEP 440). Tag it like v1.2.3.")
            }
            let repository = try GitRepository(repo)
            let commit = try await repository.commit(of: tag)
            let act = try await plan(
                session, release, version, commit, tagger: tagger, repository: repository.path)
            let check = Self.check(release, version, tagger: tagger)
            let receipt: Receipt
            if let signer {
                receipt = try await session.handler.perform(act, by: signer, check: check)
            } else {
                receipt = try await session.handler.append(act, actor: "ledger:cli", cause: nil, check: check)
                Terminal.note(
                    "note: without --as and --key the tagger is only asserted; reports will say so.")
            }
            report(session, release, commit, receipt)
        }

        private func plan(
            _ session: Session, _ release: ReleaseID, _ version: PythonVersion, _ commit: String,
            tagger: String,
            repository: String
        ) async throws -> Act {
            let policy = try await session.handler.look { context in
                try Self.policy(release, context).digest
            }
            return .pushTag(
                release: release, version: version.normalized, commit: commit, tagger: tagger,
                repository: repository,
                policy: policy)
        }

        private static func policy(_ release: ReleaseID, _ context: LedgerContext) throws
            -> PipelineDefinition
        {
            let matching = context.governance.definitions(matching: release.tag, at: context.moment.index)
            guard let record = matching.first else {
                throw Refusal(
                    .notFound,
                    "no pipeline in force matches the tag '\(release.tag)'. `ledger pipeline show` lists their patterns."
                )
            }
            guard matching.count == 1 else {
                let names = matching.map(\.definition.name).joined(separator: ", ")
                throw Refusal(
                    .forbidden,
                    "several pipelines match the tag '\(release.tag)': \(names). Narrow their patterns with `ledger pipeline define`."
                )
            }
            return record.definition
        }

        /// Asked before signing, and again inside the transaction.
        private static func check(
            _ release: ReleaseID, _ version: PythonVersion, tagger: String
        ) -> @Sendable (LedgerContext) throws -> Void {
            { context in
                guard try context.reader.revision(of: release.stream) == 0 else {
                    throw Refusal(
                        .mismatch,
                        "the release '\(release)' was started before. `ledger status \(release)` shows where it stands."
                    )
                }
                for stream in try context.reader.streams(withPrefix: "release/\(release.project)/") {
                    guard let other = ReleaseID(stream: stream), PythonVersion(other.tag) == version else {
                        continue
                    }
                    throw Refusal(
                        .mismatch,
                        "the version \(version.normalized) was released before, as '\(other)'. Tag a new version."
                    )
                }
                guard context.governance.roster.isEnrolled(tagger, at: context.moment) else {
                    throw Refusal(
                        .forbidden,
                        "nobody called '\(tagger)' is enrolled, so nobody could tell whether they approve their own tag. Enrol them first."
                    )
                }
                let unpassable = GatePeople.unpassable(try policy(release, context), context, tagger: tagger)
                if let first = unpassable.first { throw Refusal(.forbidden, first) }
            }
        }

        private func report(_ session: Session, _ release: ReleaseID, _ commit: String, _ receipt: Receipt) {
            if session.output == .json {
                Terminal.result(
                    JSONText.line([
                        "commit": .string(commit), "index": .integer(Int64(receipt.index.value)),
                        "release": .string(release.text),
                    ]))
            } else {
                Terminal.result(
                    "started \(release) at commit \(commit.prefix(12))  (record \(receipt.index))")
                Terminal.note("Next: ledger run")
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a new attempt of a stage that failed, or whose gate was rejected.",
            discussion:
                "Example: ledger release retry v0.1.0 deploy_pypi_test --as carol\nApprovals never carry over to a new attempt."
        )

        @Argument var release: String
        @Argument var stage: String
        @Option(help: "Why.", transform: ReasonText.parse) var reason = ""
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.open(global)
            let release = try await session.release(release)
            let by = try await Actors.name(signer, session)
            let (stage, reason) = (stage, reason)
            let receipt = try await session.handler.decide { context, writer in
                try RetryDecider.retry(release, stage: stage, by: by, reason: reason, context, writer)
            }
            Actors.report(session, "retrying \(stage) of \(release)", receipt)
        }
    }

    struct Abandon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a release up: nothing more happens in it.")

        @Argument var release: String
        @Option(help: "Why.", transform: ReasonText.parse) var reason: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            try await Actors.end(
                release, "release.failed", told: "gave up", reason: reason, signer, global
            ) { fold in
                fold.isOver ? "it is \(fold.ending!.words) already" : nil
            }
        }
    }

    struct Yank: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a published release was yanked.",
            discussion: "Yank it on the index as well: the record says that it was done, it does not do it.")

        @Argument var release: String
        @Option(help: "Why.", transform: ReasonText.parse) var reason: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            try await Actors.end(
                release, "release.yanked", told: "recorded as yanked:", reason: reason, signer, global
            ) { fold in
                fold.published.isEmpty
                    ? "nothing of it was published" : fold.isYanked ? "it is yanked already" : nil
            }
        }
    }
}

/// Acts that are recorded in a person's name but need no signature.
enum Actors {
    /// Who does it: --as, enrolled now.
    static func name(_ options: SignerOptions, _ session: Session) async throws -> String {
        guard let name = options.name ?? Terminal.environment["LEDGER_AS"] else {
            throw UsageFault("say who you are: --as NAME (or LEDGER_AS).")
        }
        return try await session.person(name).name
    }

    static func report(_ session: Session, _ words: String, _ receipt: Receipt) {
        if session.output == .json {
            Terminal.result(
                JSONText.line([
                    "index": .integer(Int64(receipt.index.value)), "leaf": .string(receipt.leaf.hex),
                ]))
        } else {
            Terminal.result("\(words)  (record \(receipt.index))")
        }
    }

    static func end(
        _ text: String, _ type: String, told: String, reason: String, _ options: SignerOptions,
        _ global: GlobalOptions,
        objection: @escaping @Sendable (ReleaseFold) -> String?
    ) async throws {
        let session = try Session.open(global)
        let release = try await session.release(text)
        let by = try await name(options, session)
        let receipt = try await session.handler.append(
            .end(release, type, by: by, reason: reason), actor: "person:\(by)", cause: nil
        ) { context in
            guard let current = try context.release(release) else {
                throw Refusal(.notFound, "there is no release '\(release)'. `ledger status` lists them.")
            }
            if let objection = objection(current.fold) { throw Refusal(.forbidden, "refused: \(objection).") }
        }
        report(session, "\(told) \(release)", receipt)
    }
}

/// A new attempt: only after a stage failed, nobody knows, or its gate was rejected or expired.
enum RetryDecider {
    static func retry(
        _ release: ReleaseID, stage name: String, by: String, reason: String, _ context: LedgerContext,
        _ writer: any LogWriter
    ) throws -> Receipt {
        guard let current = try context.release(release), let definition = current.definition else {
            throw Refusal(
                .notFound,
                "there is no release '\(release)' with a pipeline in force. `ledger status` lists them.")
        }
        guard let stage = definition.stage(name) else {
            let names = definition.stages.map(\.name).joined(separator: ", ")
            throw Refusal(
                .notFound,
                "the pipeline of '\(release)' has no stage '\(Terminal.safe(name))'. Stages: \(names).")
        }
        guard !current.fold.isOver else {
            throw Refusal(
                .forbidden,
                "the release '\(release)' is \(current.fold.ending!.words); nothing more happens in it.")
        }
        let state = current.fold.stages[name]
        let gate = stage.gate.flatMap { current.fold.gate($0, stage: name) }
        let isGateClosed = gate.map { $0.status != .open && $0.attempt == state?.attempt ?? 1 } ?? false
        guard state?.status == .failed || state?.status == .unknown || isGateClosed else {
            throw Refusal(
                .forbidden, "'\(name)' is \(state?.status.rawValue ?? "waiting"): there is nothing to retry.")
        }
        let attempt = (state?.attempt ?? 1) + 1
        let act = Act(
            release.stream, "stage.retried",
            [
                "attempt": .integer(Int64(attempt)), "by": .string(by), "reason": .string(reason),
                "stage": .string(name),
            ])
        return try writer.append(
            act, actor: "person:\(by)", cause: current.fold.last, now: context.moment.time)
    }
}
