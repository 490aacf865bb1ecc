public import LedgerProof

/// Puts the writers of this process in order, and lets those who wait share a commit.
///
/// Async stops here: a thread of its own runs everything below, so that waiting for the disk blocks no other
/// task. While one commit is on its way to the disk the next batch gathers.
///
/// Always true:
/// - a submission is answered only after what it added is durable;
/// - a submission that throws leaves nothing behind, and only its caller hears of it;
/// - where the commit itself fails, every submission in it fails.
public final class Sequencer: Sendable {
    private let inbox: Inbox

    /// Takes over `log`: nobody else may use it.
    public init(_ log: sending any EventLog, limits: Limits = .standard) {
        inbox = Inbox(limits: limits)
        WriterThread.start(log, inbox: inbox)
    }

    deinit { inbox.close() }

    /// Runs `body` in a transaction that it may share with others.
    ///
    /// - Throws: what `body` throws, or ``LogError``; `.busy` where too many wait already.
    public func submit<Value: Sendable>(
        _ body: @escaping @Sendable (any LogWriter) throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            inbox.put(Submission(.write(body), continuation: continuation))
        }
    }

    /// Adds one record: a submission that needs no undoing, so it costs less than ``submit(_:)``.
    ///
    /// - Throws: ``LogError``.
    public func append(_ draft: RecordDraft, expecting revision: ExpectedRevision = .any) async throws
        -> Receipt
    {
        try await withUnsafeThrowingContinuation { continuation in
            inbox.put(AppendSubmission(draft, expecting: revision, continuation: continuation))
        }
    }

    /// Runs `body` on a view that holds at least all that was answered before.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any LogReader) throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            inbox.put(Submission(.read(body), continuation: continuation))
        }
    }

    /// Answers all that waits, then lets go of the log. Later submissions are refused.
    public func close() async {
        await withCheckedContinuation { inbox.close($0) }
    }
}

/// The one thread that uses the log.
private enum WriterThread {
    static func start(_ log: sending any EventLog, inbox: Inbox) {
        let work = Work(log: log, inbox: inbox)
        Inbox.startThread { work.run() }
    }

    /// - Note: Unchecked because the log moves to the thread once and is used nowhere else: `sending` says
    ///   so.
    private final class Work: @unchecked Sendable {
        private var log: (any EventLog)?
        private let inbox: Inbox

        init(log: any EventLog, inbox: Inbox) {
            self.log = log
            self.inbox = inbox
        }

        func run() {
            while let batch = inbox.take(), let log {
                Batch(batch).run(on: log)
            }
            log = nil
            inbox.finish()
        }
    }
}

/// The submissions that share a commit.
struct Batch {
    private let writes: [any AnySubmission]
    private let reads: [any AnySubmission]

    init(_ submissions: [any AnySubmission]) {
        writes = submissions.filter { !$0.isRead }
        reads = submissions.filter { $0.isRead }
    }

    func run(on log: any EventLog) {
        if !writes.isEmpty { write(to: log) }
        for submission in reads {
            do {
                try log.read { try submission.read(from: $0) }
                submission.answer(nil)
            } catch {
                submission.answer(error)
            }
        }
    }

    private func write(to log: any EventLog) {
        do {
            try log.write { writer in
                // One alone needs no savepoint: the transaction is undone with it.
                if writes.count == 1 { return try writes[0].writeAlone(to: writer) }
                for submission in writes { submission.write(to: writer) }
            }
        } catch {
            // Nothing of the batch is in the log, or nobody knows: a caller may try again with the same ids.
            for submission in writes { submission.answer(error) }
            return
        }
        for submission in writes { submission.answer(nil) }
    }
}
