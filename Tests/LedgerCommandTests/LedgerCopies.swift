import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite
import LedgerTesting
import Testing

/// What backups and imports are held against.
extension LivedInLedger {
    /// A record that names a large file and a large salted one, and both files.
    func keepLargeEvidence() throws {
        var generator = SeededGenerator(seed: 5)
        let content = (0..<2_500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let plain = StoredEvidence(content: content)
        let salted = StoredEvidence(salt: Array(content[..<16]), content: Array(content[100..<100_100]))
        let store = EvidenceStore(folder: "\(path)/evidence")
        for evidence in [plain, salted] { try store.keep(evidence, digest: evidence.digest) }
        let references = [(plain, "large.bin"), (salted, "personal.bin")].map { evidence, name in
            EvidenceReference(
                digest: evidence.digest, media: "application/octet-stream", name: name,
                size: evidence.content.count, isSalted: evidence.salt != nil
            ).json
        }
        try write { writer in
            var generator = SystemRandomNumberGenerator()
            let draft = RecordDraft(
                actor: Actor("ledger:self")!, cause: nil,
                id: EventID.make(at: World.start, using: &generator), stream: self.release.stream,
                type: EventType("file.kept")!, what: ["kept": .array(references)])
            _ = try writer.log.append(draft, expecting: .any)
        }
    }

    /// The ledger as it is now, for ``putBack(_:)``.
    func keepCopy(as name: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(name)")
    }

    /// As if an old copy had been put in the place of this ledger.
    func putBack(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: path)
    }

    /// Names in the folder, without what commands of tests leave.
    func names(in part: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)").filter { $0 != ".state" }
            .sorted()
    }

    /// Whether two folders hold the same files with the same bytes.
    func isSame(_ one: String, _ other: String) throws -> Bool {
        try LedgerProgram.run("diff", ["-r", one, other], in: folder).code == 0
    }
}
