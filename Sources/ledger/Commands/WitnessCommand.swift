import ArgumentParser
import Foundation
import LedgerProof
import LedgerRuntime

/// `ledger witness`: cosigns checkpoints of other logs, each only if it continues what it cosigned before.
struct WitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Serve a witness: it cosigns checkpoints of logs that only ever grow.",
        discussion: """
            Examples:
              ledger witness --folder /srv/witness --name witness.example/w1 --print-key
              ledger witness --folder /srv/witness --log autocli.vkey \\
                --listen 127.0.0.1:7380

            Speaks C2SP tlog-witness: POST add-checkpoint. The first start makes the folder, \
            with a key of its own and a memory of what it cosigned; the two belong together, \
            and a witness that lost one of them is never started again. The address is printed \
            when it listens. Others reach it through a web server of yours that speaks TLS.
            """)

    @Option(help: "The folder of the witness; made at the first start.")
    var folder: String

    @Option(help: "The name of a new witness, like witness.example/w1.")
    var name: String?

    @Option(help: "The key of a log to witness: a file with one or more, or the key itself. May be repeated.")
    var log: [String] = []

    @Option(help: "Where to listen: HOST:PORT; port 0 takes one that is free.")
    var listen = "127.0.0.1:7380"

    @Flag(help: "Print the public key of the witness, and do not serve.")
    var printKey = false

    func run() throws {
        let address = try Self.address(listen)
        let logs = try log.flatMap { try Self.keys($0) }
        do throws(WitnessLogFault) { _ = try WitnessRules(logs: logs) } catch {
            throw UsageFault("\(error).")
        }
        guard printKey || !logs.isEmpty else {
            throw UsageFault("say whom to witness: --log FILE, with the key that the log's owner gave you.")
        }
        let witness = try WitnessFolder.open(folder, name: name)
        if printKey {
            Terminal.result(witness.key.text)
            return
        }
        Terminal.note("witness  \(witness.key.text)")
        try ServerProgram.become(
            ["witness", "--folder", witness.path, "--host", address.host, "--port", "\(address.port)"]
                + logs.flatMap { ["--log", $0.text] })
    }

    /// The keys of a file, one a line, with `#` before remarks; or the one that was given itself.
    private static func keys(_ text: String) throws -> [NoteVerifierKey] {
        guard let bytes = InputFile.read(text) else { return [try VerifyCommand.key(text)] }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !lines.isEmpty else { throw UsageFault("there is no key in '\(Terminal.safe(text))'.") }
        return try lines.map { try VerifyCommand.key($0) }
    }

    static func address(_ text: String) throws -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw UsageFault(
                "'\(Terminal.safe(text))' is not an address. Write HOST:PORT, like 127.0.0.1:7380.")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("/"), !host.contains(" ") else {
            throw UsageFault("'\(Terminal.safe(text))' names no host. Write HOST:PORT, like 127.0.0.1:7380.")
        }
        return (String(host), port)
    }
}

/// `ledger-server`, which lies beside this program: what serves HTTP, so that this one starts at once.
enum ServerProgram {
    private static let name = "ledger-server"

    /// Goes on as that program, in this process. Returns only to throw.
    static func become(_ arguments: [String]) throws -> Never {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = "\((own as NSString).deletingLastPathComponent)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Ending(
                .couldNotLook,
                "ledger: '\(path)' is missing: it serves HTTP, and is built and installed beside ledger. Run `make install`, or `swift build --product \(name)` in the source."
            )
        }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        execv(path, &words)
        throw RuntimeFault(
            .programFailed, "cannot start '\(path)'.", cause: String(cString: strerror(errno)))
    }
}
