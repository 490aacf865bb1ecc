import Foundation
import LedgerProof
import Testing

/// A log whose private key is not in its folder: a command signs its checkpoints.
@Suite final class SignedElsewhereTests {
    private let folder: String
    private let ledger: [String]

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "ledger-elsewhere-\(UUID().uuidString)"
            ).path
        ledger = ["--ledger", "\(folder)/ledger"]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["log", "other"] {
            try tool("openssl", "genpkey", "-algorithm", "ed25519", "-out", "\(name).pem")
            try tool("openssl", "pkey", "-in", "\(name).pem", "-pubout", "-out", "\(name).pub.pem")
        }
        try tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ida")
        // openssl must know how long its input is: no pipe.
        let script = """
            #!/bin/sh
            set -e
            [ -z "$LEDGER_TESTPYPI_TOKEN" ]
            cat > "\(folder)/asked"
            openssl pkeyutl -sign -rawin -inkey "\(folder)/$1.pem" -in "\(folder)/asked" | base64 -w0
            """
        try script.write(toFile: "\(folder)/sign", atomically: true, encoding: .utf8)
        try tool("chmod", "+x", "sign")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func tool(_ program: String, _ arguments: String...) throws {
        let result = try LedgerProgram.run(program, arguments, in: folder)
        try #require(result.code == 0, "\(program): \(result)")
    }

    private func run(_ arguments: [String]) throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            arguments + ledger, in: folder, environment: ["LEDGER_TESTPYPI_TOKEN": "pypi-secret"])
    }

    private func initialise(_ options: String...) throws -> LedgerProgram.Result {
        try run(
            [
                "init", "--project", "autocli", "--origin", "example.com/autocli", "--owner", "ida", "--key",
                "ida",
            ] + options)
    }

    private func setSigner(_ command: String) throws {
        try "project: autocli\nsigner: '\(command)'\n".write(
            toFile: "\(folder)/ledger/config.yml", atomically: true, encoding: .utf8)
    }

    @Test func aCommandThatHasTheKeySignsAndNoKeyLiesHere() throws {
        let made = try initialise("--log-key", "log.pub.pem", "--signer", "\(folder)/sign log")
        #expect(made.code == 0, "\(made)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/ledger/keys/log.key"))

        let signed = try run(["checkpoint"])

        #expect(signed.code == 0, "\(signed)")
        let note = try SignedNote(parsing: Array(signed.output.utf8))
        #expect(try String(contentsOfFile: "\(folder)/asked", encoding: .utf8).utf8.elementsEqual(note.text))
        #expect(try run(["export", "bundle"]).code == 0)
        let key = try #require(
            made.lines.first { $0.hasPrefix("log key") }?.split(separator: " ").last.map(String.init))
        #expect(try note.verify(with: [NoteVerifierKey(key)]).isSigned(by: NoteVerifierKey(key)))
        let verified = try LedgerProgram.run(
            ["verify", "--bundle", "bundle", "--log-key", key, "--output", "json"], in: folder)
        // No release is in it yet.
        #expect(verified.code == 6, "\(verified)")
        #expect(try run(["doctor"]).output.contains("the command in config.yml signs checkpoints"))
    }

    @Test func aSecondCheckpointOfTheSameRecordsAsksNobody() throws {
        #expect(try initialise("--log-key", "log.pub.pem", "--signer", "\(folder)/sign log").code == 0)
        let first = try run(["checkpoint"])
        try FileManager.default.removeItem(atPath: "\(folder)/asked")

        let second = try run(["checkpoint"])

        #expect(first.code == 0 && second.output == first.output)
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/asked"))
    }

    @Test(arguments: [
        ("SIGN other", "did not sign with the log's key"), ("false", "failed"),
        ("echo nonsense!", "no base64"),
        ("echo AAAA", "did not sign with the log's key"), ("true", "did not sign with the log's key"),
        ("/no/such/program", "failed"), ("kill -9 $$", "failed"),
    ])
    func whatIsNoGoodSignatureIsNotKept(command: String, words: String) throws {
        #expect(try initialise("--log-key", "log.pub.pem", "--signer", "\(folder)/sign log").code == 0)
        try setSigner(command.replacingOccurrences(of: "SIGN", with: "\(folder)/sign"))

        let result = try run(["checkpoint"])

        #expect(result.code == 1 && result.output.isEmpty, "\(result)")
        #expect(result.notes.contains(words) && result.notes.contains("signer"), "\(result.notes)")
        try setSigner("\(folder)/sign log")
        #expect(try run(["checkpoint"]).code == 0)
    }

    @Test(arguments: [
        (["--log-key", "log.pub.pem"], "go together"), (["--signer", "true"], "go together"),
        (["--log-key", "log.pem", "--signer", "true"], "no Ed25519 public key"),
        (["--log-key", "ida.pub", "--signer", "true"], "no Ed25519 public key"),
        (["--log-key", "nothing", "--signer", "true"], "no Ed25519 public key"),
        (
            [
                "--log-key", "example.com/other+bf69d3b2+AXmgJ2BcZQyG1QmRNg4bxPlWPdFQ5Wl4WZ9cRPBv6Y1q",
                "--signer", "true",
            ], "no Ed25519 public key"
        ),
    ])
    func aKeyThatCannotBeTheLogsIsRefused(options: [String], words: String) throws {
        let result = try run(
            [
                "init", "--project", "autocli", "--origin", "example.com/autocli", "--owner", "ida", "--key",
                "ida",
            ] + options)

        #expect(result.code == 2 && result.notes.contains(words), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/ledger"))
    }
}
