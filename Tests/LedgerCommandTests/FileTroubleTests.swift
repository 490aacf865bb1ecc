import Foundation
import Testing

/// Files that cannot be had: a sentence that says why and what to do, the right exit code, nothing half-made.
@Suite(.serialized) struct FileTroubleTests {
    /// Words that only programmers read.
    private static let raw = [
        "Error Domain", "NSCocoa", "NSPOSIX", "(null)", "error 512", "SQLite code", ".new-",
    ]

    private func checked(
        _ result: LedgerProgram.Result, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = result.output + result.notes
        #expect(result.code == 1, "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
        for word in Self.raw { #expect(!text.contains(word), "\(text)", sourceLocation: sourceLocation) }
    }

    @Test(arguments: [
        (["export", "/proc/x"], "there is no such file or folder"),
        (["export", "alice/x"], "a part of the path is a file"),
        (["checkpoint", "--to", "/proc"], "there is no such file or folder"),
        (["checkpoint", "--to", "alice"], "a part of the path is a file"),
        (["prove", "3", "--to", "/etc"], "it is a folder"),
        (["prove", "3", "--to", "/proc/x"], "there is no such file"),
        (["tiles", "/proc/x"], "there is no such file"), (["tiles", "alice"], "is there already"),
        (["backup", "/proc/x"], "there is no such file"),
        (["restore", "alice", "--ledger", "other"], "is not a backup"),
        (["restore", "/etc", "--ledger", "other"], "is not a backup"),
        (["import", "alice", "--ledger", "other"], "a part of the path is a file"),
        (["verify", "--bundle", "alice"], "a part of the path is a file"),
        (["demo", "--to", "/proc/x"], "there is no such file"),
    ])
    func whatCannotBeWrittenOrReadIsSaidInWords(_ command: [String], _ words: String) throws {
        let ledger = try LivedInLedger()

        checked(try LedgerProgram.run(command, in: ledger.folder), words)

        #expect(!FileManager.default.fileExists(atPath: "\(ledger.folder)/other"))
    }

    @Test func aClosedOutputIsNoSuccess() throws {
        let ledger = try LivedInLedger()

        for command in ["log", "status", "checkpoint", "verify"] {
            let result = try LedgerProgram.run(
                "bash", ["-c", "\"$1\" \(command) >&-", "bash", LedgerProgram.path], in: ledger.folder)
            guard command != "status" else {
                #expect(result.code == 6)
                continue
            }
            checked(result, "standard output is closed")
        }
        #expect(try ledger.run("verify").code == 0)
    }

    /// A file that is opened must not get the number of a stream that is closed.
    @Test func withoutAnyStreamTheLedgerStaysWhole() throws {
        let ledger = try LivedInLedger()

        let result = try LedgerProgram.run(
            "bash",
            [
                "-c", "\"$1\" role grant bob tester --as alice --key alice <&- >&- 2>&-", "bash",
                LedgerProgram.path,
            ], in: ledger.folder)

        #expect(result.code == 1)
        #expect(try ledger.run("verify").code == 0)
        #expect(try ledger.run("log", "--limit", "1").output.contains("gave bob the role tester"))
    }

    @Test func aFullDiskIsSaidAndNothingIsLeft() async throws {
        let ledger = try LivedInLedger()
        let mounted = try await FullDiskTests.SmallDisk.mount(at: ledger.folder + "/small")
        guard let disk = mounted else { return }
        try disk.fill(leaving: 8 << 10)
        let before = try FileManager.default.contentsOfDirectory(atPath: disk.folder)

        for command in [
            ["export", "small/x"], ["backup", "small/b"], ["import", "bundle", "--ledger", "small/i"],
        ] {
            if command[0] == "import" { try ledger.done("export", "bundle") }
            checked(try LedgerProgram.run(command, in: ledger.folder), "disk is full")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.folder) == before, "\(command)")
        }
        try await disk.unmount()
    }

    // MARK: Another user's

    /// The program, run as somebody who may nothing.
    private func runAsNobody(_ arguments: [String], in folder: String) throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            "setpriv",
            ["--reuid=nobody", "--regid=nogroup", "--clear-groups", LedgerProgram.path] + arguments,
            in: folder)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to become somebody else"))
    func aLedgerOfSomebodyElseIsNotCalledMissing() throws {
        let ledger = try LivedInLedger()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: ledger.path)

        for command in [["status"], ["status", "--ledger", ledger.path], ["verify"]] {
            let result = try runAsNobody(command, in: ledger.folder)
            checked(result, "you (nobody) may not read")
            #expect(result.notes.contains("it belongs to root"), "\(result.notes)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to become somebody else"))
    func aLedgerThatCannotBeWrittenIsSaid() throws {
        let ledger = try LivedInLedger()
        try ledger.pushTags(1...1)
        try ledger.done("replay")
        checked(try runAsNobody(["doctor"], in: ledger.folder), "problem  folder")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: ledger.path)

        #expect(try runAsNobody(["log"], in: ledger.folder).code == 0)
        checked(try runAsNobody(["run"], in: ledger.folder), "may not be written here")
        checked(try runAsNobody(["doctor"], in: ledger.folder), "no record can be added")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: ledger.views)
        checked(try runAsNobody(["replay"], in: ledger.folder), "may not be read here")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(ledger.path)/config.yml")
        checked(try runAsNobody(["log"], in: ledger.folder), "it belongs to root")
    }

    @Test func doctorSaysThatRecordsCanBeAdded() throws {
        let ledger = try LivedInLedger()

        #expect(try ledger.run("doctor").output.contains("records can be added"))
    }

    // MARK: Views

    @Test func damagedViewsAreNoMismatch() throws {
        let ledger = try LivedInLedger()
        try ledger.pushTags(1...1)
        try ledger.done("replay")
        try Data("no database".utf8).write(to: URL(fileURLWithPath: ledger.views))

        let first = try ledger.run("replay")
        let second = try ledger.run("replay")

        checked(first, "They are made again; what they said cannot be told.")
        #expect(second.code == 0 && second.output.contains("equals the views"))
    }
}
