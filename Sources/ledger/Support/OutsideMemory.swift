import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// The newest checkpoint of a ledger, kept outside of it: what tells that its end was lost, or that an old
/// copy of it is in its place.
///
/// Always true: nothing is appended to a ledger that does not continue what was kept of it, until an admin
/// has recorded that history was lost.
struct OutsideMemory: Sendable {
    let memory: CheckpointMemory

    /// How a log stands to what was kept of it.
    enum Standing: Sendable {
        case nothingKept
        case continues(KeptCheckpoint)
        /// Kept when it had more records.
        case shorter(KeptCheckpoint, by: Int)
        /// Of another history.
        case other(KeptCheckpoint)
    }

    /// `checkpoints:` of the settings that keeps none.
    static let none = "none"

    /// - Returns: nil where the settings want none; and for a copy, which may be as old as it likes.
    init?(_ folder: LedgerFolder, _ config: LedgerConfig) {
        guard config.checkpoints != Self.none, !config.isCopy else { return nil }
        guard let named = config.checkpoints else {
            memory = CheckpointMemory(folder: "\(Self.stateFolder)/checkpoints")
            return
        }
        // A path in a file is one from that file.
        let full = named.hasPrefix("/") ? named : "\(folder.path)/\(named)"
        memory = CheckpointMemory(folder: (full as NSString).standardizingPath)
    }

    /// What this user's programs remember.
    private static var stateFolder: String {
        if let named = Terminal.environment["LEDGER_STATE"] { return LedgerFolder.absolute(named) }
        let state = Terminal.environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return "\(state ?? "\(NSHomeDirectory())/.local/state")/ledger"
    }

    // MARK: Comparing

    /// - Throws: ``Ending`` if what was kept is no checkpoint any more, or what the reader throws.
    func standing(of reader: any LogReader) throws -> Standing {
        guard let key = try Self.key(of: reader), let kept = try kept(of: key) else { return .nothingKept }
        return try Self.standing(of: reader, to: kept)
    }

    static func standing(of reader: any LogReader, to kept: KeptCheckpoint) throws -> Standing {
        let size = try reader.head().size
        guard kept.checkpoint.size <= size else {
            return .shorter(kept, by: kept.checkpoint.size.value - size.value)
        }
        return try reader.root(at: kept.checkpoint.size) == kept.checkpoint.root
            ? .continues(kept) : .other(kept)
    }

    /// - Throws: ``Ending`` with 5 if the log may not be appended to.
    func check(_ log: SQLiteLog, evidence: EvidenceStore) throws {
        try log.read { reader in
            let standing = try standing(of: reader)
            switch standing {
            case .nothingKept: try tellOfOthers(reader)
            case .continues: return
            case .shorter(let kept, _), .other(let kept):
                let context = try LedgerContext(
                    reader, now: Session.clock.now(), files: { evidence.read($0) })
                guard !context.hasRestored(kept.checkpoint) else { return }
                throw Ending(
                    .broken,
                    "ledger: \(Self.words(standing)!) (Kept in '\(kept.path)'.) \(Self.remedy)")
            }
        }
    }

    /// nil where all is well.
    static func words(_ standing: Standing) -> String? {
        switch standing {
        case .nothingKept, .continues: nil
        case .shorter(let kept, let count):
            "the last \(count) record\(count == 1 ? " is" : "s are") missing here: a checkpoint of \(kept.checkpoint.size) records was kept outside."
        case .other(let kept):
            "this is not the ledger that it was: its first \(kept.checkpoint.size) records are not those whose checkpoint was kept outside."
        }
    }

    private static let remedy =
        "Nothing was recorded or signed. If another copy of this ledger has the records, go on with that one. If they are lost (an old backup was restored, a disk died), an admin records it: ledger restore --acknowledge --as NAME --key FILE"

    /// Not a fault: somebody may have made a ledger anew. But whoever replaces one with another tells nobody.
    private func tellOfOthers(_ reader: any LogReader) throws {
        guard let key = try Self.key(of: reader), let other = memory.others(than: key).first else { return }
        Terminal.note(
            "note: a checkpoint of another ledger called \(reader.origin) was kept in \(other). If this ledger took its place on purpose, remove that file; else find out who replaced it."
        )
    }

    /// Name and hash of the log's first key, which no later record changes; nil before it says who it is.
    static func key(of reader: any LogReader) throws -> String? {
        let text = try reader.record(at: LogIndex(0))?.what["key"]?.string
        return text.flatMap { try? NoteVerifierKey($0) }?.id.description
    }

    private func kept(of key: String) throws -> KeptCheckpoint? {
        guard let bytes = try memory.read(key) else { return nil }
        return try Self.kept(bytes, path: memory.path(of: key))
    }

    /// - Throws: ``Ending`` if it is no checkpoint any more.
    static func kept(_ bytes: [UInt8], path: String) throws -> KeptCheckpoint {
        guard let kept = KeptCheckpoint(bytes, path: path) else {
            throw Ending(
                .broken,
                "ledger: the checkpoint that was kept in '\(path)' is none any more. If the ledger is good by other means (ledger verify --against FILE), remove that file."
            )
        }
        return kept
    }

    // MARK: Keeping

    /// Keeps a checkpoint that the ledger has signed, unless a later one is kept. Where that cannot be done,
    /// it is said; the checkpoint is good all the same.
    func keep(_ note: SignedNote, of session: Session) async {
        do {
            // Whoever else keeps one meanwhile keeps another one: few are faster twice.
            for _ in 0..<20 where try await tryToKeep(note, of: session) { return }
        } catch {
            Terminal.note(
                "note: this checkpoint is not kept outside of the ledger. \(Outcome(error).text ?? "\(error)") To keep none, write `checkpoints: none` into config.yml."
            )
        }
    }

    private func tryToKeep(_ note: SignedNote, of session: Session) async throws -> Bool {
        let (memory, size) = (memory, try Checkpoint(parsing: note.text).size)
        return try await session.handler.look { context in
            guard let key = try Self.key(of: context.reader) else { return true }
            let old = try kept(of: key)
            if let old {
                switch try Self.standing(of: context.reader, to: old) {
                case .continues where old.checkpoint.size >= size: return true
                case .shorter where !context.hasRestored(old.checkpoint): return true
                case .other where !context.hasRestored(old.checkpoint): return true
                default: break
                }
            }
            return try memory.replace(key, old?.bytes, with: note.bytes)
        }
    }
}

extension LedgerContext {
    /// Whether an admin has recorded that the history of this checkpoint is lost, or was found again.
    func hasRestored(_ checkpoint: Checkpoint) -> Bool {
        governance.restorations.contains { $0.from == checkpoint }
    }
}
