/// A command line, run as a person would type it, for somebody who watches: the hands of the demo.
///
/// Always true:
/// - it is a child that cannot outlive us, with empty standard input;
/// - what it says is handed on line by line, as it is said, without the secrets that it was given.
public struct TypedCommand: Sendable {
    public struct Result: Sendable {
        /// nil where it did not end by itself.
        public let exitCode: Int?
        /// Everything it said, on both outputs, in order.
        public let text: String
    }

    let words: [String]
    let folder: String
    let environment: [String: String]
    let secrets: [String]

    /// - Parameters:
    ///   - words: The program, as a path or to be found on the PATH, and its arguments.
    ///   - folder: Where it runs.
    ///   - environment: All that it gets.
    ///   - secrets: What must not be shown.
    public init(_ words: [String], in folder: String, environment: [String: String], secrets: [String] = []) {
        precondition(!words.isEmpty, "a command line has at least one word")
        self.words = words
        self.folder = folder
        self.environment = environment
        self.secrets = secrets
    }

    private static let limitSeconds = 600

    /// - Parameter onLine: Called with each line, on whichever thread read it.
    /// - Throws: ``RuntimeFault`` if it could not be started, or the task was cancelled.
    public func run(onLine: (@Sendable (String) -> Void)? = nil) async throws(RuntimeFault) -> Result {
        let host = HostEnvironment(variables: environment)
        let path = words[0].contains("/") ? words[0] : try host.find(words[0], package: words[0])
        let log = StageLog(redactor: Redactor(secrets: secrets), onLine: onLine)
        let result = try await ProgramRunner(host: host).run(
            Program(
                executable: path, arguments: Array(words.dropFirst()), environment: environment,
                workingDirectory: folder, timeout: .seconds(Self.limitSeconds)), log: log)
        guard case .exited(let code) = result.end else { return Result(exitCode: nil, text: log.text) }
        return Result(exitCode: code, text: log.text)
    }
}
