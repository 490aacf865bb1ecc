import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// Checks a proof that somebody handed over, without a ledger.
struct ProofVerification {
    let path: String
    let key: NoteVerifierKey
    /// A file, or the index of a record of the ledger that is open here.
    let record: String?
    let against: [KeptCheckpoint]
    let global: GlobalOptions

    func run() async throws {
        guard let bytes = InputFile.read(path) else {
            throw Ending(
                .couldNotLook, "ledger: cannot read the proof '\(Terminal.safe(path))'. Check the name.")
        }
        guard let proof = ProofFile(parsing: bytes) else {
            throw Ending(
                .broken, "ledger: '\(Terminal.safe(path))' is no proof. `ledger prove` writes one.")
        }
        switch proof {
        case .inclusion(let proof): try await check(proof)
        case .consistency(let proof): try check(proof)
        }
    }

    // MARK: One record

    private func check(_ proof: TlogProof) async throws {
        guard against.isEmpty else {
            throw UsageFault("the proof is of one record, so there is nothing --against it. Leave that out.")
        }
        guard let record else {
            throw Ending(
                .nothing,
                "ledger: the proof is of record \(proof.index), which is not in it. Name it with --record FILE: "
                    + "`ledger show \(proof.index) --raw` writes one.")
        }
        let bytes = try await recordBytes(record)
        let leaf = Hash.leaf(bytes)
        var facts: JSONObject = [
            "index": .integer(Int64(proof.index.value)), "leaf": .string(leaf.hex), "proof": "inclusion",
        ]
        do throws(ProofFault) {
            let checkpoint = try proof.check(leaf, key: key)
            facts = facts.merging(Self.json(checkpoint))
            var lines = ["record \(proof.index) is in the log of \(checkpoint.origin)"]
            if let record = try? Record(bytes) { lines.append("  \(Terminal.safe(record.sentence))") }
            show(lines, checkpoint, facts)
        } catch {
            try fail(error, facts)
        }
    }

    /// The record as one line, or exactly its bytes.
    private func recordBytes(_ name: String) async throws -> [UInt8] {
        guard let bytes = InputFile.read(name, limitBytes: RecordView.maximumByteCount + 1) else {
            guard !FileManager.default.fileExists(atPath: name), let index = Int(name), index >= 0 else {
                throw Ending(
                    .couldNotLook,
                    "ledger: cannot read the record '\(Terminal.safe(name))'. Name a file with one record, or the index of one in this ledger."
                )
            }
            return try await storedRecord(index)
        }
        return bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes
    }

    private func storedRecord(_ index: Int) async throws -> [UInt8] {
        let session = try Session.openToRead(global)
        return try await session.handler.door.read {
            try StoredRecord.bytes(at: LogIndex(index), in: $0)
        }
    }

    // MARK: The whole log

    private func check(_ proof: ConsistencyProof) throws {
        guard record == nil else {
            throw UsageFault(
                "the proof is that the log continues its first \(proof.old) records, so no --record belongs to it. Leave that out."
            )
        }
        guard let kept = against.first, proof.old != .empty else {
            throw Ending(
                .nothing,
                proof.old == .empty
                    ? "ledger: every log continues the empty one: there is nothing to verify."
                    : "ledger: the proof begins at \(proof.old) records. Name the checkpoint of that size with --against FILE."
            )
        }
        guard against.count == 1 else {
            throw UsageFault("a proof begins at one checkpoint. Name one with --against.")
        }
        var facts: JSONObject = [
            "checkpoint": .string(kept.path), "from": .integer(Int64(proof.old.value)),
            "proof": "consistency",
        ]
        guard let old = try? Checkpoint(note: kept.note, signedWith: key) else {
            throw Ending(
                .broken,
                "ledger: the checkpoint '\(Terminal.safe(kept.path))' is not signed with the log's key.")
        }
        do throws(ProofFault) {
            let checkpoint = try proof.check(from: old, key: key)
            facts = facts.merging(Self.json(checkpoint))
            show(
                [
                    "the log of \(checkpoint.origin) continues \(Terminal.safe(kept.path)), \(old.size) records"
                ],
                checkpoint, facts)
        } catch {
            try fail(error, facts)
        }
    }

    // MARK: Telling

    private static func json(_ checkpoint: Checkpoint) -> JSONObject {
        [
            "origin": .string(checkpoint.origin.text), "root": .string(checkpoint.root.bytes.base64),
            "size": .integer(Int64(checkpoint.size.value)),
        ]
    }

    private func show(_ lines: [String], _ checkpoint: Checkpoint, _ facts: JSONObject) {
        if global.output == .json {
            Terminal.result(JSONText.line(facts.merging(["fault": .null])))
        } else {
            let last =
                "  under the checkpoint of \(checkpoint.size) records, root \(checkpoint.root.bytes.base64)"
            Terminal.result(
                "\(Terminal.styled("✓", .green)) " + (lines + [last]).joined(separator: "\n"))
        }
    }

    private func fail(_ fault: ProofFault, _ facts: JSONObject) throws -> Never {
        if global.output == .json {
            Terminal.result(JSONText.line(facts.merging(["fault": .string(fault.description)])))
        } else {
            Terminal.result("\(Terminal.styled("✗ wrong", .red))  \(fault)")
        }
        throw Ending(.broken)
    }
}
