import Foundation
import Testing

/// What becomes of words that cannot be written.
@Suite struct FullOutputTests {
    private func run(_ line: String) throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            "bash", ["-c", line, "bash", LedgerProgram.path], in: FileManager.default.temporaryDirectory.path)
    }

    @Test(arguments: ["--version", "--help"])
    func aResultThatCannotBeWrittenIsNoSuccess(option: String) throws {
        let result = try run("\"$1\" \(option) > /dev/full")

        #expect(result.code == 1)
        #expect(result.notes.contains("could not be written"), "\(result.notes)")
    }

    @Test func anErrorKeepsItsCodeWhereItCannotBeTold() throws {
        let result = try run("\"$1\" status --ledger /nowhere 2> /dev/full")

        #expect(result.code == 1)
        #expect(result.output.isEmpty)
    }

    /// `doctor` starts programs, and is deaf to SIGPIPE from then on.
    @Test(arguments: ["--help", "doctor --ledger /nowhere"])
    func aReaderThatHasEnoughEndsTheProgramQuietly(command: String) throws {
        // The pipe is closed before the program begins.
        let result = try run(
            "{ sleep 0.3; \"$1\" \(command); } | { exec 0<&-; sleep 2; }; exit ${PIPESTATUS[0]}")

        #expect(result.code == 128 + SIGPIPE)
        #expect(result.notes.isEmpty, "\(result.notes)")
    }
}
