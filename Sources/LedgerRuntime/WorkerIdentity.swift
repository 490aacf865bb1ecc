internal import Foundation

/// Who holds a lease: a process of one boot of one machine. Written `<boot id>/<pid>/<start time>/<random>`,
/// so that another process of the same machine can tell that the holder is dead and need not wait for its
/// lease to run out.
struct WorkerIdentity: Hashable, Sendable {
    let text: String

    static func make() -> WorkerIdentity {
        let pid = ProcessInfo.processInfo.processIdentifier
        let random = UInt32.random(in: 0 ... .max)
        return WorkerIdentity(text: "\(bootID)/\(pid)/\(startTime(of: pid) ?? "?")/\(random)")
    }

    /// Certain that the holder is gone: it ran on this machine since the last boot, and its process is not
    /// there any more.
    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == bootID, !bootID.isEmpty, let pid = Int32(parts[1]) else {
            return false
        }
        return startTime(of: pid) != String(parts[2])
    }

    private static let bootID: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }()

    /// Clock ticks since boot at which the process started (proc(5), `stat`, field 22); nil if there is none,
    /// or only what is left of one.
    private static func startTime(of pid: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // The name in field 2 may hold spaces and parentheses; the last ")" ends it.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }
}
