internal import Foundation

/// Where a worker puts things that are not the ledger.
public struct WorkerFolders: Sendable {
    /// The ledger's own folder.
    public let ledger: String
    /// Prepared Python environments, kept between runs.
    public let tools: String
    /// For work in progress; each stage gets a folder of its own.
    let temporary: String

    public init(ledger: String, tools: String, temporary: String) {
        self.ledger = ledger
        self.tools = tools
        self.temporary = temporary
    }

    /// A new empty folder that only this user can enter.
    ///
    /// - Throws: ``RuntimeFault`` if the disk does not take it.
    public func makeScratch(for purpose: String) throws(RuntimeFault) -> String {
        let path = "\(temporary)/ledger-\(purpose)-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RuntimeFault(
                .storage,
                "cannot make the folder '\(path)'. Make room, or set TMPDIR to a folder that can be written.",
                cause: error.localizedDescription)
        }
        return path
    }

    public func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
