internal import CSQLiteShim
internal import Glibc
internal import LedgerEvents

/// The lock file beside a ledger: one writer at a time, in turn, and no checkpoint while anybody writes.
///
/// SQLite before 3.51.3 can damage a file when one connection writes while another one checkpoints. Both
/// happen only under this lock. Readers never take it.
///
/// Byte 1 is the right to write. Byte 0 is the turn: it is held only while waiting for byte 1, so that who
/// has just written cannot be first again while somebody waits. The locks fall with the process, however it
/// ends.
final class LedgerLock {
    private static let turn: off_t = 0
    private static let work: off_t = 1

    private let name: String
    private let file: Int32
    /// The lock file's one line: the process id of its last holder, always as long.
    private let note: [UInt8]

    /// - Throws: ``LogError`` if the lock file can neither be opened nor made.
    init(beside path: String) throws(LogError) {
        name = Self.path(beside: path)
        let text = Array("\(getpid())".utf8)
        note = text + [UInt8](repeating: UInt8(ascii: " "), count: 10 - text.count) + [UInt8(ascii: "\n")]
        file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            let isForbidden = [EACCES, EPERM, EROFS].contains(errno)
            let cause = isForbidden ? "it may not be written here" : String(cString: strerror(errno))
            throw LogError(
                .storage,
                "cannot write to the ledger: '\(name)': \(cause). Looking works (status, log, verify, "
                    + "replay); for anything else have the folder made writable.")
        }
    }

    deinit { close(file) }

    static func path(beside path: String) -> String {
        (path.hasSuffix(".db") ? String(path.dropLast(3)) : path) + ".lock"
    }

    /// Waits for the right to write.
    ///
    /// - Returns: false if somebody else kept it for longer than `limitMicros`.
    /// - Throws: ``LogError`` with `.storage` where the file system has no such locks.
    func acquire(limitMicros: Int) throws(LogError) -> Bool {
        let start = MonotonicClock.nowMicros()
        guard try wait(for: Self.turn, since: start, limitMicros: limitMicros) else { return false }
        defer { _ = ledger_unlock_byte(file, Self.turn) }
        guard try wait(for: Self.work, since: start, limitMicros: limitMicros) else { return false }
        // For messages only: where it fails, a message lacks a number.
        _ = pwrite(file, note, note.count, 0)
        return true
    }

    func release() { _ = ledger_unlock_byte(file, Self.work) }

    /// The process that took the lock last, for messages.
    var holder: Int? {
        var text = [UInt8](repeating: 0, count: note.count)
        let count = max(0, pread(file, &text, text.count, 0))
        return Int(String(decoding: text[..<count].prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self))
    }

    /// Polls, because no lock of Linux waits with a limit: at once, then every 50 µs, then every millisecond.
    private func wait(for byte: off_t, since start: Int, limitMicros: Int) throws(LogError) -> Bool {
        while true {
            let code = ledger_lock_byte(file, byte)
            if code == 0 { return true }
            guard code == EAGAIN || code == EACCES || code == EINTR else {
                throw LogError(
                    .storage,
                    "cannot lock '\(name)': \(String(cString: strerror(code))). Keep the ledger on a local "
                        + "file system.")
            }
            let waitedMicros = MonotonicClock.nowMicros() - start
            guard waitedMicros < limitMicros else { return false }
            usleep(waitedMicros < 2000 ? 50 : 1000)
        }
    }
}
