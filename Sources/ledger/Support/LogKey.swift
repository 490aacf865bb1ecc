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
        let remedy = "Restore it from your backup of keys."
        let text = try SecretFile.read(file, "the log's key", remedy: remedy)
        do throws(NoteKeyFault) { return LogKey(signer: try NoteSigner(privateText: text)) } catch {
            throw RuntimeFault(.storage, "'\(file)' is not a key: \(error). \(remedy)")
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
        try await takeNext(session)
        let note =
            if let command = try await commandInPlaceOfKey(session) {
                try await signElsewhere(session, command)
            } else {
                try await signHere(session)
            }
        await OutsideMemory(session.folder, session.config)?.keep(note, of: session)
        return note
    }

    private static func signHere(_ session: Session) async throws -> SignedNote {
        let folder = session.folder
        let key = FileManager.default.fileExists(atPath: folder.logKey) ? try read(folder) : nil
        return try await session.handler.decide { context, writer -> SignedNote in
            if let note = try lastNote(context) { return note }
            let (checkpoint, named) = try unsigned(context)
            let signer = try (key ?? read(folder)).signer
            guard named == signer.verifierKey.text else {
                throw Ending(
                    .broken,
                    "ledger: the key in '\("keys/log.key")' is not the one that the ledger names. Restore the right one."
                )
            }
            let note = try signer.sign(checkpoint)
            try writer.keep(note: String(decoding: note.bytes, as: UTF8.self), size: checkpoint.size)
            return note
        }
    }

    /// The command may take its time, so the log goes on meanwhile; what was signed is still its beginning,
    /// and that is looked at again before it is kept.
    private static func signElsewhere(_ session: Session, _ command: String) async throws -> SignedNote {
        let state = try await session.handler.look { context -> (SignedNote?, Checkpoint?, String?) in
            if let note = try lastNote(context) { return (note, nil, nil) }
            let (checkpoint, named) = try unsigned(context)
            return (nil, checkpoint, named)
        }
        if let note = state.0 { return note }
        guard let checkpoint = state.1, let named = state.2, let key = try? NoteVerifierKey(named) else {
            throw Ending(.broken, "ledger: the log names no key that can sign for it. Run `ledger verify`.")
        }
        let signer = CheckpointSigner(command: command, key: key, environment: Terminal.environment)
        let note = try await signer.sign(checkpoint)
        return try await session.handler.decide { context, writer -> SignedNote in
            guard checkpoint.size <= context.head.size,
                try context.reader.root(at: checkpoint.size) == checkpoint.root
            else {
                throw Ending(
                    .broken,
                    "ledger: the log was changed while its checkpoint was signed. It was not kept. Run `ledger verify`."
                )
            }
            try writer.keep(note: String(decoding: note.bytes, as: UTF8.self), size: checkpoint.size)
            return note
        }
    }

    /// - Returns: nil where the key that the log names lies in the folder, or no command is set.
    private static func commandInPlaceOfKey(_ session: Session) async throws -> String? {
        guard let command = session.config.signer else { return nil }
        guard FileManager.default.fileExists(atPath: session.folder.logKey) else { return command }
        let named = try await session.handler.look { $0.governance.identity(at: $0.head.size)?.key }
        return try read(session.folder).signer.verifierKey.text == named ? nil : command
    }

    /// - Returns: the last checkpoint, if it is of the log as it is now.
    private static func lastNote(_ context: LedgerContext) throws -> SignedNote? {
        let head = context.head
        guard head.size != .empty else {
            throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to sign.")
        }
        guard let last = try context.reader.latestNote(),
            let note = try? SignedNote(parsing: Array(last.text.utf8)),
            let signed = try? Checkpoint(parsing: note.text)
        else { return nil }
        guard signed.size <= head.size, try context.reader.root(at: signed.size) == signed.root else {
            throw Ending(
                .broken,
                "ledger: the log does not continue its last checkpoint (\(signed)). Nothing was signed. Run `ledger verify`."
            )
        }
        return signed.size == head.size ? note : nil
    }

    /// What is to be signed, read again from the records, and the key that the log names for it.
    private static func unsigned(_ context: LedgerContext) throws -> (Checkpoint, key: String) {
        try checkChain(context.reader, "Nothing was signed.")
        guard let identity = context.governance.identity(at: context.head.size) else {
            throw Ending(.broken, "ledger: the log does not say who it is. Run `ledger verify`.")
        }
        let head = context.head
        return (Checkpoint(origin: identity.origin, size: head.size, root: head.root), identity.key)
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
