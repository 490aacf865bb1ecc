import LedgerEvents
import LedgerPipeline

/// Evidence that records name, that is not there, and that was not duly erased.
enum MissingEvidence {
    static func find(_ context: LedgerContext) throws -> [Finding] {
        let check = EvidenceCheck(governance: context.governance, source: context.history)
        var told: Set<String> = []
        return try context.reader.streams(withPrefix: "").flatMap { stream in
            check.findings(in: try context.reader.records(in: stream))
        }
        .filter { $0.code == "evidence.missing" && told.insert($0.text).inserted }
    }

    /// Says what is missing, and ends with 1.
    static func tell(_ missing: [Finding], in what: String) throws {
        guard let first = missing.first else { return }
        throw Ending(
            .couldNotLook,
            "ledger: \(what) lacks \(missing.count) piece\(missing.count == 1 ? "" : "s") of evidence, the first: \(Terminal.safe(first.text)). Look for it in an older backup or a bundle."
        )
    }
}
