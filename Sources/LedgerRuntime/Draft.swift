internal import Foundation

/// A folder that is made whole under another name beside its place, and only then gets its own: who is killed
/// leaves no
/// half of one, and what they left is removed by the next who makes one there.
public struct Draft: Sendable {
    public let target: String
    /// The folder as long as it is a draft. Nothing is there yet.
    public let path: String

    /// - Parameter target: an absolute path, or one from the current folder.
    public init(of target: String) {
        let target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
        self.target = target
        path = "\(target).new-\(WorkerIdentity.make().label)"
        removeAbandoned()
    }

    /// Gives it its name. It keeps it also if the power fails after this.
    ///
    /// - Throws: ``RuntimeFault`` if something is there already; the draft is as it was then.
    public func publish() throws(RuntimeFault) {
        guard rename(path, target) == 0 else {
            throw RuntimeFault(
                .storage, "cannot give '\(path)' its name '\(target)'. Check the folder's permissions.",
                cause: String(cString: strerror(errno)))
        }
        DurableFile.syncFolder(of: target)
    }

    public func discard() { try? FileManager.default.removeItem(atPath: path) }

    private func removeAbandoned() {
        let (folder, prefix) = (
            DurableFile.folder(of: target), (target as NSString).lastPathComponent + ".new-"
        )
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(prefix) && WorkerIdentity.life(ofLabel: name.dropFirst(prefix.count)) == .dead {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
