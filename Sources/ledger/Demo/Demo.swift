import Foundation
import LedgerRuntime

/// One demo: what is told, and the commands that make it true.
///
/// Always true:
/// - everything that happens to the ledger happens through `ledger` itself, run by the command line that is
///   shown;
/// - a command that ends otherwise than it should, or does not say what it must, ends the demo.
struct Demo {
    let folder: DemoFolder
    var screen = DemoScreen()
    private let begin = ContinuousClock.now

    init(_ folder: DemoFolder) { self.folder = folder }

    mutating func run() async throws {
        screen.title(
            "A release of \(DemoPackage.project) \(DemoPackage.version), from tag to PyPI",
            "Everything happens on this machine, in \(folder.path); every command is run as it is shown.")
        try await setTheStage()
        let servers = try await startServers()
        do {
            try await tell(with: servers)
            await servers.stop()
        } catch {
            await servers.stop()
            throw error
        }
        close()
    }

    private mutating func tell(with servers: DemoServers) async throws {
        try await openLedger(servers)
        try await enrolPeople()
        try await tagVersion()
        try await buildAndKeep(servers)
        try await passTestGate(servers)
        try await installTest()
        try await passProduction(servers)
        try await lookBack()
        try await audit()
        try await forge()
    }

    /// What a command must come to.
    struct Expectation {
        var code = Outcome.Code.done
        /// Words that must be in what it says.
        var words: [String] = []
        /// What its exit code means here, where that is not plain.
        var remark: String?

        static let success = Expectation()
    }

    /// Shows a command line, runs it in the demo's folder, and holds it to what is expected.
    ///
    /// - Parameters:
    ///   - line: Words separated by spaces; none needs quotes.
    ///   - secrets: Variables that only this command gets, shown without their values.
    /// - Returns: what it said.
    @discardableResult
    mutating func type(
        _ line: String, _ expected: Expectation = .success, secrets: [String: String] = [:],
        showsOutput: Bool = true
    ) async throws -> String {
        let names = secrets.keys.sorted().map { "\($0)=… " }.joined()
        screen.command(names + line, saysNothing: !showsOutput)
        var words = line.split(separator: " ").map { String($0) }
        if words[0] == "ledger" { words[0] = Self.executable }
        let command = TypedCommand(
            words, in: folder.path, environment: Self.environment.merging(secrets) { _, new in new },
            secrets: Array(secrets.values))
        let output = DemoOutput()
        let result = try await command.run { if showsOutput { output.show($0) } }
        guard result.exitCode == Int(expected.code.rawValue) else {
            throw fault(
                "'\(line)' ended with \(result.exitCode.map(String.init) ?? "a signal") where \(expected.code.rawValue) was expected",
                showsOutput ? "" : result.text)
        }
        for word in expected.words where !result.text.contains(word) {
            throw fault("'\(line)' does not say '\(word)'", showsOutput ? "" : result.text)
        }
        if let remark = expected.remark {
            screen.remark(
                "exit code \(expected.code.rawValue): \(remark)", expected.code == .pending ? .dim : .yellow)
        }
        return result.text
    }

    private func fault(_ what: String, _ output: String) -> Ending {
        Terminal.note(output.isEmpty ? "" : "\n\(output)")
        return Ending(
            .mismatch,
            "ledger: the demo is not as it should be: \(what). Everything is kept in '\(folder.path)'.")
    }

    /// This very program.
    static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    }

    /// The user's environment without what would steer `ledger` elsewhere.
    private static var environment: [String: String] {
        Terminal.environment.filter { !$0.key.hasPrefix("LEDGER_") || $0.key == "LEDGER_TOOLS" }
    }

    private func close() {
        let seconds = Int((ContinuousClock.now - begin).components.seconds)
        screen.title(
            "Done in \(seconds) seconds. The servers are stopped; the rest is yours to look at.", "")
        screen.table([
            ["the ledger", "\(folder.path)/.ledger"],
            ["the packages", "\(folder.path)/servers/pypi/packages"],
            ["the auditor's bundle", "\(folder.path)/\(DemoFolder.bundle)"],
        ])
        screen.show("")
        screen.say("Try next:")
        var lines = ["cd \(folder.path)"]
        if !Self.isOnPath { lines.append("alias ledger=\(Self.executable)") }
        lines += DemoNext.commands
        for line in lines { screen.show("       " + Terminal.styled(line, .blue)) }
        screen.show("")
    }

    private static var isOnPath: Bool {
        let folders = (Terminal.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/ledger") }
    }
}
