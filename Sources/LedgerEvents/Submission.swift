/// What one caller wants of the log, and the caller who waits for it.
///
/// - Note: Unchecked because it changes hands once: made by the caller's task, then used by the writer's
///   thread alone, which answers it exactly once.
final class Submission<Value: Sendable>: AnySubmission, @unchecked Sendable {
    enum Work: Sendable {
        case read(@Sendable (any LogReader) throws -> Value)
        case write(@Sendable (any LogWriter) throws -> Value)
        /// A write that has added nothing where it throws.
        case wholeWrite(@Sendable (any LogWriter) throws -> Value)
    }

    private let work: Work
    let byteCount: Int
    private let continuation: CheckedContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(_ work: Work, byteCount: Int, continuation: CheckedContinuation<Value, any Error>) {
        self.work = work
        self.byteCount = byteCount
        self.continuation = continuation
    }

    var isRead: Bool { if case .read = work { true } else { false } }

    func read(from log: any LogReader) throws {
        guard case .read(let body) = work else { preconditionFailure("a write needs a writer") }
        result = Result { try body(log) }
    }

    func write(to log: any LogWriter) {
        result = Result {
            switch work {
            case .read(let body): try body(log)
            case .write(let body): try log.attempt { try body(log) }
            case .wholeWrite(let body): try body(log)
            }
        }
    }

    func writeAlone(to log: any LogWriter) throws {
        switch work {
        case .read(let body): result = .success(try body(log))
        case .write(let body), .wholeWrite(let body): result = .success(try body(log))
        }
    }

    func answer(_ failure: (any Error)?) {
        if let failure { return continuation.resume(throwing: failure) }
        guard let result else { preconditionFailure("a submission is answered after it has run") }
        continuation.resume(with: result)
    }
}

protocol AnySubmission: AnyObject, Sendable {
    var isRead: Bool { get }
    /// About how much it adds.
    var byteCount: Int { get }

    func read(from log: any LogReader) throws
    /// Runs so that nothing remains where it throws; what it throws is kept for its caller.
    func write(to log: any LogWriter)
    /// Runs where nobody else shares the transaction, which is undone where it throws.
    func writeAlone(to log: any LogWriter) throws
    /// - Parameter failure: of the transaction as a whole; nil where it is durable.
    func answer(_ failure: (any Error)?)
}
