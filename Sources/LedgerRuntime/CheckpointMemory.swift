internal import Foundation

/// Checkpoints that were kept outside of their ledgers, the newest of each: what knows of records that a
/// ledger has lost.
///
/// Always true:
/// - a file is whole, and on the disk, before it has its name;
/// - a checkpoint takes the place of exactly the one that it was compared with, never of another one that
///   came in between.
public struct CheckpointMemory: Sendable {
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// - Parameter key: name and hash of the log's first key, `example.com/autocli+1a2b3c4d`: two ledgers may
    ///   have one name, and never one key.
    public func path(of key: String) -> String {
        "\(folder)/\(key.replacingOccurrences(of: "/", with: "_")).checkpoint"
    }

    /// Checkpoints of other ledgers that have the same name.
    public func others(than key: String) -> [String] {
        guard let end = key.lastIndex(of: "+") else { return [] }
        let own = path(of: key)
        let prefix = key[...end].replacingOccurrences(of: "/", with: "_")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".checkpoint") }
            .map { "\(folder)/\($0)" }.filter { $0 != own }.sorted()
    }

    /// - Returns: nil if nothing was kept.
    /// - Throws: ``RuntimeFault`` if it cannot be read.
    public func read(_ key: String) throws(RuntimeFault) -> [UInt8]? {
        let path = path(of: key)
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        return try Files.read(path, limitBytes: 1 << 20)
    }

    /// Puts `new` in the place of `old`.
    ///
    /// - Parameter old: nil where nothing was kept.
    /// - Returns: false if something else is there meanwhile; nothing has changed then.
    /// - Throws: ``RuntimeFault`` if it cannot be written.
    public func replace(_ key: String, _ old: [UInt8]?, with new: [UInt8]) throws(RuntimeFault) -> Bool {
        try Files.makeFolder(folder)
        let name = "\(folder)/.lock"
        let lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw RuntimeFault("cannot write '\(name)'", SystemFault.last) }
        defer { close(lock) }
        // Held for a few milliseconds, by whoever writes a checkpoint.
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw RuntimeFault("cannot write '\(name)'", SystemFault.last) }
        }
        guard try read(key) == old else { return false }
        // Of those who were killed here: nobody else writes now.
        for name in (try? Files.names(in: folder)) ?? [] where name.hasSuffix(".tmp") {
            Files.remove("\(folder)/\(name)")
        }
        do { try DurableFile.write(Data(new), to: path(of: key)) } catch {
            throw RuntimeFault("cannot write '\(path(of: key))'", error)
        }
        return true
    }
}
