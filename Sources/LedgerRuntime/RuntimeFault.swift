/// Why the outside world could not be asked or used: a program is missing, a disk is full, a server did not
/// answer.
///
/// How a stage ended is a ``StageOutcome``, never this. Executors turn a fault into an outcome; whoever calls
/// the parts directly (the install test, the demo) shows `message`, which says what to do.
public struct RuntimeFault: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        /// A program that we need is not installed.
        case missingProgram
        /// A server refused the credentials.
        case refused
        /// A program ran, or a server answered, and said no.
        case programFailed
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// No answer from the network, or an answer that makes no sense.
        case network
        /// Files: full, read-only, vanished.
        case storage
        /// What was handed in is not usable: an URL, a name, a file.
        case badInput
    }

    public let code: Code
    /// What is wrong and what to do.
    public let message: String
    /// The words of the program or system below, where there are any.
    public let cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension RuntimeFault: CustomStringConvertible {
    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
