import ArgumentParser
import Foundation
import LedgerProof
import LedgerRuntime

/// `ledger checkpoint`: what this ledger was at this moment, signed. Keep it elsewhere.
struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Sign what the log is now. Keep the result elsewhere: it is what finds a rewritten log.",
        discussion:
            "Example: ledger checkpoint > autocli.checkpoint    later: ledger verify --against autocli.checkpoint"
    )

    @Option(help: "A folder to keep it in, as <origin>-<size>.checkpoint.")
    var to: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session.openToSign(global)
        let note = try await LogKey.checkpoint(session)
        let checkpoint = try Checkpoint(parsing: note.text)
        if let to {
            let name = checkpoint.origin.text.replacing("/", with: "_")
            let file = "\(to)/\(name)-\(checkpoint.size).checkpoint"
            do { try DurableFile.write(Data(note.bytes), to: file) } catch {
                throw RuntimeFault("cannot write '\(file)'", error)
            }
        }
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "note": .string(String(decoding: note.bytes, as: UTF8.self)),
                    "origin": .string(checkpoint.origin.text),
                    "root": .string(checkpoint.root.bytes.base64),
                    "size": .integer(Int64(checkpoint.size.value)),
                ]))
        } else {
            Terminal.result(bytes: note.bytes)
        }
    }
}
