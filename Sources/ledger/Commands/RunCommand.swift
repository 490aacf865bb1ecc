import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerRuntime

/// `ledger run`: the executors react to what the log says is due, until nothing is.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run what is due, until nothing is.",
        discussion: """
            Example: LEDGER_TESTPYPI_TOKEN=… ledger run

            Ends with 4 where a gate waits for a person, and with 10 where a stage failed. A target NAME reads its
            credentials from LEDGER_<NAME>_TOKEN and LEDGER_<NAME>_USERNAME.
            """)

    @Flag(help: "Stay, and run whatever becomes due, until interrupted.")
    var watch = false

    @Flag(help: "Show what the tools say, line by line.")
    var verbose = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session.open(global)
        Workers.folders(session).removeAbandoned()
        let worker = Workers.make(session, isVerbose: verbose)
        repeat {
            let summary = try await worker.runUntilIdle()
            if summary.acted > 0 { try await notify(session, summary) }
            if !watch {
                try await report(session, summary)
                return
            }
            try await Task.sleep(for: .milliseconds(500))
        } while !Task.isCancelled
    }

    /// Whoever can act at a gate that is waiting now, after something was done.
    private func notify(_ session: Session, _ summary: Worker.Summary) async throws {
        let notifier = Notifier(command: session.config.notify)
        guard notifier.command != nil else { return }
        for (release, waits) in summary.waits {
            for case .gate(let gate, _, _) in waits {
                let status = try await session.handler.look { try ReleaseStatus(release, $0) }
                guard let wait = status?.waits.first(where: { $0.gate == gate }) else { continue }
                notifier.turn(release: release, gate: gate, people: wait.people, to: wait.next)
            }
        }
    }

    /// How to go on from a stage that stopped.
    private func advise(_ session: Session, _ release: ReleaseID, _ stage: String) async throws {
        let advice = try await session.handler.look { context in
            try context.release(release, earlier: .notNeeded).map {
                StopAdvice(release, stage: stage, context: $0)
            }
        }
        if let advice {
            Terminal.note(Terminal.table(advice.rows.map { ["  \($0[0])", $0[1]] }, overflow: .wrap))
        }
    }

    private func report(_ session: Session, _ summary: Worker.Summary) async throws {
        var codes: [Outcome.Code] = []
        if summary.waits.isEmpty, summary.acted == 0, summary.busy == 0 {
            Terminal.note("Nothing is due: no release is open.")
        }
        for (release, waits) in summary.waits.sorted(by: { $0.key.text < $1.key.text }) {
            for wait in waits {
                switch wait {
                case .gate(let gate, _, let verdict):
                    codes.append(verdict.kind == .refused ? .refused : .pending)
                    Terminal.note(
                        "\(release) waits at \(gate): \(verdict.reasons.filter { $0.code != "tagger.asserted" }.map(\.text).joined(separator: "; "))"
                    )
                case .retry(let stage, let reason):
                    let isRejected = reason.hasPrefix("the gate")
                    codes.append(isRejected ? .refused : .stageFailed)
                    Terminal.note("\(release) stopped at \(stage): \(Terminal.safe(reason))")
                    try await advise(session, release, stage)
                case .running(let stage):
                    codes.append(.busy)
                    Terminal.note("\(release): another worker is running \(stage)")
                }
            }
        }
        // Who takes a stage between our look and our start shows only here.
        if summary.busy > 0 { codes.append(.busy) }
        try Ending.with(Outcome.worst(codes))
    }
}

/// The worker with its executors: composed here and for the demo.
enum Workers {
    static func make(_ session: Session, isVerbose: Bool) -> Worker {
        let host = HostEnvironment(variables: Terminal.environment)
        let onLine: (@Sendable (String) -> Void)? =
            isVerbose ? { @Sendable line in Terminal.note("    " + Terminal.safe(line)) } : nil
        return Worker(
            handler: session.handler,
            executors: [
                .pythonBuild: PythonBuildExecutor(host: host, onLine: onLine),
                .oci: OCIExecutor(host: host, onLine: onLine),
                .pypi: PyPIExecutor(host: host, onLine: onLine),
            ],
            folders: folders(session), releases: ViewedReleases(keeper: ViewKeeper(session.folder)),
            leaseMicros: leaseMicros
        ) { event in
            if let line = text(event) { Terminal.note(line) }
        }
    }

    static func folders(_ session: Session) -> WorkerFolders {
        WorkerFolders(ledger: session.folder.path, tools: Session.toolsFolder, temporary: temporaryFolder)
    }

    /// `LEDGER_LEASE_SECONDS` is for tests only: they cannot wait as long as a paused worker keeps its lease.
    private static var leaseMicros: Int64 {
        guard let text = Terminal.environment["LEDGER_LEASE_SECONDS"], let seconds = Int64(text),
            (1...3600).contains(seconds)
        else { return Worker.standardLeaseMicros }
        return seconds * 1_000_000
    }

    static var temporaryFolder: String {
        let folder = NSTemporaryDirectory()
        return folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }

    private static func text(_ event: Worker.Event) -> String? {
        switch event {
        case .gateOpened(let release, let gate): return "◆ \(release)  the gate \(gate) is open"
        case .stageStarted(let order):
            return "▶ \(order.release)  \(order.stage)\(order.isTakeover ? " (taking over)" : "")"
        case .busy(let order): return "  \(order.release)  \(order.stage) is being run by another worker"
        case .released(let release): return Terminal.styled("✓ \(release)  published everywhere", .green)
        case .stageEnded(let order, let outcome):
            switch outcome {
            case .built(let files, _, _):
                return "✓ \(order.release)  \(order.stage): \(files.map(\.name).joined(separator: ", "))"
            case .published(_, _, let how):
                return
                    "✓ \(order.release)  \(order.stage): \(how == .uploaded ? "published to" : "already at") \(order.target?.name ?? "")"
            case .conflicted(_, _, let reason), .failed(let reason):
                return Terminal.styled("✗ \(order.release)  \(order.stage): \(Terminal.safe(reason))", .red)
            case .unknown(let reason):
                return Terminal.styled("? \(order.release)  \(order.stage): \(Terminal.safe(reason))", .red)
            }
        }
    }
}
