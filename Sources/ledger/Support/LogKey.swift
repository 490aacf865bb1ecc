import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// The log's own key, and the checkpoints signed with it.
struct LogKey {
    let signer: NoteSigner

    /// - Throws: ``RuntimeFault`` if the file is missing, not a key, or readable by others.
    static func read(_ folder: LedgerFolder) throws -> LogKey { try read(file: folder.logKey) }

    static func read(file: String) throws -> LogKey {
        var facts = stat()
        guard stat(file, &facts) == 0, let data = FileManager.default.contents(atPath: file) else {
            throw RuntimeFault(
                .storage, "cannot read the log's key '\(file)'. Restore it from your backup of keys."
            )
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw RuntimeFault(.storage, "others can read the log's key. Run: chmod 600 '\(file)'")
        }
        do throws(NoteKeyFault) {
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            return LogKey(signer: try NoteSigner(privateText: text))
        } catch {
            throw RuntimeFault(
                .storage, "'\(file)' is not a key: \(error). Restore it from your backup of keys.")
        }
    }

    static func write(_ signer: NoteSigner, to path: String) throws {
        do { try DurableFile.write(Data((signer.privateText + "\n").utf8), to: path, mode: 0o600) } catch {
            throw RuntimeFault("cannot write '\(path)'", error)
        }
    }

    /// - Throws: ``UsageFault`` if a key that was given is not the one that the ledger names.
    static func check(_ signer: NoteSigner?, _ identity: Governance.Identity?) throws {
        guard let signer, signer.verifierKey.text != identity?.key else { return }
        throw UsageFault("the key that was given is not the log's: \(signer.verifierKey.id).")
    }

    /// - Throws: ``Ending`` with 5 if the log keeps a checkpoint that it does not continue, or never signed.
    static func checkNotes(_ context: LedgerContext) throws {
        guard let size = try firstBadNote(context) else { return }
        throw Ending(
            .broken,
            "ledger: the log does not continue a checkpoint of \(size) records that was signed for it. Nothing was written. Run `ledger verify`."
        )
    }

    /// - Returns: the size of the first checkpoint that the ledger keeps but does not continue, or never
    ///   signed.
    static func firstBadNote(_ context: LedgerContext) throws -> TreeSize? {
        for stored in try context.reader.notes(fromSize: .empty) {
            guard let note = try? SignedNote(parsing: Array(stored.text.utf8)),
                let signed = try? Checkpoint(parsing: note.text), signed.size == stored.size,
                signed.size <= context.head.size,
                try context.reader.root(at: signed.size) == signed.root,
                let identity = context.governance.identity(at: signed.size),
                identity.origin == signed.origin, let key = try? NoteVerifierKey(identity.key),
                (try? note.verify(with: [key]))?.isSigned(by: key) == true
            else { return stored.size }
        }
        return nil
    }

    /// Reads every record and link again: nothing is signed or handed out that a verifier would refuse.
    ///
    /// - Throws: ``Ending`` with 5 if the log is broken.
    static func checkChain(_ reader: any LogReader, _ consequence: String) throws {
        guard case .broken(let fault) = try LogVerifier.verify(reading: reader, depth: .fast) else { return }
        throw Ending(.broken, "ledger: \(fault.sentence) \(consequence) Run `ledger verify`.")
    }

    /// A signed checkpoint of the log as it is now; the one that was signed before, if nothing was added
    /// since: then the key need not be there.
    ///
    /// - Throws: ``Ending`` with 5 if the log does not continue the last checkpoint: nothing is signed then.
    static func checkpoint(_ session: Session) async throws -> SignedNote {
        let folder = session.folder
        try await takeNext(session)
        let key = FileManager.default.fileExists(atPath: folder.logKey) ? try read(folder) : nil
        let note = try await session.handler.decide { context, writer -> SignedNote in
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
            try checkChain(context.reader, "Nothing was signed.")
            let signer = try (key ?? read(folder)).signer
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
        await OutsideMemory(session.folder, session.config)?.keep(note, of: session)
        return note
    }

    /// Puts the next key in its place, if the log has named it by now. The old one is kept.
    static func takeNext(_ session: Session) async throws {
        let folder = session.folder
        guard FileManager.default.fileExists(atPath: folder.nextLogKey) else { return }
        let named = try await session.handler.look { $0.governance.identity(at: $0.head.size)?.key }
        guard try read(file: folder.nextLogKey).signer.verifierKey.text == named else { return }
        let old = FileManager.default.fileExists(atPath: folder.logKey) ? try? read(folder) : nil
        if let old { try write(old.signer, to: "\(folder.logKey).\(old.signer.verifierKey.id.hash)") }
        guard rename(folder.nextLogKey, folder.logKey) == 0 else {
            throw RuntimeFault(
                .storage, "cannot put '\(folder.nextLogKey)' in the place of 'log.key'. Do it by hand.",
                cause: String(cString: strerror(errno)))
        }
    }
}
