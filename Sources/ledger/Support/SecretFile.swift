import Foundation
import LedgerRuntime

/// A file with a private key: refused where others could read it.
enum SecretFile {
    /// - Parameters:
    ///   - what: whose key it is, for example `the log's key`.
    ///   - remedy: what to do where it cannot be read.
    /// - Returns: the text, without white space around it.
    /// - Throws: ``RuntimeFault``.
    static func read(_ path: String, _ what: String, remedy: String) throws -> String {
        var facts = stat()
        guard stat(path, &facts) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw RuntimeFault(.storage, "cannot read \(what) '\(path)'. \(remedy)")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw RuntimeFault(.storage, "others can read \(what). Run: chmod 600 '\(path)'")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
