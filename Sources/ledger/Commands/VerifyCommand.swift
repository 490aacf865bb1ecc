import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// `ledger verify`: nothing was changed, and who approved what holds.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that nothing was changed: chain, tree, positions, evidence, signatures, gates.",
        discussion: """
            Examples:
              ledger verify                        this ledger, everything
              ledger verify --fast                 chain and root only
              ledger verify --against checkpoint   and that it continues it
              ledger verify --since checkpoint     only what was added after it
              ledger verify --bundle DIR --log-key log.vkey
              ledger verify --proof 57.tlog-proof --record 57.json \\
                --log-key log.vkey

            A checkpoint or a key is worth something where it was kept elsewhere; a bundle and a \
            proof are what somebody handed you.
            """)

    @Flag(help: "Chain and root only.")
    var fast = false

    @Flag(help: "Judge every gate of every release again, and say so in the exit code.")
    var gates = false

    @Option(help: "A checkpoint that was kept elsewhere: the log must continue it. May be repeated.")
    var against: [String] = []

    @Option(help: "Verify only what was added after this checkpoint; older records are not read again.")
    var since: String?

    @Option(help: "A proof to verify instead of this ledger, as `ledger prove` writes it.")
    var proof: String?

    @Option(help: "The record that the proof is of: a file with its bytes, or its index in this ledger.")
    var record: String?

    @Option(help: "A bundle to verify instead of this ledger.")
    var bundle: String?

    @Option(help: "The log's key, had from outside: a file, or the key itself.")
    var logKey: String?

    @Option(help: "A C2SP tlog-policy: the checkpoint must be cosigned as it says.")
    var policy: String?

    @Option(help: "The certificates to check the checkpoint's time stamp under, which must be there then.")
    var tsaCa: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try checkCombination()
        let demands = try CheckpointDemands(policy: policy, authorities: tsaCa)
        let key = try logKey.map { try Self.key($0) }
        if let proof {
            guard let key else {
                throw UsageFault("a proof is worth what its key is: name the log's with --log-key FILE.")
            }
            try await ProofVerification(
                path: proof, key: key, record: record, against: try checkpoints(), global: global
            )
            .run()
        } else if let since {
            try await SinceVerification(
                session: try Session.openToRead(global), kept: try KeptCheckpoint.read(since), key: key
            )
            .run()
        } else if let bundle {
            let files = try FolderFiles(named: bundle)
            let result = BundleVerifier(files: files, key: key).verify()
            let note = files.read(BundlePath.checkpoint, limitBytes: SignedNote.maximumByteCount)
            let report = try await demands.judge(
                note.flatMap { try? SignedNote(parsing: $0) },
                token: files.read(BundlePath.timestamp, limitBytes: TimestampAuthority.limitBytes))
            try VerificationReport(result, against: try checkpoints(), files: files, demands: report)
                .show(global.output)
        } else {
            let session = try Session.openToRead(global)
            try await LedgerVerification(
                session: session, isFast: fast, judgesGates: gates, against: try checkpoints(), key: key,
                demands: demands
            )
            .run()
        }
    }

    private func checkCombination() throws {
        guard !(fast && gates) else {
            throw UsageFault(
                "--fast looks at chain and root only, so it cannot judge --gates. Leave one of them out.")
        }
        let chosen = [
            ("--bundle", bundle != nil), ("--since", since != nil), ("--proof", proof != nil),
        ].filter(\.1).map(\.0)
        guard chosen.count < 2 else {
            throw UsageFault("\(chosen.joined(separator: " and ")) are different things. Name one of them.")
        }
        guard record == nil || proof != nil else {
            throw UsageFault("--record belongs to a proof. Name that with --proof FILE.")
        }
        guard since == nil && proof == nil || !(fast || gates) else {
            throw UsageFault(
                "\(chosen[0]) looks at all that it can; --fast and --gates are for whole ledgers.")
        }
        guard since == nil && proof == nil || policy == nil && tsaCa == nil else {
            throw UsageFault(
                "--policy and --tsa-ca are for ledgers and bundles. Leave them out with \(chosen[0]).")
        }
        guard since == nil || against.isEmpty else {
            throw UsageFault(
                "--since says already which checkpoint the log must continue. Leave --against out.")
        }
    }

    private func checkpoints() throws -> [KeptCheckpoint] { try against.map { try KeptCheckpoint.read($0) } }

    static func key(_ text: String) throws -> NoteVerifierKey {
        let content =
            FileManager.default.contents(atPath: text).map { String(decoding: $0, as: UTF8.self) } ?? text
        do throws(NoteKeyFault) {
            return try NoteVerifierKey(content.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw UsageFault(
                "'\(Terminal.safe(text))' is no log key: \(error). It looks like example.com/autocli+1a2b3c4d+AAAA…."
            )
        }
    }
}

/// Verifies the ledger that is open.
struct LedgerVerification {
    let session: Session
    let isFast: Bool
    let judgesGates: Bool
    let against: [KeptCheckpoint]
    let key: NoteVerifierKey?
    let demands: CheckpointDemands

    /// What is found beside the chain.
    struct Facts: Sendable {
        var identity: Governance.Identity?
        var bootstrap: String?
        var findings: [Finding] = []
        var releases: [ReleaseJudgement] = []
        var kept: [(path: String, fault: String?)] = []
        var evidenceCount = 0
        var signatureCount = 0
        var demands = CheckpointDemands.Report()
    }

    func run() async throws {
        let depth: LogVerifier.Depth = isFast ? .fast : .full
        switch try await readLog(depth) {
        case .nothingToVerify:
            throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to verify.")
        case .broken(let fault):
            FaultText.show(fault, as: session.output)
            throw Ending(.broken)
        case .good(let size, let root):
            var facts = try await facts()
            facts.demands = try await judgeDemands()
            show(size, root, facts)
            try Ending.with(code(facts))
        }
    }

    /// With all processors: each reads a part of the log.
    private func readLog(_ depth: LogVerifier.Depth) async throws -> VerificationResult {
        let (path, origin) = (session.folder.database, session.origin)
        let size = try await session.sequencer.read { try $0.head().size }
        let progress = Progress("reading", of: size.value)
        defer { progress.done() }
        return try await LogVerifier.verify(
            depth: depth, viewCount: min(ProcessInfo.processInfo.activeProcessorCount, Self.viewLimit),
            progress: { progress.reached($0.value) },
            opening: {
                try SQLiteLog.open(at: path, origin: origin, mode: .readOnly, clock: Session.clock)
            })
    }

    /// Each takes some 18 MiB.
    private static let viewLimit = 8

    /// Of the newest checkpoint that was signed.
    private func judgeDemands() async throws -> CheckpointDemands.Report {
        let note = try await session.handler.door.read { reader in
            try reader.latestNote().flatMap { try? SignedNote(parsing: Array($0.text.utf8)) }
        }
        let token = note.flatMap { TimestampFolder(folder: session.folder).token(of: $0) }
        return try await demands.judge(note, token: token)
    }

    private func facts() async throws -> Facts {
        let (isFast, against, key) = (isFast, against, key)
        let memory = OutsideMemory(session.folder, session.config)
        return try await session.handler.look { context in
            var facts = Facts()
            facts.identity = context.governance.identity(at: context.head.size)
            if let kept = try memory.flatMap({ try Self.compare(with: $0, context) }) {
                facts.kept.append(kept)
            }
            facts.bootstrap = context.governance.bootstrapFingerprint
            try Self.compare(with: against, key: key, context, &facts)
            if let size = try LogKey.firstBadNote(context) {
                facts.kept.append(
                    (
                        "the ledger's own checkpoint of \(size) records",
                        "the log does not continue it: its tail was cut, or history was rewritten"
                    ))
            }
            guard !isFast else { return facts }
            facts.findings = context.governance.findings + context.governance.doubts
            try Self.judge(context, &facts)
            return facts
        }
    }

    /// A stream at a time: what is kept of it is what was found.
    private static func judge(_ context: LedgerContext, _ facts: inout Facts) throws {
        let evidence = EvidenceCheck(governance: context.governance, source: context.history)
        let earlier = try context.earlierReleases()
        let streams = try context.reader.streams(withPrefix: "")
        let progress = Progress("judging", of: streams.count)
        defer { progress.done() }
        var (missing, judged): ([Finding], [Finding]) = ([], [])
        for (position, stream) in streams.enumerated() {
            let records = try context.reader.records(in: stream)
            for record in records {
                facts.evidenceCount += EvidenceReference.all(in: record.what).count
                if record.what["signature"] != nil { facts.signatureCount += 1 }
            }
            missing += evidence.findings(in: records)
            if let release = ReleaseID(stream: stream),
                let judgement = try context.release(release, earlier: .known(earlier[release]))?.judge.judge()
            {
                judged += judgement.findings
                facts.releases.append(judgement)
            }
            progress.reached(position + 1)
        }
        // The same evidence may be named in several streams: it is told once, where it is named first.
        missing.sort { ($0.index?.value ?? 0) < ($1.index?.value ?? 0) }
        var told: Set<String> = []
        facts.findings += missing.filter { told.insert($0.text).inserted } + judged
    }

    /// The log must continue every checkpoint that anyone kept, and that its key signed.
    private static func compare(
        with against: [KeptCheckpoint], key: NoteVerifierKey?, _ context: LedgerContext, _ facts: inout Facts
    ) throws {
        let known = facts.identity.flatMap { try? NoteVerifierKey($0.key) }
        for kept in against {
            var fault: String?
            // Who the log was at that size: it may have had another name and key since.
            let then = context.governance.identity(at: kept.checkpoint.size) ?? facts.identity
            let keys = [key, then.flatMap { try? NoteVerifierKey($0.key) }].compactMap { $0 }
            if kept.checkpoint.origin != then?.origin {
                fault = "it is of another log, '\(kept.checkpoint.origin)'"
            } else if (try? kept.note.verify(with: keys.count == 2 && keys[0] == keys[1] ? [keys[0]] : keys))
                == nil
            {
                fault = "it is not signed with the log's key"
            } else if kept.checkpoint.size > context.head.size {
                fault =
                    "it is of \(kept.checkpoint.size) records, the log has only \(context.head.size): its tail was cut, or an old backup was restored"
            } else if try context.reader.root(at: kept.checkpoint.size) != kept.checkpoint.root {
                fault =
                    "its root is not that of this log's first \(kept.checkpoint.size) records: history was rewritten"
            }
            facts.kept.append((kept.path, fault))
        }
        if let key, key != known {
            facts.kept.append(("the log key that was given", "it is not the log's own"))
        }
    }

    /// What was kept outside of the ledger without being asked for.
    ///
    /// - Returns: nil where nothing was, or where an admin has recorded that it is lost.
    private static func compare(
        with memory: OutsideMemory, _ context: LedgerContext
    ) throws -> (path: String, fault: String?)? {
        let standing = try memory.standing(of: context.reader)
        switch standing {
        case .nothingKept: return nil
        case .continues(let kept): return (kept.path, nil)
        case .shorter(let kept, _), .other(let kept):
            return context.hasRestored(kept.checkpoint) ? nil : (kept.path, OutsideMemory.words(standing))
        }
    }

    private func code(_ facts: Facts) -> Outcome.Code {
        var codes: [Outcome.Code] = facts.kept.contains { $0.fault != nil } ? [.broken] : []
        if facts.findings.contains(where: { ["act.doubted", "evidence.missing"].contains($0.code) }) {
            codes.append(.couldNotLook)
        }
        if facts.findings.contains(where: {
            $0.code.hasPrefix("act.") && $0.code != "act.doubted" || $0.code == "bootstrap"
        }) {
            codes.append(.refused)
        }
        if judgesGates { codes += facts.releases.map { VerdictText.code($0) } }
        if judgesGates, facts.releases.isEmpty { codes.append(.nothing) }
        return Outcome.worst(codes + facts.demands.codes)
    }

    private func show(_ size: TreeSize, _ root: Hash, _ facts: Facts) {
        if session.output == .json {
            Terminal.result(JSONText.line(json(size, root, facts)))
            return
        }
        func mark(_ isGood: Bool) -> String {
            isGood ? Terminal.styled("✓", .green) : Terminal.styled("✗", .red)
        }
        var lines = [
            "\(mark(true)) chain and tree  \(size) records, root \(root.bytes.base64)",
            "  origin          \(facts.identity?.origin.text ?? "?")",
            "  first admin     \(facts.bootstrap ?? Terminal.styled("none: the bootstrap is not good", .red))",
        ]
        if isFast {
            lines.append(
                Terminal.styled("  --fast: form, positions, evidence and signatures were not looked at", .dim)
            )
        } else {
            let missing = facts.findings.filter { $0.code == "evidence.missing" }.count
            let bad = facts.findings.filter { $0.code.hasPrefix("act.") || $0.code == "bootstrap" }.count
            lines.append("\(mark(true)) form, positions, ids")
            lines.append(
                "\(mark(missing == 0)) evidence        \(facts.evidenceCount) references\(missing == 0 ? "" : ", \(missing) missing")"
            )
            lines.append(
                "\(mark(bad == 0)) signatures      \(facts.signatureCount) signed records\(bad == 0 ? "" : ", \(bad) without effect")"
            )
        }
        for kept in facts.kept {
            lines.append(
                "\(mark(kept.fault == nil)) \(Terminal.safe(kept.path))  \(kept.fault ?? "the log continues it")"
            )
        }
        lines += facts.demands.lines.map { line in
            "\(line.isGood.map { mark($0) } ?? "·") \(line.topic.padding(toLength: 14, withPad: " ", startingAt: 0))  \(line.text)"
        }
        Terminal.result(lines.joined(separator: "\n"))
        if !isFast { Terminal.result(VerdictText.describe(facts.releases, facts.findings)) }
    }

    private func json(_ size: TreeSize, _ root: Hash, _ facts: Facts) -> JSONObject {
        VerdictText.json(facts.releases, facts.findings).merging([
            "bootstrap": .optional(facts.bootstrap), "log": "good",
            "origin": .optional(facts.identity?.origin.text),
            "root": .string(root.bytes.base64), "size": .integer(Int64(size.value)),
            "against": .array(
                facts.kept.map { ["checkpoint": .string($0.path), "fault": .optional($0.fault)] }),
        ]).merging(facts.demands.json)
    }
}
