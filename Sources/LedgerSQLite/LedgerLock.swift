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

    private let file: Int32

    /// - Throws: ``LogError`` if the lock file can neither be opened nor made.
    init(beside path: String) throws(LogError) {
        let name = Self.path(beside: path)
        file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw LogError(
                .storage,
                "cannot open '\(name)': \(String(cString: strerror(errno))). Make it writable, or open the ledger "
                    + "for reading only.")
        }
    }

    deinit { close(file) }

    static func path(beside path: String) -> String {
        (path.hasSuffix(".db") ? String(path.dropLast(3)) : path) + ".lock"
    }

    /// Waits for the right to write.
    ///
    /// - Returns: false if somebody else kept it for longer than `limitMicros`.
    func acquire(limitMicros: Int) -> Bool {
        guard wait(for: Self.turn, limitMicros: limitMicros) else { return false }
        defer { _ = ledger_unlock_byte(file, Self.turn) }
        guard wait(for: Self.work, limitMicros: limitMicros) else { return false }
        noteHolder()
        return true
    }

    func release() { _ = ledger_unlock_byte(file, Self.work) }

    /// The process that took the lock last, for messages.
    var holder: Int? {
        var text = [UInt8](repeating: 0, count: 11)
        let count = pread(file, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: text[..<count].prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self))
    }

    private func noteHolder() {
        var text = Array("\(getpid())".utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: max(0, 10 - text.count)) + [UInt8(ascii: "\n")]
        _ = pwrite(file, text, text.count, 0)
    }

    /// Polls, because no lock of Linux waits with a limit: at once, then every 50 µs, then every millisecond.
    private func wait(for byte: off_t, limitMicros: Int) -> Bool {
        var waitedMicros = 0
        while ledger_lock_byte(file, byte) != 0 {
            guard waitedMicros < limitMicros else { return false }
            let pauseMicros = waitedMicros < 2000 ? 50 : 1000
            usleep(UInt32(pauseMicros))
            waitedMicros += pauseMicros
        }
        return true
    }
}
