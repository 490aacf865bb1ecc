#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The door of the writer's thread: where tasks put what they want, and the thread waits for it.
///
/// - Note: Unchecked because every field is used under `lock` only.
final class Inbox: @unchecked Sendable {
    private let limits: Limits
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [any AnySubmission] = []
    private var isClosed = false
    private var isFinished = false
    private var closers: [CheckedContinuation<Void, Never>] = []

    init(limits: Limits) {
        self.limits = limits
        pthread_mutex_init(lock, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(lock)
        arrival.deallocate()
        lock.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    // MARK: The callers' side

    func put(_ submission: any AnySubmission) {
        let refusal: LogError? = locked {
            if isClosed {
                return LogError(.busy, "the ledger is being closed. Open it again, then try again.")
            }
            guard waiting.count < limits.waitingSubmissions else {
                return LogError(
                    .busy, "\(waiting.count) writes wait already. Try again when some of them are done.")
            }
            waiting.append(submission)
            if waiting.count == 1 { pthread_cond_signal(arrival) }
            return nil
        }
        if let refusal { submission.answer(refusal) }
    }

    func close(_ closer: CheckedContinuation<Void, Never>? = nil) {
        let isOver = locked {
            isClosed = true
            pthread_cond_signal(arrival)
            if let closer, !isFinished { closers.append(closer) }
            return isFinished
        }
        if isOver { closer?.resume() }
    }

    // MARK: The thread's side

    /// Waits until something is there, and takes as much of it as may share a commit.
    ///
    /// - Returns: nil when the inbox is closed and empty.
    func take() -> [any AnySubmission]? {
        locked {
            while waiting.isEmpty {
                if isClosed { return nil }
                pthread_cond_wait(arrival, lock)
            }
            var (count, byteCount) = (0, 0)
            while count < min(waiting.count, limits.submissionsPerCommit) {
                byteCount += waiting[count].byteCount
                guard count == 0 || byteCount <= limits.bytesPerCommit else { break }
                count += 1
            }
            let batch = Array(waiting[..<count])
            waiting.removeFirst(count)
            return batch
        }
    }

    func finish() {
        let closers = locked {
            isFinished = true
            return self.closers
        }
        for closer in closers { closer.resume() }
    }

    /// - Parameter body: runs on a thread of its own, to its end.
    static func startThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(ThreadBody(body))
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(code == 0, "a process can start a thread")
        pthread_detach(thread)
    }

    private final class ThreadBody: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
