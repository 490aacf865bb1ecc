import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// Records that history was lost (`FORMAT.md` §5, `ledger.restored`): with whatever checkpoint knows of the
/// most records. From there on the log has a new name and a new key, so that nobody is shown two histories
/// under one.
///
/// Always true: the new key is on the disk before the record that names it, and takes its place after it.
struct LostHistory {
    let session: Session
    let signer: SSHKeygenSigner
    /// nil: nothing is recorded where nothing is lost.
    let reason: String?
    /// The log's new name; nil to make one.
    let newOrigin: Origin?
    /// Checkpoints that were kept elsewhere.
    let known: [KeptCheckpoint]

    /// What was recorded.
    struct Recorded: Sendable {
        let receipt: Receipt
        let from: Checkpoint
        /// First and last.
        let lost: (first: Int, last: Int)?
        /// The log's new key, where it has one.
        let key: String?
    }

    /// - Returns: nil where nothing was to be recorded.
    func record() async throws -> Recorded? {
        let (newest, size, origin) = try await newest()
        guard let (from, isLost) = newest, isLost || reason != nil else { return nil }
        var (lost, noteSigner): ((from: LogIndex, to: Int, key: NoteVerifierKey)?, NoteSigner?) = (nil, nil)
        let checkpoint = try Checkpoint(parsing: from.text)
        if isLost {
            var generator = SystemRandomNumberGenerator()
            let made = NoteSigner.make(for: try newOrigin ?? Self.name(after: origin), using: &generator)
            try? FileManager.default.removeItem(atPath: session.folder.nextLogKey)
            try LogKey.write(made, to: session.folder.nextLogKey)
            noteSigner = made
            lost = (size.nextIndex, checkpoint.size.value - 1, made.verifierKey)
        }
        let receipt = try await session.handler.perform(
            .restored(from: from, lost: lost, reason: reason ?? ""), by: signer)
        return Recorded(
            receipt: receipt, from: checkpoint,
            lost: lost.map { ($0.from.value, $0.to) }, key: noteSigner?.verifierKey.text)
    }

    /// The checkpoint that knows of the most records, and whether some of them are missing.
    private func newest() async throws -> ((SignedNote, Bool)?, TreeSize, Origin) {
        let memory = OutsideMemory(session.folder, session.config)
        let known = known
        return try await session.handler.look { context in
            let reader = context.reader
            var candidates: [OutsideMemory.Standing] = try known.map { kept in
                try Self.checkName(kept, context)
                return try OutsideMemory.standing(of: reader, to: kept)
            }
            if let standing = try memory?.standing(of: reader) { candidates.append(standing) }
            if let stored = try reader.latestNote() {
                let kept = try OutsideMemory.kept(Array(stored.text.utf8), path: "the ledger")
                candidates.append(try OutsideMemory.standing(of: reader, to: kept))
            }
            let all = candidates.compactMap { standing -> (KeptCheckpoint, Bool)? in
                switch standing {
                case .nothingKept: nil
                case .continues(let kept): (kept, false)
                case .shorter(let kept, _), .other(let kept):
                    context.hasRestored(kept.checkpoint) ? nil : (kept, true)
                }
            }
            // What is lost counts before what is not; of each, the largest.
            let best = all.max { ($0.1 ? 1 : 0, $0.0.checkpoint.size) < ($1.1 ? 1 : 0, $1.0.checkpoint.size) }
            let identity = context.governance.identity(at: context.head.size)
            return (
                best.map { ($0.0.note, $0.1) }, context.head.size, identity?.origin ?? reader.origin
            )
        }
    }

    /// A checkpoint of another log says nothing of this one.
    private static func checkName(_ kept: KeptCheckpoint, _ context: LedgerContext) throws {
        let names = context.governance.identities.map(\.origin)
        guard names.contains(kept.checkpoint.origin) else {
            throw UsageFault(
                "'\(Terminal.safe(kept.path))' is a checkpoint of another log, '\(kept.checkpoint.origin)'.")
        }
        let keys = context.governance.identities.compactMap { try? NoteVerifierKey($0.key) }
            .filter { $0.name == kept.checkpoint.origin.text }
        let isSigned = keys.contains { key in (try? kept.note.verify(with: [key]))?.isSigned(by: key) ?? false
        }
        guard isSigned else {
            throw UsageFault("'\(Terminal.safe(kept.path))' is not signed with a key of this log.")
        }
    }

    /// `example.com/autocli.restored-20261125103000123`, to the millisecond: two losses have two names.
    private static func name(after origin: Origin) throws -> Origin {
        let marker = ".restored-"
        let base = origin.text.range(of: marker, options: .backwards).map { origin.text[..<$0.lowerBound] }
        let time = Session.clock.now().description.prefix(23).filter { $0.isNumber }
        guard let name = Origin("\(base ?? origin.text[...])\(marker)\(time)") else {
            throw UsageFault("the log needs a new name: give one with --new-origin.")
        }
        return name
    }
}
