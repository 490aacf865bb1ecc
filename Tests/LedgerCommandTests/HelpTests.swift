import Foundation
import Testing

@Suite struct HelpTests {
    @Test(arguments: [
        "init", "status", "replay", "log", "show", "search", "doctor", "prove", "tiles", "verify",
        "checkpoint", "witness", "import", "backup", "restore", "person enroll", "key revoke",
    ])
    func helpHasAnExampleAndFits(command: String) throws {
        let result = try LedgerProgram.run(
            ["help"] + command.split(separator: " ").map { String($0) }, in: "/")

        #expect(result.code == 0)
        #expect(result.output.contains("Example"))
        #expect(result.lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE") })
    }

    @Test func helpTellsOfCompletionsAndExitCodes() throws {
        let result = try LedgerProgram.run(["help"], in: "/")

        #expect(result.output.contains("--generate-completion-script"))
        #expect(result.output.contains("Exit codes: 0 proven or done"))
        for shell in ["bash", "zsh", "fish"] {
            let script = try LedgerProgram.run(["--generate-completion-script", shell], in: "/")
            #expect(script.code == 0 && script.output.contains("ledger"))
        }
    }
}
