#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Synchronization

/// The door of the writer's thread: where tasks put what they want, and the thread waits for it.
///
/// - Note: Unchecked because every field but the thread's own is used under `lock` only.
final class Inbox: @unchecked Sendable {
    private let limits: Limits
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [any AnySubmission] = []
    /// Of `waiting`, for the thread to look at without the lock.
    private let waitingCount = Atomic<Int>(0)
    private var isClosed = false
    /// How many shared the last commit; the thread's own.
    private var lastCount = 0
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
            waitingCount.store(waiting.count, ordering: .relaxed)
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
        let isOpen = locked {
            while waiting.isEmpty {
                if isClosed { return false }
                pthread_cond_wait(arrival, lock)
            }
            return true
        }
        guard isOpen else { return nil }
        gather()
        return locked {
            var (count, byteCount) = (0, 0)
            while count < min(waiting.count, limits.submissionsPerCommit) {
                byteCount += waiting[count].byteCount
                guard count == 0 || byteCount <= limits.bytesPerCommit else { break }
                count += 1
            }
            var batch: [any AnySubmission] = []
            swap(&batch, &waiting)
            if count < batch.count {
                waiting = Array(batch[count...])
                batch.removeLast(batch.count - count)
            }
            waitingCount.store(waiting.count, ordering: .relaxed)
            lastCount = count
            return batch
        }
    }

    /// Lets those who were just answered come back, as long as they keep coming. Otherwise two halves of them
    /// would take turns, and each commit would be shared by half as many.
    private func gather() {
        guard lastCount > 1 else { return }
        let start = MonotonicClock.nowMicros()
        var (count, lastArrival) = (waitingCount.load(ordering: .relaxed), start)
        let all = lastCount + count
        while true {
            let now = MonotonicClock.nowMicros()
            let found = waitingCount.load(ordering: .relaxed)
            if found > count { (count, lastArrival) = (found, now) }
            guard count < all, now - start < limits.gatherMicros,
                now - lastArrival < limits.gatherPauseMicros
            else { return }
            sched_yield()
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
