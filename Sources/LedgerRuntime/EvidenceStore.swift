internal import Foundation
public import LedgerEvents
public import LedgerPipeline
public import LedgerProof

/// Evidence too large for the log: files named by their digest, under `evidence/sha256/`.
///
/// Always true: a file is complete and synced before it has its name, and before the record that names it is
/// appended.
public struct EvidenceStore: Sendable {
    /// The folder `evidence` of the ledger.
    public let folder: String

    public init(folder: String) { self.folder = folder }

    public static func isSmall(_ content: [UInt8]) -> Bool {
        content.count <= StoredEvidence.maximumByteCount
    }

    /// Where content with `digest` lies, if it is large.
    public func path(_ digest: Hash) -> String { "\(folder)/sha256/\(digest.hex)" }

    /// - Returns: nil if there is no such file or it cannot be read. Whoever reads compares the digest.
    public func read(_ digest: Hash) -> StoredEvidence? {
        guard let content = FileManager.default.contents(atPath: path(digest)) else { return nil }
        let salt = FileManager.default.contents(atPath: path(digest) + ".salt")
        guard salt.map({ $0.count == 16 }) ?? true else { return nil }
        return StoredEvidence(salt: salt.map { [UInt8]($0) }, content: [UInt8](content))
    }

    /// Keeps what is too large for the log.
    public func keepLarge(_ act: Act) throws {
        for (digest, content) in act.evidence where !Self.isSmall(content.content) {
            try keep(content, digest: digest)
        }
    }

    /// Keeps evidence that has this digest as a file, the salt first.
    public func keep(_ evidence: StoredEvidence, digest: Hash) throws {
        if let salt = evidence.salt { try write(salt, to: path(digest) + ".salt") }
        try write(evidence.content, to: path(digest))
    }

    /// Keeps a file, however large, without reading it whole.
    ///
    /// - Throws: ``RuntimeFault`` if the file does not have the digest.
    public func keep(fileAt source: String, digest: Hash) throws {
        let target = path(digest)
        guard !FileManager.default.fileExists(atPath: target) else { return }
        let content: Data
        do { content = try Data(contentsOf: URL(fileURLWithPath: source), options: .mappedIfSafe) } catch {
            throw RuntimeFault("cannot read '\(source)'", error)
        }
        guard content.withUnsafeBytes({ Hash.sha256($0) }) == digest else {
            throw RuntimeFault(
                .storage,
                "'\(source)' was changed while it was being kept: its SHA-256 is not \(digest). Run "
                    + "the stage again."
            )
        }
        try write(content, to: target)
    }

    private func write(_ content: some DataProtocol, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do { try DurableFile.write(content, to: path) } catch {
            throw RuntimeFault("cannot keep evidence in '\(path)'", error)
        }
    }
}
