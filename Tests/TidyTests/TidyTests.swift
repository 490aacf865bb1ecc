import Testing

/// The rules that no compiler checks, and for each a violation that it must find.
@Suite struct TidyTests {
    @Test(arguments: TidyRule.all)
    func everyFileKeeps(_ rule: TidyRule) {
        let violations = Project.swiftFiles.flatMap { rule.violations($0) }

        #expect(Project.swiftFiles.count > 100)
        #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
    }

    private func violations(
        _ rule: TidyRule, _ text: String, in path: String = "Sources/LedgerProof/A.swift"
    ) -> [Int] {
        rule.violations(SourceFile(path: path, text: text)).map(\.line)
    }

    @Test func aLongFileIsFound() {
        let line = "let a = 1\n"

        #expect(violations(.fileLength, String(repeating: line, count: 501)) == [501])
        #expect(violations(.fileLength, String(repeating: line, count: 500)) == [])
    }

    @Test func aLongFunctionIsFound() {
        func body(_ count: Int) -> String { String(repeating: "    a()\n", count: count) }

        #expect(violations(.functionLength, "\nfunc f(a: () -> Void = { }) {\n\(body(69))}\n") == [2])
        #expect(violations(.functionLength, "func f() {\n\(body(68))}\n") == [])
        #expect(violations(.functionLength, "struct A {\n    init() {\n\(body(69))}\n}\n") == [2])
        // What has no body ends nowhere.
        #expect(violations(.functionLength, "protocol P {\n    func f()\n}\nenum E {\n\(body(99))}\n") == [])
    }

    @Test func aLongLineIsFound() {
        let long = String(repeating: "x", count: 111)

        #expect(violations(.columns, "a\n\(long)\n") == [2])
        #expect(violations(.columns, "    // \(long)\n") == [1])
        #expect(violations(.columns, "\(long.dropLast())\n") == [])
        #expect(violations(.columns, "let a = f(\"\(long)\")\n") == [])
        #expect(violations(.columns, "let a = \"\(long)\" + \(long)\n") == [1])
    }

    @Test func aTryThatCannotFailIsFound() {
        #expect(violations(.noTry, "let a = try" + "! f()\n", in: "Tests/A/B.swift") == [1])
        #expect(violations(.noTry, "// try" + "! is not code, and neither is \"try" + "!\"\n") == [])
    }

    @Test func printingIsFound() {
        #expect(violations(.noPrint, "func f() { print(\"a\") }\n") == [1])
        #expect(violations(.noPrint, "imprint(1); a.print(2)\n") == [])
        #expect(violations(.noPrint, "print(1)\n", in: "Sources/ledger/A.swift") == [])
    }

    @Test func foundationInAPureTargetIsFound() {
        #expect(violations(.pureTargets, "import Foundation\n") == [1])
        #expect(violations(.pureTargets, "internal import struct FoundationEssentials.Data\n") == [1])
        #expect(violations(.pureTargets, "import Foundation\n", in: "Sources/ledger/A.swift") == [])
    }

    @Test func anImportAgainstTheGroundPlanIsFound() {
        let upwards = "import CSHA256\n@testable public import LedgerPipeline\n"

        #expect(violations(.imports, upwards) == [2])
        #expect(violations(.imports, upwards, in: "Sources/LedgerNew/A.swift") == [1, 2])
        #expect(violations(.imports, "import GRDB\n", in: "Sources/ledger/A.swift") == [1])
        #expect(violations(.imports, "import GRDB\n", in: "Sources/LedgerSQLite/A.swift") == [])
        #expect(violations(.imports, "import CLedgerMigrations\n", in: "Migrations/A.swift") == [])
    }

    @Test func codeHiddenInWordsIsNotCode() {
        let code = SwiftCode(
            """
            let a = "\\(b ? "}" : #"\\("#) { //" /* { /* } */ " */ + c // {
            let d = #\"""
                " \\(" {
                \"""#
            """)

        #expect(code.isWhole)
        #expect(code.lines[0].words == ["let", "a", "c"])
        #expect(code.lines.dropFirst().flatMap(\.words) == ["let", "d"])
        #expect(!code.lines.joined().contains("{"))
    }

    @Test(arguments: ["let a = \"b\n", "/* /* */\n", "func f() {\n"])
    func aSourceThatCannotBeReadIsFound(_ text: String) {
        #expect(violations(.scanned, text) == [1])
    }
}
