import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// The log's own key, and the checkpoints signed with it.
struct LogKey {
    let signer: NoteSigner

    /// - Throws: ``RuntimeFault`` if the file is missing, not a key, or readable by others.
    static func read(_ folder: LedgerFolder) throws -> LogKey {
        var facts = stat()
        guard stat(folder.logKey, &facts) == 0, let data = FileManager.default.contents(atPath: folder.logKey)
        else {
            throw RuntimeFault(
                .storage, "cannot read the log's key '\(folder.logKey)'. Restore it from your backup of keys."
            )
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw RuntimeFault(.storage, "others can read the log's key. Run: chmod 600 '\(folder.logKey)'")
        }
        do throws(NoteKeyFault) {
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            return LogKey(signer: try NoteSigner(privateText: text))
        } catch {
            throw RuntimeFault(
                .storage, "'\(folder.logKey)' is not a key: \(error). Restore it from your backup of keys.")
        }
    }

    /// A signed checkpoint of the log as it is now; the one that was signed before, if nothing was added
    /// since.
    ///
    /// - Throws: ``Ending`` with 5 if the log does not continue the last checkpoint: nothing is signed then.
    func checkpoint(_ session: Session) async throws -> SignedNote {
        let signer = signer
        return try await session.handler.decide { context, writer in
            let head = context.head
            guard head.size != .empty else {
                throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to sign.")
            }
            if let last = try writer.latestNote(), let note = try? SignedNote(parsing: Array(last.text.utf8)),
                let signed = try? Checkpoint(parsing: note.text)
            {
                guard signed.size <= head.size, try context.reader.root(at: signed.size) == signed.root else {
                    throw Ending(
                        .broken,
                        "ledger: the log does not continue its last checkpoint (\(signed)). Nothing was signed. Run `ledger verify`."
                    )
                }
                if signed.size == head.size { return note }
            }
            guard let identity = context.governance.identity(at: head.size),
                identity.key == signer.verifierKey.text
            else {
                throw Ending(
                    .broken,
                    "ledger: the key in '\("keys/log.key")' is not the one that the ledger names. Restore the right one."
                )
            }
            let note = try signer.sign(Checkpoint(origin: identity.origin, size: head.size, root: head.root))
            try writer.keep(note: String(decoding: note.bytes, as: UTF8.self), size: head.size)
            return note
        }
    }
}
