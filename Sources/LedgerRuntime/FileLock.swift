#if canImport(Glibc)
    internal import Glibc
#endif

/// Held by one at a time, among all processes and tasks of this machine; the kernel lets go when its holder
/// dies.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Waits until the lock is free, at most half an hour.
    ///
    /// - Throws: ``RuntimeFault`` if it stays taken, the file cannot be made, or the task was cancelled.
    init(path: String) async throws(RuntimeFault) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RuntimeFault("cannot make the file '\(path)'", SystemFault.last)
        }
        self.descriptor = descriptor
        for _ in 0..<18_000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else {
                close(descriptor)
                throw RuntimeFault(.cancelled, "stopped: the work was cancelled.")
            }
        }
        close(descriptor)
        throw RuntimeFault(.timedOut, "'\(path)' is locked by somebody else. Wait, or stop them.")
    }

    func release() { close(descriptor) }
}
