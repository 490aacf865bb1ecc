import Foundation
import LedgerPipeline

/// Runs the user's `notify` command when someone's turn has come. It is told what happened through its
/// environment, and
/// its failure changes nothing.
struct Notifier: Sendable {
    /// From `config.yml`; nil for none.
    let command: String?

    /// - Parameter people: who may act now, by name.
    func turn(release: ReleaseID, gate: String, people: [String], to act: String) {
        guard let command else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        // Credentials and keys are none of its business.
        let inherited = Terminal.environment.filter {
            !$0.key.hasPrefix("LEDGER_") && $0.key != "SSH_AUTH_SOCK"
        }
        process.environment = inherited.merging([
            "LEDGER_ACT": act, "LEDGER_GATE": gate, "LEDGER_RELEASE": release.text,
            "LEDGER_WAITS_FOR": people.joined(separator: " "),
        ]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        do {
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                Terminal.note(
                    "warning: the notify command ended with \(process.terminationStatus). See `notify` in config.yml."
                )
                return
            }
        } catch {
            Terminal.note(
                "warning: the notify command could not be run: \(error). See `notify` in config.yml.")
        }
    }
}
