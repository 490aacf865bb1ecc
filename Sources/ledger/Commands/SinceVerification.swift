import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// Verifies what was added to the open ledger after a checkpoint.
struct SinceVerification {
    let session: Session
    let kept: KeptCheckpoint
    /// The log's key, had from outside.
    let key: NoteVerifierKey?

    func run() async throws {
        let own = try await ownKey()
        if let key, key != own {
            throw Ending(.broken, "ledger: the log key that was given is not the log's own.")
        }
        guard kept.checkpoint.origin == session.origin else {
            throw Ending(
                .broken,
                "ledger: '\(Terminal.safe(kept.path))' is a checkpoint of another log, '\(kept.checkpoint.origin)'."
            )
        }
        guard let own, (try? Checkpoint(note: kept.note, signedWith: own)) != nil else {
            throw Ending(
                .broken, "ledger: '\(Terminal.safe(kept.path))' is not signed with the log's key.")
        }
        let (size, root) = (kept.checkpoint.size, kept.checkpoint.root)
        let total = try await session.handler.door.read { try $0.head().size.value }
        let progress = Progress("verifying", of: max(1, total - size.value))
        let result = try await session.handler.door.read { reader in
            try LogVerifier.verify(reading: reader, since: size, root: root) {
                progress.reached($0.value - size.value)
            }
        }
        progress.done()
        switch result {
        case .nothingToVerify:
            throw Ending(
                .nothing,
                "ledger: nothing was added since the checkpoint of \(size) records: there is nothing to verify."
            )
        case .broken(let fault):
            FaultText.show(fault, as: session.output, ["since": .integer(Int64(size.value))])
            throw Ending(.broken)
        case .good(let newSize, let newRoot):
            show(newSize, newRoot)
        }
    }

    /// The key that the ledger names for a tree of the checkpoint's size.
    ///
    /// A ledger that was never rekeyed or restored names it in its first record. Otherwise it takes the
    /// roster to say who might change it.
    private func ownKey() async throws -> NoteVerifierKey? {
        let opened = try await session.handler.door.read { reader -> Record? in
            let records = try reader.records(in: .ledger)
            return records.count == 1 ? records[0] : nil
        }
        let size = kept.checkpoint.size
        let text =
            if let opened, opened.index == LogIndex(0), opened.type.text == "ledger.opened" {
                opened.what["key"]?.string
            } else {
                try await session.handler.look { $0.governance.identity(at: size)?.key }
            }
        return text.flatMap { try? NoteVerifierKey($0) }
    }

    private func show(_ size: TreeSize, _ root: Hash) {
        let old = kept.checkpoint.size
        if session.output == .json {
            Terminal.result(
                JSONText.line([
                    "log": "good", "origin": .string(session.origin.text),
                    "root": .string(root.bytes.base64), "since": .integer(Int64(old.value)),
                    "size": .integer(Int64(size.value)),
                ]))
            return
        }
        let mark = Terminal.styled("✓", .green)
        let count = size.value - old.value
        let new = count == 1 ? "1 new record, \(old)" : "\(count) new records, \(old) to \(size.value - 1)"
        Terminal.result(
            """
            \(mark) checkpoint      \(old) records: signed by \(session.origin), and the log continues it
            \(mark) chain and tree  \(new); the root is now \(root.bytes.base64)
            \(mark) form, positions, ids of the new records
            """)
        Terminal.result(
            Terminal.styled(
                """
                  The \(old) older records were not read again: the checkpoint stands for what they were, not for what
                  they are now. Evidence, signatures and gates were not looked at. `ledger verify` does all of it.
                """, .dim))
    }
}
