import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// Takes a checkpoint to witnesses and keeps what they sign.
struct WitnessRound {
    struct Target: Sendable {
        /// As it is shown.
        let name: String
        let url: String
        /// Whose cosignature it must be: one of these.
        let keys: [NoteVerifierKey]
    }

    struct Result: Sendable {
        let target: Target
        /// When it cosigned; nil if it did not.
        var seconds: UInt64?
        /// What is wrong, and with which code.
        var fault: Outcome?
    }

    let session: Session
    let client: WitnessClient

    /// How often one witness is asked again because it has cosigned another size meanwhile.
    private static let triesLimit = 4

    init(_ session: Session) {
        self.session = session
        client = WitnessClient(
            host: HostEnvironment(variables: Terminal.environment), temporary: NSTemporaryDirectory())
    }

    /// - Parameter note: the ledger's newest checkpoint.
    /// - Returns: the note with all cosignatures, which is kept, and what each witness said.
    func run(_ note: SignedNote, _ targets: [Target]) async throws -> (SignedNote, [Result]) {
        let checkpoint = try Checkpoint(parsing: note.text)
        var (results, lines, keys): ([Result], [UInt8], [NoteVerifierKey]) = ([], [], [])
        for target in targets {
            var result = Result(target: target)
            // One that answered for another witness does not count for this one.
            let open = target.keys.filter { !keys.contains($0) }
            do {
                let (line, key, seconds) = try await ask(target, open, note, checkpoint)
                lines += line
                keys.append(key)
                result.seconds = seconds
            } catch { result.fault = Outcome(error) }
            results.append(result)
        }
        guard !keys.isEmpty else { return (note, results) }
        return (try await keep(lines, by: keys, on: note, checkpoint), results)
    }

    private func ask(
        _ target: Target, _ keys: [NoteVerifierKey], _ note: SignedNote, _ checkpoint: Checkpoint
    ) async throws -> (line: [UInt8], key: NoteVerifierKey, seconds: UInt64) {
        var old = try await lastSeen(by: keys, upTo: checkpoint.size)
        for _ in 0..<Self.triesLimit {
            let from = old
            let hashes = try await session.handler.door.read {
                try $0.consistencyProof(from: from, to: checkpoint.size)
            }
            let request = ConsistencyProof(old: old, hashes: hashes, checkpoint: note)
            switch try await client.addCheckpoint(request, at: target.url) {
            case .lines(let lines): return try Self.read(lines, keys, note, target)
            case .conflict(let size):
                guard size <= checkpoint.size else {
                    throw Ending(
                        .broken,
                        "\(target.url) has cosigned \(size) records of this log, and here are only \(checkpoint.size): the tail was cut, or an old copy is in its place."
                    )
                }
                old = size
            case .refused(422, _):
                throw Ending(
                    .broken,
                    "\(target.url) has cosigned \(old) records of this log, and they are not the first \(old) here: there are two histories."
                )
            case .refused(404, _):
                throw Ending(
                    .couldNotLook,
                    "\(target.url) does not know this log. Ask its owner to add the log's key.")
            case .refused(403, let words):
                throw Ending(
                    .couldNotLook,
                    "\(target.url) does not know the log's key. Ask its owner to add it. (\(Terminal.safe(words)))"
                )
            case .refused(let status, let words):
                throw Ending(
                    .couldNotLook,
                    "\(target.url) does not cosign, it answers with \(status). (\(Terminal.safe(words)))")
            }
        }
        throw Ending(
            .busy, "\(target.url) says each time that it has cosigned another size. Try again later.")
    }

    /// The largest tree that one of these cosigned, as far as the ledger has kept it.
    private func lastSeen(by keys: [NoteVerifierKey], upTo size: TreeSize) async throws -> TreeSize {
        let names = keys.map { [UInt8]("\n— \($0.name) ".utf8) }
        let ids = Set(keys.map(\.id))
        return try await session.handler.door.read { reader in
            let notes = try reader.notes(fromSize: .empty).filter { stored in
                stored.size <= size && names.contains { stored.text.utf8.contains($0) }
                    && (try? SignedNote(parsing: Array(stored.text.utf8)))?.signatures
                        .contains { ids.contains($0.key) } == true
            }
            return notes.map(\.size).max() ?? .empty
        }
    }

    /// Believes a witness nothing that its key did not sign.
    private static func read(
        _ lines: [UInt8], _ keys: [NoteVerifierKey], _ note: SignedNote, _ target: Target
    ) throws -> (line: [UInt8], key: NoteVerifierKey, seconds: UInt64) {
        do throws(NoteFault) {
            let answer = try SignedNote(parsing: note.text + [UInt8(ascii: "\n")] + lines)
            guard answer.text == note.text else { throw .notText }
            let good = try answer.verify(with: keys).signatures
            let newest = good.max { ($0.cosignedSecondsSince1970 ?? 0) < ($1.cosignedSecondsSince1970 ?? 0) }
            guard let newest, let seconds = newest.cosignedSecondsSince1970 else { throw .noKnownSignature }
            let line = answer.signatures.filter { $0.key == newest.key.id }.flatMap {
                [UInt8]("\($0.line)\n".utf8)
            }
            return (line, newest.key, seconds)
        } catch {
            throw Ending(
                .couldNotLook,
                "the answer of \(target.url) is not a cosignature of the witness whose key you gave: \(error)."
            )
        }
    }

    /// Beside what others have gathered for it meanwhile.
    private func keep(
        _ lines: [UInt8], by keys: [NoteVerifierKey], on note: SignedNote, _ checkpoint: Checkpoint
    ) async throws -> SignedNote {
        try await session.handler.door.write { writer in
            let kept = try writer.notes(fromSize: checkpoint.size).last { $0.size == checkpoint.size }
            let base = kept.flatMap { try? SignedNote(parsing: Array($0.text.utf8)) }
            let cosigned = try (base?.text == note.text ? base! : note).cosigned(with: lines, by: keys)
            try writer.keep(note: String(decoding: cosigned.bytes, as: UTF8.self), size: checkpoint.size)
            return cosigned
        }
    }
}

extension WitnessRound {
    /// The witnesses of `--witness` and `--witness-key`, and those of a policy that have an address.
    static func targets(
        urls: [String], keys: [String], policy: WitnessPolicy?
    ) throws -> [Target] {
        let keys = try keys.map { text in
            let key = try VerifyCommand.key(text).asCosignature
            guard key.algorithm == .cosignature else {
                throw UsageFault("'\(key.id)' is not the key of a witness: an Ed25519 key is expected.")
            }
            return key
        }
        guard urls.isEmpty || !keys.isEmpty else {
            throw UsageFault(
                "a witness is worth what its key is: name it with --witness-key, as its owner gave it to you."
            )
        }
        let own = (policy?.witnesses ?? []).compactMap { witness in
            witness.url.map { Target(name: witness.name, url: $0, keys: [witness.key]) }
        }
        let targets = own + urls.map { Target(name: $0, url: $0, keys: keys) }
        for target in targets { try WitnessClient.check(target.url) }
        return targets
    }
}
