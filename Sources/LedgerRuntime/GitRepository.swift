internal import Foundation
internal import Subprocess

/// A git repository, as far as the ledger asks: which commit a tag names.
public struct GitRepository: Sendable {
    /// An absolute folder, or an URL, without credentials.
    public let path: String

    /// - Throws: ``RuntimeFault`` for what git could take for an option or a command, and for URLs with
    ///   credentials.
    public init(_ text: String) throws(RuntimeFault) {
        guard !text.isEmpty, !text.hasPrefix("-"),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw RuntimeFault(.badInput, "this is no repository. Name a folder or an https URL.") }
        if let scheme = text.range(of: "://") {
            let isAllowed = ["https", "ssh", "file"].contains(String(text[..<scheme.lowerBound]))
            guard isAllowed else {
                throw RuntimeFault(
                    .badInput,
                    "'\(text)' is no repository that is read here. Name a folder, or an https or ssh URL.")
            }
            let authority = text[scheme.upperBound...].prefix { $0 != "/" }
            guard text.hasPrefix("ssh://") || !authority.contains("@") else {
                throw RuntimeFault(
                    .badInput,
                    "the repository's URL holds credentials, which would be recorded for ever. Use "
                        + "git's credential helper."
                )
            }
            path = text
            return
        }
        guard !text.contains("::") else {
            throw RuntimeFault(
                .badInput,
                "'\(text)' is no repository that is read here. Name a folder, or an https or ssh URL.")
        }
        let full = text.hasPrefix("/") ? text : "\(FileManager.default.currentDirectoryPath)/\(text)"
        path = (full as NSString).standardizingPath
    }

    /// The commit that the tag names, 40 hex digits; of an annotated tag, the commit behind it.
    public func commit(of tag: String) async throws(RuntimeFault) -> String {
        let reference = "refs/tags/\(tag)"
        let output: String
        do {
            let result = try await Subprocess.run(
                .name("git"), arguments: ["ls-remote", "--tags", "--", path, reference, reference + "^{}"],
                environment: .inherit.updating(["GIT_TERMINAL_PROMPT": "0"]),
                output: .string(limit: 64 * 1024),
                error: .string(limit: 64 * 1024))
            guard result.terminationStatus.isSuccess else {
                let words = result.standardError.split(separator: "\n").last.map { String($0) }
                throw RuntimeFault(
                    .programFailed,
                    "git cannot read the repository '\(path)'. Check the path and your access.", cause: words)
            }
            output = result.standardOutput
        } catch let fault as RuntimeFault { throw fault } catch {
            throw RuntimeFault(
                .missingProgram, "cannot run git. Install it (Debian: git).")
        }
        var commits: [Substring: Substring] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            if parts.count == 2 { commits[parts[1]] = parts[0] }
        }
        guard let commit = commits[Substring(reference + "^{}")] ?? commits[Substring(reference)],
            commit.utf8.count == 40
        else {
            throw RuntimeFault(
                .badInput,
                "the repository '\(path)' has no tag '\(tag)'. Push the tag first: git tag \(tag) && "
                    + "git push --tags"
            )
        }
        return String(commit)
    }
}
