internal import Foundation

/// A folder or file that is made whole under another name beside its place, and only then gets its own: who
/// is killed leaves no half of one, and what they left is removed by the next who makes one there.
public struct Draft: Sendable {
    public let target: String
    /// Where it is as long as it is a draft. Nothing is there yet.
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
        var code = ExactRename.rename(path, to: target, .toNewName)
        if code != 0, errno == EINVAL || errno == ENOSYS, access(target, F_OK) != 0 {
            // A file system that cannot promise it.
            code = rename(path, target)
        }
        try published(code)
    }

    /// Gives a file the name of another one, which is gone then.
    ///
    /// - Throws: ``RuntimeFault``; both are as they were then.
    public func publishReplacing() throws(RuntimeFault) { try published(rename(path, target)) }

    /// Gives it its name, in one step, and what had the name before another one: `aside`.
    ///
    /// - Throws: ``RuntimeFault``; what had the name still has it then.
    public func publish(keepingOldAs aside: String) throws(RuntimeFault) {
        // Under a name that nobody removes: after the exchange it is the old one's.
        var code = ExactRename.rename(path, to: aside, .toNewName)
        try published(code)
        code = ExactRename.rename(aside, to: target, .exchange)
        let fault = errno
        if code != 0 { _ = rename(aside, path) }
        errno = fault
        try published(code)
    }

    private func published(_ code: Int32) throws(RuntimeFault) {
        guard code == 0 else {
            throw RuntimeFault("cannot write '\(target)'", SystemFault.last)
        }
        DurableFile.syncFolder(of: target)
    }

    public func discard() {
        for suffix in ["", Self.journal] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// A text in which drafts have the names that they were to get: nobody looks for them under another one.
    public static func named(in text: String) -> String {
        text.replacing(/\.new-[0-9a-f]+(\.[0-9]+){4}/, with: "")
    }

    /// What SQLite leaves beside a file that it was about to make. A label holds no `-`.
    private static let journal = "-journal"

    private func removeAbandoned() {
        let (folder, prefix) = (
            DurableFile.folder(of: target), DurableFile.name(of: target) + ".new-"
        )
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(prefix) {
            let label = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard WorkerIdentity.life(ofLabel: label) == .dead else { continue }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
