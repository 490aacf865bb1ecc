import ArgumentParser

/// The command line, and the only place where the parts are put together.
@main
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "An audit and compliance ledger for release pipelines.",
        discussion: """
            Every transition of a release (tag, build, publish, approval) is a hash-chained record; gates \
            are judged from the records, and anyone can check them again, offline, years later.

            Start:
              ledger init --project autocli --origin example.com/autocli \\
                --owner alice --key ~/.ssh/id_ed25519
            Go on:
              ledger release start v0.1.0 --repo . --as NAME --key FILE
              ledger run
              ledger status
            Look:
              ledger log, ledger show INDEX, ledger search PREFIX, ledger replay
            Complete with the tab key, in bash, zsh or fish:
              source <(ledger --generate-completion-script bash)

            Exit codes: 0 proven or done, 1 could not look, 2 usage, 3 gate refused, 4 gate pending, \
            5 log broken, 6 nothing to verify, 7 bypassed, 8 mismatch, 9 busy, 10 a stage failed.
            """,
        version: LedgerVersion.text,
        subcommands: [
            InitCommand.self, PersonCommand.self, RoleCommand.self, KeyCommand.self, PipelineCommand.self,
            ReleaseCommand.self, RunCommand.self, StatusCommand.self, GateCommand.self,
            TestInstallCommand.self, VerifyCommand.self, CheckpointCommand.self, WitnessCommand.self,
            ProveCommand.self, TilesCommand.self, ExportCommand.self, ImportCommand.self, BackupCommand.self,
            RestoreCommand.self,
            ReplayCommand.self, LogCommand.self, ShowCommand.self, SearchCommand.self, DoctorCommand.self,
            DemoCommand.self,
        ])

    static func main() async {
        Terminal.guardStreams()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Outcome(error).leave()
        }
    }
}

enum LedgerVersion {
    static let text = "0.1.0"
}
