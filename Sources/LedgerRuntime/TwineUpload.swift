internal import LedgerPipeline

/// How one upload of one file ended, as far as twine could see. The index has the last word.
enum UploadEnd: Hashable, Sendable {
    case accepted
    /// The target answered, and said no: an HTTP status and its words.
    case refused(status: Int, words: String)
    /// No answer, or one that tells nothing: the file may be there or not.
    case lost(words: String)
}

/// Uploads one file with `twine`, out of a folder that holds nothing else of use to it.
struct TwineUpload: Sendable {
    let runner: ProgramRunner
    let environment: PythonEnvironment
    let url: HTTPAddress
    let credentials: TargetCredentials
    /// An own folder: the home of the child, and its empty configuration file.
    let home: String

    /// - Throws: ``RuntimeFault`` if twine could not be started, or the task was cancelled.
    func upload(_ path: String, log: StageLog) async throws(RuntimeFault) -> UploadEnd {
        let configuration = home + "/pypirc"
        try Files.write([], to: configuration, mode: 0o600)
        var variables = runner.host.forTools(home: home)
        // Only this child gets them, and only here: arguments can be read by everyone.
        variables["TWINE_USERNAME"] = credentials.username
        variables["TWINE_PASSWORD"] = credentials.token
        if let file = runner.host.certificateFile { variables["TWINE_CERT"] = file }
        if url.isLoopback { variables["NO_PROXY"] = "*" }
        let words = log.child()
        let result = try await runner.run(
            Program(
                executable: environment.python,
                arguments: [
                    "-I", "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar",
                    "--config-file", configuration, "--repository-url", url.text, "--", path,
                ], environment: variables, timeout: .seconds(1200)), log: words)
        if result.isSuccess { return .accepted }
        return Self.end(of: words.text)
    }

    /// twine ends with `HTTPError: 403 Forbidden from https://…` and the body of the answer.
    static func end(of text: String) -> UploadEnd {
        let summary = StageReason.lastWords(of: text)
        guard let range = text.firstRange(of: "HTTPError: "),
            let status = Int(text[range.upperBound...].prefix(3)), (400...599).contains(status)
        else { return .lost(words: summary) }
        let words = text[range.upperBound...].split(whereSeparator: \.isNewline).prefix(3)
            .map { String($0).trimmed }.filter { !$0.isEmpty }.joined(separator: " ")
        return status < 500 ? .refused(status: status, words: words) : .lost(words: words)
    }
}
