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

    /// A new empty folder that only this user can enter. Its name says whose it is.
    ///
    /// - Throws: ``RuntimeFault`` if the disk does not take it.
    public func makeScratch(for purpose: String) throws(RuntimeFault) -> String {
        let random = String(UInt64.random(in: 0 ... .max), radix: 36)
        let path = "\(temporary)/\(Self.prefix)\(purpose)-\(WorkerIdentity.make().label)-\(random)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RuntimeFault("cannot make the folder '\(path)' (TMPDIR says where)", error)
        }
        return path
    }

    public func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Removes what workers left behind that were killed: of dead processes at once, of unknown ones (before
    /// the last boot, in another container) after a day.
    public func removeAbandoned() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary)) ?? []
        for name in names where name.hasPrefix(Self.prefix) {
            let parts = name.split(separator: "-")
            let path = "\(temporary)/\(name)"
            guard parts.count >= 4, let life = WorkerIdentity.life(ofLabel: parts[parts.count - 2]),
                Self.isOwnFolder(path)
            else { continue }
            if life == .dead || life == .unknown && Self.isOlder(path, than: 86_400) { remove(path) }
        }
    }

    private static let prefix = "ledger-"

    /// Others may put anything into `/tmp`, links as well.
    private static func isOwnFolder(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR && facts.st_uid == geteuid()
    }

    private static func isOlder(_ path: String, than seconds: Int) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && time(nil) - facts.st_mtim.tv_sec > seconds
    }
}
