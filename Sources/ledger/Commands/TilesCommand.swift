import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger tiles`: the whole log as files that any static web server can serve.
struct TilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tiles",
        abstract: "Write the log as C2SP tiles, which any static web server can serve.",
        discussion: """
            Example: ledger tiles /srv/www/autocli

            Again after each release: only what is new is written. The folder gets \
            `checkpoint`, `tile/LEVEL/N` and `tile/entries/N`, as c2sp.org/tlog-tiles has \
            them; serve it under the log's origin. Every record can be read there, the \
            evidence cannot. The checkpoint is written last, so a reader never finds one \
            whose tiles are missing. Partial tiles go when the full one is there.
            """)

    @Argument(help: "The folder: a new one, or one that this ledger was written to before.")
    var folder: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session.openToSign(global)
        let note = try await LogKey.checkpoint(session)
        let checkpoint = try Checkpoint(parsing: note.text)
        let target = TileFolder(folder)
        let changes = try await session.handler.look { context in
            try target.publish(note, checkpoint, from: context.reader) { size in
                context.governance.identity(at: size).flatMap { try? NoteVerifierKey($0.key) }
            }
        }
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "folder": .string(folder), "origin": .string(checkpoint.origin.text),
                    "removed": .integer(Int64(changes.removedCount)),
                    "root": .string(checkpoint.root.bytes.base64),
                    "size": .integer(Int64(checkpoint.size.value)),
                    "written": .integer(Int64(changes.writtenCount)),
                ]))
        } else {
            let files = changes.writtenCount
            let news = files == 0 ? "nothing is new" : files == 1 ? "1 new file" : "\(files) new files"
            Terminal.result(
                "\(Terminal.safe(folder)): \(checkpoint.size) records up to root "
                    + "\(checkpoint.root.bytes.base64); \(news)")
        }
    }
}
