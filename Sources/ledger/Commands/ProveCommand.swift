import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger prove`: that one record is in the log, or that the log continues an older one, in one file.
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prove that a record is in the log, or that the log continues an older one.",
        discussion: """
            Examples:
              ledger prove 57 --to 57.tlog-proof
              ledger show 57 --raw > 57.json
              ledger verify --proof 57.tlog-proof --record 57.json \\
                --log-key autocli.vkey

              ledger prove --from 40 --to 40.proof
              ledger verify --proof 40.proof --against autocli.checkpoint \\
                --log-key autocli.vkey

            Whoever has the log's key can check a proof without the ledger. The first kind of \
            file is a C2SP tlog-proof. The second is `old SIZE`, the hashes in base 64 one a \
            line, an empty line, and the checkpoint: what a C2SP witness takes as the body of \
            add-checkpoint. Both stand on a checkpoint of the log as it is now, which is signed \
            and kept as `ledger checkpoint` does.
            """)

    @Argument(help: "The index of the record to prove, from 0.")
    var index: Int?

    @Option(help: "Prove instead that the log continues its first SIZE records.")
    var from: Int?

    @Option(help: "The file to write. Default: the proof is the output.")
    var to: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (index == nil) != (from == nil) else {
            throw ValidationError("name the record to prove, or the older size with --from; one of them.")
        }
        guard index ?? 0 >= 0 else { throw ValidationError("an index starts at 0.") }
        guard from ?? 0 >= 0 else { throw ValidationError("a size is not negative.") }
    }

    func run() async throws {
        let session = try Session.openToSign(global)
        try await checkRange(session)
        let note = try await LogKey.checkpoint(session)
        let checkpoint = try Checkpoint(parsing: note.text)
        let (index, from) = (index, from)
        let made = try await session.handler.door.read { reader in
            try Made(index: index, from: from, note: note, head: checkpoint, reader)
        }
        if let to { try Self.write(made.bytes, to: to) }
        try await show(made, checkpoint)
    }

    /// Before anything is signed.
    private func checkRange(_ session: Session) async throws {
        let (index, from) = (index, from)
        try await session.handler.door.read { reader in
            let size = try reader.head().size.value
            guard size > 0 else {
                throw Ending(.nothing, "ledger: the ledger is empty: there is nothing to prove.")
            }
            if let index, index >= size { throw try StoredRecord.missing(LogIndex(index), in: reader) }
            if let from, from > size {
                throw UsageFault("the log never had \(from) records: it has \(size). Name a smaller size.")
            }
        }
    }

    /// A proof, and the leaf hash of the record that it is about.
    private struct Made: Sendable {
        let bytes: [UInt8]
        let leaf: Hash?

        /// What is handed out was checked as its receiver will: a damaged ledger gives no proofs.
        init(index: Int?, from: Int?, note: SignedNote, head: Checkpoint, _ reader: any LogReader) throws {
            if let index {
                let index = LogIndex(index)
                let hashes = try reader.inclusionProof(of: index, in: head.size)
                let found = Hash.leaf(try StoredRecord.bytes(at: index, in: reader))
                guard
                    MerkleProof.checkInclusion(
                        of: found, at: index, in: head.size, root: head.root, proof: hashes)
                else { throw Self.damaged("record \(index) is not the one in the ledger's tree") }
                leaf = found
                bytes = TlogProof(index: index, hashes: hashes, checkpoint: note).bytes
            } else {
                let old = TreeSize(from ?? 0)
                let hashes = try reader.consistencyProof(from: old, to: head.size)
                guard
                    MerkleProof.checkConsistency(
                        from: old, oldRoot: try reader.root(at: old), to: head.size, newRoot: head.root,
                        proof: hashes)
                else { throw Self.damaged("the ledger's stored tree contradicts itself") }
                leaf = nil
                bytes = ConsistencyProof(old: old, hashes: hashes, checkpoint: note).bytes
            }
        }

        private static func damaged(_ what: String) -> LogError {
            LogError(.broken, "\(what). Nothing was written. Run `ledger verify` to see what is wrong.")
        }
    }

    private func show(_ made: Made, _ checkpoint: Checkpoint) async throws {
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "file": .optional(to), "from": Self.json(from), "index": Self.json(index),
                    "leaf": .optional(made.leaf?.hex), "origin": .string(checkpoint.origin.text),
                    "proof": .string(String(decoding: made.bytes, as: UTF8.self)),
                    "root": .string(checkpoint.root.bytes.base64),
                    "size": .integer(Int64(checkpoint.size.value)),
                ]))
        } else if let to {
            let what = index.map { "record \($0) is in" } ?? "\(from ?? 0) records are the beginning of"
            Terminal.result("wrote \(Terminal.safe(to)): \(what) the log of \(checkpoint.size) records")
        } else {
            Terminal.result(bytes: made.bytes)
        }
    }

    private static func json(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        do { try DurableFile.write(Data(bytes), to: path) } catch {
            throw RuntimeFault("cannot write '\(path)'", error)
        }
    }
}
