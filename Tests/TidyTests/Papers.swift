import Foundation
import LedgerProof

/// What the papers must be true to. Each rule takes texts, so that a test can plant a fault.
enum Papers {
    /// The command lines of `ledger` in the indented and fenced blocks of a Markdown page.
    ///
    /// A line that ends with a backslash goes on. Behind `#` stands a remark. In a part with a `$`, all other
    /// lines are what commands said. What another program does with the output is not looked at.
    static func commands(in page: String) -> [[String]] {
        var isFenced = false
        var hasPrompt = false
        var found: [[String]] = []
        let whole = page.replacing(/\\\n\s*/, with: "")
        for line in whole.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isFenced.toggle() }
            guard isFenced || line.hasPrefix("    ") else {
                if !line.isEmpty { hasPrompt = false }
                continue
            }
            var words = Self.words(of: String(line))
            let isPrompted = words.first == "$"
            hasPrompt = hasPrompt || isPrompted
            guard isPrompted == hasPrompt else { continue }
            if isPrompted { words.removeFirst() }
            while let first = words.first, first.contains(/^[A-Z_]+=/) { words.removeFirst() }
            guard words.first == "ledger" else { continue }
            let ends: Set<String> = ["|", ">", "&&", ";"]
            found.append(Array(words.dropFirst().prefix { !ends.contains($0) }))
        }
        return found
    }

    /// As a shell would split them, as far as a README needs it.
    private static func words(of line: String) -> [String] {
        var result: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                if let word { result.append(word) }
                word = nil
            } else if character == "#", word == nil {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return word.map { result + [$0] } ?? result
    }

    /// The headings that a verifier's author must find, and the number of each.
    static let formatHeadings = [
        "1. The line is the leaf", "2. Evidence", "3. Checkpoints, proofs, tiles", "4. Approvals",
        "5. Event types of version 1", "6. The bundle", "7. What a verifier must decide",
    ]

    static func missingHeadings(in format: String) -> [String] {
        let headings = format.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
        return formatHeadings.filter { wanted in !headings.contains { $0.hasPrefix(wanted) } }
    }

    /// Lines of `shipped.sha256` that the files do not keep.
    ///
    /// - Parameter read: The bytes of a file of that folder; nil where there is none.
    static func editedMigrations(shipped list: String, read: (String) -> [UInt8]?) -> [String] {
        list.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1).map { String($0) }
            guard parts.count == 2, let digest = Hash(hex: parts[0]) else { return "unreadable: \(line)" }
            let name = String(parts[1].drop { $0 == " " || $0 == "*" })
            guard let bytes = read(name) else { return "\(name) is gone" }
            return Hash.sha256(bytes) == digest ? nil : "\(name) was edited"
        }
    }

    /// What must never be tracked.
    static func strays(among tracked: [String]) -> [String] {
        tracked.filter { path in
            path.split(separator: "/").contains { part in
                part == "Package.resolved" || part == "__pycache__" || part.hasPrefix(".build")
                    || part.hasSuffix(".pyc") || part.hasPrefix("ledger-demo")
            }
        }
    }
}
