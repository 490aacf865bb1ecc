internal import Foundation

/// A process of one boot of one machine: who holds a lease, whose a folder is. Written
/// `<boot id>/<pid namespace>/<pid>/<start time>/<random>`, so that another process there can tell that the
/// holder is dead
/// and need not wait for its lease to run out.
///
/// Containers of one machine share the boot, not the numbers of their processes: only who counts processes as
/// the holder
/// does can tell.
struct WorkerIdentity: Hashable, Sendable {
    let text: String
    /// The same, short, and fit for the name of a folder; holds no `-`.
    let label: String

    static func make() -> WorkerIdentity {
        let pid = ProcessInfo.processInfo.processIdentifier
        let random = UInt32.random(in: 0 ... .max)
        let process = "\(pid)/\(startTime(of: pid) ?? "?")/\(random)"
        return WorkerIdentity(
            text: "\(bootID)/\(namespace)/\(process)",
            label: "\(bootID.prefix(8))/\(namespace)/\(process)".replacingOccurrences(of: "/", with: "."))
    }

    enum Life { case alive, dead, unknown }

    /// Certain that the holder is gone: it ran on this machine since the last boot, and its process is not
    /// there any more.
    static func isDead(_ owner: String) -> Bool {
        life(of: owner.split(separator: "/", omittingEmptySubsequences: false), boot: bootID) == .dead
    }

    /// - Returns: nil where it is no label.
    static func life(ofLabel text: some StringProtocol) -> Life? {
        life(
            of: String(text).split(separator: ".", omittingEmptySubsequences: false),
            boot: String(bootID.prefix(8)))
    }

    private static func life(of parts: [Substring], boot: String) -> Life? {
        guard parts.count == 5, let pid = Int32(parts[2]), UInt32(parts[4]) != nil else { return nil }
        guard parts[0] == boot, !boot.isEmpty, parts[1] == namespace, !namespace.isEmpty else {
            return .unknown
        }
        return startTime(of: pid) == String(parts[3]) ? .alive : .dead
    }

    private static let bootID: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }()

    /// The number of the namespace in which process numbers count (namespaces(7)); empty where /proc does not
    /// say.
    private static let namespace: String = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        return (link ?? "").filter(\.isNumber)
    }()

    /// Clock ticks since boot at which the process started (proc(5), `stat`, field 22); nil if there is none,
    /// or only
    /// what is left of one.
    private static func startTime(of pid: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // The name in field 2 may hold spaces and parentheses; the last ")" ends it.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }
}
