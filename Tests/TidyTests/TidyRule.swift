import Testing

/// One file of the project, as a rule sees it.
struct SourceFile {
    /// From the project's folder: `Sources/LedgerProof/Hash.swift`.
    let path: String
    let text: String
    let code: SwiftCode

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = SwiftCode(text)
    }

    /// `Migrations` and `Reports` are targets themselves; elsewhere a target is a folder below.
    var target: String {
        let parts = path.split(separator: "/").map { String($0) }
        switch parts[0] {
        case "Migrations": return "LedgerMigrations"
        case "Reports": return "LedgerReports"
        default: return parts.count > 1 ? parts[1] : parts[0]
        }
    }

    var isTest: Bool { path.hasPrefix("Tests/") }
}

/// A rule that every Swift file keeps.
struct TidyRule: Sendable, CustomTestStringConvertible {
    struct Violation: Hashable, Sendable, CustomStringConvertible {
        let path: String
        /// From 1.
        let line: Int
        let text: String

        var description: String { "\(path):\(line): \(text)" }
    }

    let name: String
    let violations: @Sendable (SourceFile) -> [Violation]

    var testDescription: String { name }

    /// A rule about single lines of code.
    static func lines(
        _ name: String, unless isExempt: @escaping @Sendable (SourceFile) -> Bool = { _ in false },
        fault: @escaping @Sendable (String) -> String?
    ) -> TidyRule {
        TidyRule(name: name) { file in
            guard !isExempt(file) else { return [] }
            return file.code.lines.enumerated().compactMap { index, line in
                fault(line).map { Violation(path: file.path, line: index + 1, text: $0) }
            }
        }
    }
}

extension TidyRule {
    static let all = [
        fileLength, functionLength, columns, noTry, noPrint, pureTargets, imports, scanned,
    ]

    static let fileLength = TidyRule(name: "files have at most 500 lines") { file in
        let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        return count > 500 ? [Violation(path: file.path, line: 501, text: "\(count) lines")] : []
    }

    static let functionLength = TidyRule(name: "functions have at most 70 lines") { file in
        file.code.functions.filter { $0.lineCount > 70 }.map {
            Violation(path: file.path, line: $0.line, text: "\($0.name) has \($0.lineCount) lines")
        }
    }

    /// A literal may be longer: a message that is in one piece can be searched for.
    static let columns = TidyRule(name: "lines have at most 110 columns, but for literals") { file in
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        return zip(lines, file.code.lines).enumerated().compactMap { index, pair in
            let (line, code) = pair
            let indent = line.prefix { $0 == " " }.count
            let isComment = line.dropFirst(indent).hasPrefix("//")
            guard line.count > 110, isComment || code.countWithoutGaps(behind: indent) > 110 else {
                return nil
            }
            return Violation(path: file.path, line: index + 1, text: "\(line.count) columns")
        }
    }

    static let noTry = TidyRule.lines("nothing is tried with an exclamation mark") {
        $0.contains("try!") ? "try!" : nil
    }

    static let noPrint = TidyRule.lines(
        "only the command line and the bench print",
        unless: { $0.isTest || ["ledger", "ledger-bench"].contains($0.target) }
    ) { line in
        line.words.contains("print(") ? "print(" : nil
    }

    static let pureTargets = TidyRule.lines(
        "the pure targets do without Foundation",
        unless: { $0.isTest || !["LedgerProof", "LedgerEvents", "LedgerPipeline"].contains($0.target) }
    ) { line in
        importedModule(line).flatMap { $0.hasPrefix("Foundation") ? "imports \($0)" : nil }
    }

    static let imports = TidyRule(name: "targets import only what the ground plan lets them") { file in
        guard !file.isTest, file.path != "Package.swift" else { return [] }
        let allowed = GroundPlan.imports[file.target]
        return file.code.lines.enumerated().compactMap { index, line in
            guard let module = importedModule(line), !GroundPlan.platform.contains(module) else { return nil }
            if allowed?.contains(module) == true { return nil }
            return Violation(
                path: file.path, line: index + 1,
                text: allowed == nil
                    ? "the ground plan does not know the target \(file.target)"
                    : "\(file.target) may not import \(module)")
        }
    }

    static let scanned = TidyRule(name: "these rules can read every file") { file in
        file.code.isWhole ? [] : [Violation(path: file.path, line: 1, text: "the scanner lost its way")]
    }

    /// `Crypto` of `internal import struct Crypto.SHA256`.
    static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        let access: Set<Substring> = ["public", "package", "internal", "private", "fileprivate"]
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
        ]
        let rest = words.drop { access.contains($0) || $0.hasPrefix("@") }
        guard rest.first == "import" else { return nil }
        return rest.dropFirst().drop { kinds.contains($0) }.first?.split(separator: ".").first.map {
            String($0)
        }
    }
}

/// Which target may import which module: the ground plan of `docs/architecture.md`.
enum GroundPlan {
    static let platform: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Musl", "Dispatch", "Synchronization",
        "PackageDescription",
    ]

    private static let core: Set<String> = ["LedgerPipeline", "LedgerEvents", "LedgerProof"]

    static let imports: [String: Set<String>] = [
        "LedgerProof": ["CSHA256", "Crypto", "CryptoExtras"],
        "LedgerEvents": ["LedgerProof"],
        "LedgerPipeline": ["LedgerEvents", "LedgerProof"],
        "LedgerMigrations": ["CLedgerMigrations"],
        "LedgerSQLite": [
            "LedgerEvents", "LedgerProof", "LedgerMigrations", "GRDB", "GRDBSQLite", "CSQLiteShim",
        ],
        "LedgerPostgres": ["LedgerEvents", "LedgerProof", "LedgerMigrations"],
        "LedgerRuntime": core.union(["CPythonTools", "Subprocess", "SystemPackage"]),
        "LedgerGitHub": core.union(["Crypto", "Yams"]),
        "LedgerReports": ["LedgerPipeline", "LedgerProof", "Mustache", "Yams"],
        "LedgerServer": core.union(["LedgerReports", "Hummingbird"]),
        "ledger": core.union([
            "LedgerRuntime", "LedgerSQLite", "LedgerPostgres", "LedgerGitHub", "LedgerReports", "CBundle",
            "ArgumentParser", "Yams",
        ]),
        "ledger-server": core.union([
            "LedgerServer", "LedgerSQLite", "LedgerPostgres", "LedgerReports", "ArgumentParser",
        ]),
        "LedgerTesting": core.union(["Crypto"]),
        "ledger-bench": core.union(["LedgerTesting", "LedgerSQLite", "LedgerPostgres"]),
    ]
}

extension String {
    var trimmedAtEnd: Substring {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Columns, with each gap behind the indentation counted as one: what a blanked literal leaves is a gap.
    func countWithoutGaps(behind indent: Int) -> Int {
        let code = trimmedAtEnd.dropFirst(indent)
        return trimmedAtEnd.count - zip(code, code.dropFirst()).count { $0 == " " && $1 == " " }
    }

    /// Split at spaces and before each word: `print(` of `{ print("x") }`, but not of `imprint(`.
    var words: [String] {
        var result: [String] = []
        var word = ""
        for character in self {
            if character.isLetter || character.isNumber || character == "_" || character == "." {
                word.append(character)
            } else {
                if !word.isEmpty { result.append(word + (character == "(" ? "(" : "")) }
                word = ""
            }
        }
        return word.isEmpty ? result : result + [word]
    }
}
