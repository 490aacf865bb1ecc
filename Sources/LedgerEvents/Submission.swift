internal import LedgerProof

/// What one caller wants of the log, and the caller who waits for it.
///
/// - Note: Unchecked because it changes hands once: made by the caller's task, then used by the writer's
///   thread alone, which answers it exactly once.
final class Submission<Value: Sendable>: AnySubmission, @unchecked Sendable {
    enum Work: Sendable {
        case read(@Sendable (any LogReader) throws -> Value)
        case write(@Sendable (any LogWriter) throws -> Value)
    }

    private let work: Work
    private let continuation: UnsafeContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(_ work: Work, continuation: UnsafeContinuation<Value, any Error>) {
        self.work = work
        self.continuation = continuation
    }

    /// What a write counts for whose size is not known before it runs.
    var byteCount: Int { isRead ? 0 : 1024 }
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
            }
        }
    }

    func writeAlone(to log: any LogWriter) throws {
        switch work {
        case .read(let body): result = .success(try body(log))
        case .write(let body): result = .success(try body(log))
        }
    }

    func answer(_ failure: (any Error)?) {
        if let failure { return continuation.resume(throwing: failure) }
        guard let result else { preconditionFailure("a submission is answered after it has run") }
        continuation.resume(with: result)
    }
}

/// One record to add: it needs no undoing, because an append that throws has added nothing. A class of its
/// own, because the generic one costs a microsecond more.
///
/// - Note: Unchecked for the same reason as ``Submission``.
final class AppendSubmission: AnySubmission, @unchecked Sendable {
    private let draft: RecordDraft
    private let revision: ExpectedRevision
    private let continuation: UnsafeContinuation<Receipt, any Error>
    private var result: Result<Receipt, any Error>?

    init(
        _ draft: RecordDraft, expecting revision: ExpectedRevision,
        continuation: UnsafeContinuation<Receipt, any Error>
    ) {
        self.draft = draft
        self.revision = revision
        self.continuation = continuation
    }

    var isRead: Bool { false }
    var byteCount: Int { draft.byteCount }

    func read(from log: any LogReader) throws { preconditionFailure("a write needs a writer") }

    func write(to log: any LogWriter) { result = Result { try log.append(draft, expecting: revision) } }

    func writeAlone(to log: any LogWriter) throws { write(to: log) }

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
