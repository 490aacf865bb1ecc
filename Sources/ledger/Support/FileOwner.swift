import Foundation

/// Whose a file is, by the names that this machine knows.
enum FileOwner {
    /// - Returns: nil where the file cannot be looked at.
    static func name(of path: String) -> String? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? name(facts.st_uid) : nil
    }

    static var mine: String { name(geteuid()) }

    private static func name(_ user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "user \(user)"
    }
}
