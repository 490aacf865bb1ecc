import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger status`: where each release stands, why it waits, and on whom.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Where each release stands, why it waits, and on whom.",
        discussion: """
            Examples:
              ledger status             what is open, and the last that are over
              ledger status v0.1.0      one release, stage by stage

            Ends with 10 where a stage failed, 3 where a gate was rejected, 4 where one waits, 7 where one \
            was bypassed and nothing else is to be told, 6 where no release was started yet.
            """)

    @Argument(help: "One release. Default: all that are not over, and the last that are.")
    var release: String?

    @Flag(help: "Every release, over or not.")
    var all = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session.openToRead(global)
        if let release {
            let id = try await session.release(release)
            let status = try await session.handler.look { try ReleaseStatus(id, $0) }
            guard let status else {
                throw Refusal(.notFound, "there is no release '\(id)'. `ledger status` lists them.")
            }
            Terminal.result(
                global.output == .json ? JSONText.line(status.json) : StatusText(status).text)
            try Ending.with(status.code)
            return
        }
        let (keeper, limit) = (ViewKeeper(session.folder), all ? StatusList.Limit.all : .standard)
        let list = try await keeper.look(session) { try StatusList($1, $0, limit: limit) }
        guard !list.statuses.isEmpty else {
            throw Ending(
                .nothing, "ledger: no release was started yet. Start one: ledger release start TAG --repo DIR"
            )
        }
        if global.output == .json {
            for status in list.statuses { Terminal.result(JSONText.line(status.json)) }
        } else {
            Terminal.result(list.text)
        }
        try Ending.with(ReleaseStatus.code(of: list.codes))
    }
}
