import Dispatch
import Foundation
import Synchronization

/// Work that a person may interrupt: what it started is stopped first, then the signal does what it always
/// does.
enum Interruptible {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// - Throws: what the work throws. Does not return where a signal came.
    static func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task(operation: work)
        let caught = CaughtSignal()
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                caught.set(number)
                task.cancel()
            }
            source.resume()
            return source
        }
        let result = await task.result
        for source in sources { source.cancel() }
        for number in signals { signal(number, SIG_DFL) }
        if let number = caught.number { die(of: number) }
        try result.get()
    }

    /// The shell that waits for us must see what we died of. Dispatch has blocked the signal, in whichever
    /// threads.
    private static func die(of number: Int32) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
    }
}

/// The last signal that came.
private final class CaughtSignal: Sendable {
    private let state = Mutex<Int32?>(nil)

    var number: Int32? { state.withLock { $0 } }
    func set(_ number: Int32) { state.withLock { $0 = number } }
}
