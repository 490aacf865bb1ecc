import Foundation

/// The programs that ledger runs, and those that the projects it releases need.
struct ProgramCheckup {
    private static let topic = "programs"

    static var items: [Checkup.Item] {
        [
            .init(topic, "ledger", .fine, "\(LedgerVersion.text), built with Swift \(swiftVersion)"),
            needed(
                "ssh-keygen", ["ssh", "-V"], for: "signing", package: "openssh-client", state: .problem),
            needed("git", ["git", "--version"], for: "starting releases and building", package: "git"),
            python,
            needed("curl", ["curl", "--version"], for: "the walk-through in the README", package: "curl"),
            isolation("bwrap", ["bwrap", "--version"], package: "bubblewrap"),
            isolation("setpriv", ["setpriv", "--version"], package: "util-linux"),
            optional("openssl", ["openssl", "version"], for: "time stamps of checkpoints"),
            optional("docker-registry", ["docker-registry", "--version"], for: "a registry of your own"),
        ]
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "before 6.3"
        #endif
    }

    private static func needed(
        _ name: String, _ command: [String], for purpose: String, package: String,
        state: Checkup.State = .warning
    ) -> Checkup.Item {
        guard find(name) != nil else {
            return .init(
                topic, name, state, "not found: needed for \(purpose)", "Install it (Debian: \(package)).")
        }
        return .init(topic, name, .fine, firstLine(command) ?? "found")
    }

    private static func isolation(_ name: String, _ command: [String], package: String) -> Checkup.Item {
        guard find(name) != nil else {
            return .init(
                topic, name, .warning, "not found: code of a project being released is less shut off",
                "Install it (Debian: \(package)) on machines that run `ledger run` or `ledger test-install`.")
        }
        return .init(topic, name, .fine, firstLine(command) ?? "found")
    }

    private static func optional(_ name: String, _ command: [String], for purpose: String) -> Checkup.Item {
        guard find(name) != nil else { return .init(topic, name, .fine, "not found; only for \(purpose)") }
        return .init(topic, name, .fine, firstLine(command) ?? "found")
    }

    /// `venv` is a package of its own on Debian, and useless without `ensurepip`.
    private static var python: Checkup.Item {
        guard find("python3") != nil else {
            return .init(
                topic, "python3", .warning, "not found: needed to build, publish and test",
                "Install it (Debian: python3 python3-venv) on machines that run `ledger run`.")
        }
        let version = firstLine(["python3", "--version"]) ?? "found"
        guard firstLine(["python3", "-c", "import venv, ensurepip; print('venv')"]) == "venv" else {
            return .init(
                topic, "python3", .warning, "\(version), without venv: needed to build, publish and test",
                "Install it (Debian: python3-venv).")
        }
        return .init(topic, "python3", .fine, "\(version), with venv")
    }

    /// `curl 7.88.1` of a line that goes on and on.
    private static func shortened(_ line: String) -> String {
        let words = line.split(separator: " ").drop { $0.contains("/") }.prefix {
            !$0.hasPrefix("(") && !$0.contains("/")
        }
        return words.isEmpty ? String(line.prefix(60)) : String(words.joined(separator: " ").prefix(60))
    }

    // MARK: Running

    static func find(_ name: String) -> String? {
        (Terminal.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The first line that a program writes, to either output; nil where it fails or says nothing within 5
    /// seconds.
    static func firstLine(_ command: [String]) -> String? {
        guard let path = find(command[0]) else { return nil }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = Array(command.dropFirst())
        process.environment = Terminal.environment.filter { !$0.key.hasPrefix("LEDGER_") }
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let limit = DispatchTime.now() + 5
        DispatchQueue.global().asyncAfter(deadline: limit) { if process.isRunning { process.terminate() } }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return text.split(separator: "\n").first.map { shortened(String($0)) }
    }
}
