internal import LedgerPipeline

/// A clean clone of a repository at one tag, with full history and all tags, and nothing of this machine in
/// it.
///
/// Git runs with the configuration of the person who started ledger (their credential helpers and rewritten
/// URLs), but with no hooks, no prompts, no `GIT_*` from outside, and only the transports below. The clone
/// keeps no remote, so an address with credentials is not left where the project's code could read it.
struct GitClone {
    let host: HostEnvironment
    let runner: ProgramRunner
    /// An own folder for the generated configuration.
    let scratch: String
    let log: StageLog

    /// Clones into `folder` and checks out `commit`.
    ///
    /// - Throws: ``RuntimeFault``, also where the tag is missing or names another commit.
    func make(
        _ repository: String, tag: String, commit: String, into folder: String
    ) async throws(RuntimeFault) -> Int64 {
        let git = try host.find("git", package: "git")
        let configuration = scratch + "/gitconfig"
        try Files.write([UInt8](configurationText.utf8), to: configuration, mode: 0o600)
        log.note("cloning \(repository) at \(tag) (\(commit))")
        let clone = try await runner.run(
            program(
                git,
                [
                    "clone", "--quiet", "--no-local", "--no-hardlinks", "--no-checkout", "--template=", "--",
                    repository, folder,
                ], configuration: configuration, timeout: .seconds(1200)), log: log)
        guard clone.isSuccess else {
            throw RuntimeFault(
                .programFailed,
                "the repository '\(repository)' could not be cloned (\(clone.end)). Check that it is "
                    + "there, and readable "
                    + "without a prompt.")
        }
        func ask(_ arguments: [String]) async throws(RuntimeFault) -> String? {
            var program = program(git, ["-C", folder] + arguments, configuration: configuration)
            program.captureLimitBytes = 64 << 10
            let result = try await runner.run(program, log: log)
            return result.isSuccess ? result.text.trimmed : nil
        }
        guard let found = try await ask(["rev-parse", "--verify", "--quiet", "refs/tags/\(tag)^{commit}"])
        else {
            throw RuntimeFault(
                .badInput, "the repository has no tag '\(tag)'. Push it: git push origin \(tag)")
        }
        guard found == commit else {
            throw RuntimeFault(
                .badInput,
                "the tag '\(tag)' has moved: it names commit \(found), but the release was started "
                    + "for \(commit). "
                    + "A tag must not move; use a new version and a new tag.")
        }
        guard try await ask(["checkout", "--quiet", "--detach", commit]) != nil,
            try await ask(["rev-parse", "--verify", "HEAD"]) == commit,
            let time = try await ask(["show", "--no-patch", "--format=%ct", "HEAD"]).flatMap({ Int64($0) })
        else {
            throw RuntimeFault(
                .programFailed, "commit \(commit) could not be checked out. Look at the lines above.")
        }
        _ = try await ask(["remote", "remove", "origin"])
        return time
    }

    private func program(
        _ git: String, _ arguments: [String], configuration: String, timeout: Duration = .seconds(300)
    ) -> Program {
        var environment = host.variables.filter {
            HostEnvironment.network.contains($0.key)
                || ["HOME", "SSH_AUTH_SOCK", "GIT_SSL_CAINFO", "USER", "LOGNAME"].contains($0.key)
        }
        environment["PATH"] = host.path
        environment["LANG"] = "C.UTF-8"
        environment["GIT_CONFIG_GLOBAL"] = configuration
        environment["GIT_TERMINAL_PROMPT"] = "0"
        environment["GIT_ASKPASS"] = "/bin/true"
        environment["SSH_ASKPASS"] = "/bin/true"
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes"
        environment["GIT_ALLOW_PROTOCOL"] = "file:https:ssh:http:git"
        return Program(
            executable: git, arguments: arguments, environment: environment, timeout: timeout)
    }

    /// The person's own configuration, then ours over it. The repository may belong to somebody else: it was
    /// named on purpose, and what comes out is held against the commit.
    private var configurationText: String {
        var text = ""
        if let home = host.home {
            let folder = host.variables["XDG_CONFIG_HOME"] ?? home + "/.config"
            for file in ["\(folder)/git/config", "\(home)/.gitconfig"] {
                text +=
                    "[include]\n\tpath = \"\(file.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"\n"
            }
        }
        return text + """
            [safe]
            \tdirectory = *
            [core]
            \thooksPath = /dev/null
            \tfsmonitor = false
            [advice]
            \tdetachedHead = false

            """
    }
}
