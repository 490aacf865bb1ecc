import ArgumentParser
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// `ledger replay`: every projection again, from the records alone. It reads; nothing it calls can act.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Make every view again from the records, and compare; go back in time.",
        discussion: """
            Examples:
              ledger replay                               are the views right?
              ledger replay --at 2026-11-22T20:33:15Z     where all stood then
              ledger replay --release v0.1.0 --explain    the story of a release
              ledger replay --check                       judge every gate again

            Ends with 8 where a view says something else than the records (the views are then made again), \
            with 1 where the views cannot be read, with 6 where there is nothing to replay; --check: 3 refused, 7 bypassed, 1 nobody can say, \
            4 pending.
            """)

    @Option(
        help: .init(
            "The state after this record, or at this time (RFC 3339).", valueName: "index|time"),
        transform: moment)
    var at: LogMoment?

    @Option(help: "One release only.")
    var release: String?

    @Flag(help: "Judge every start of a gated stage again, from the log.")
    var check = false

    @Flag(help: "Tell the story of each release, record by record.")
    var explain = false

    @OptionGroup var global: GlobalOptions

    @Sendable private static func moment(_ text: String) throws -> LogMoment {
        guard let moment = LogMoment(argument: text) else {
            throw ValidationError(
                "'\(Terminal.safe(text))' is neither an index nor a time like 2026-11-22T20:33:15Z.")
        }
        return moment
    }

    func run() async throws {
        let session = try Session.openToRead(global)
        var chosen: ReleaseID?
        if let release { chosen = try await session.release(release) }
        let request = Request(
            keeper: ViewKeeper(session.folder), release: chosen, isPast: at != nil, check: check,
            explain: explain)
        let report = try await session.look(at: at) { try request.replay($0) }
        for line in global.output == .json ? report.lines.map({ JSONText.line($0) }) : [report.text] {
            Terminal.result(line)
        }
        try Ending.with(Outcome.worst(report.codes))
    }

    private struct Request: Sendable {
        let keeper: ViewKeeper
        let release: ReleaseID?
        let isPast: Bool
        let check: Bool
        let explain: Bool

        func replay(_ context: LedgerContext) throws -> ReplayReport {
            guard context.head.size != .empty else {
                throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to replay.")
            }
            var report = ReplayReport(context)
            if let release {
                try replay(release, context, &report)
            } else {
                try replayAll(context, &report)
            }
            let releases =
                try release.map { [$0] }
                ?? context.reader.streams(withPrefix: "release/").compactMap { ReleaseID(stream: $0) }
            if check { try judge(releases, context, &report) }
            if explain {
                report.stories = try releases.compactMap { release in
                    try context.release(release, earlier: .notNeeded).map { ReleaseStory($0) }
                }
            }
            return report
        }

        private func replay(
            _ release: ReleaseID, _ context: LedgerContext, _ report: inout ReplayReport
        ) throws {
            guard let current = try context.release(release, earlier: .notNeeded) else {
                throw Ending(.nothing, "ledger: \(release) had not been started then: nothing to replay.")
            }
            let kept = isPast ? .not(.isPast) : try keeper.asLeft(context)
            report.add(
                try ViewComparison(kept: kept, release: current.fold.row(of: release.stream)),
                records: current.fold.revision)
            if !explain { report.statuses = [try ReleaseStatus(release, context)!] }
        }

        private func replayAll(_ context: LedgerContext, _ report: inout ReplayReport) throws {
            let progress = Progress("replaying", of: context.head.size.value)
            defer { progress.done() }
            func fill(_ store: any ViewStore) throws -> Int {
                try LedgerViews(store).catchUp(context, batch: .rebuild) { progress.reached($0) }
            }
            if isPast {
                let views = MemoryViews()
                let records = try fill(views)
                report.add(try ViewComparison(kept: .not(.isPast), replayed: views), records: records)
                if !explain { report.show(try StatusList(views, context, limit: .standard)) }
                return
            }
            let kept = try keeper.asLeft(context)
            do {
                try SQLiteViews.rebuild(at: keeper.path) { store in
                    let records = try fill(store)
                    report.add(try ViewComparison(kept: kept, replayed: store), records: records)
                }
                report.areViewsRenewed = true
            } catch is ViewFault {
                let views = MemoryViews()
                let records = try fill(views)
                report.add(try ViewComparison(kept: kept, replayed: views), records: records)
            }
        }

        private func judge(
            _ releases: [ReleaseID], _ context: LedgerContext, _ report: inout ReplayReport
        ) throws {
            let earlier = try context.earlierReleases()
            let progress = Progress("judging", of: releases.count)
            defer { progress.done() }
            for (position, release) in releases.enumerated() {
                guard let current = try context.release(release, earlier: .known(earlier[release])) else {
                    continue
                }
                report.judgements.append(current.judge.judge())
                progress.reached(position + 1)
            }
        }
    }
}
