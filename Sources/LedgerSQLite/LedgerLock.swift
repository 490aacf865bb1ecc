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

    private static let noteByteCount = 11

    private let file: Int32
    /// The lock file's one line, the process id of its last holder, shared with the other processes: who is
    /// asked for it reads memory, and who takes the lock writes memory.
    private let note: UnsafeMutableRawPointer
    private let ownNote: [UInt8]

    /// - Throws: ``LogError`` if the lock file can neither be opened nor made.
    init(beside path: String) throws(LogError) {
        let name = Self.path(beside: path)
        let text = Array("\(getpid())".utf8)
        ownNote = text + [UInt8](repeating: UInt8(ascii: " "), count: 10 - text.count) + [UInt8(ascii: "\n")]
        file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        var status = stat()
        if file >= 0, fstat(file, &status) == 0, status.st_size < Self.noteByteCount {
            _ = ftruncate(file, off_t(Self.noteByteCount))
        }
        note = mmap(nil, Self.noteByteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard file >= 0, note != MAP_FAILED else {
            throw LogError(
                .storage,
                "cannot open '\(name)': \(String(cString: strerror(errno))). Make it writable, or open "
                    + "the ledger for reading only.")
        }
    }

    deinit {
        munmap(note, Self.noteByteCount)
        close(file)
    }

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
        note.copyMemory(from: ownNote, byteCount: Self.noteByteCount)
        return true
    }

    func release() { _ = ledger_unlock_byte(file, Self.work) }

    /// The process that took the lock last, for messages.
    var holder: Int? {
        let text = UnsafeRawBufferPointer(start: note, count: Self.noteByteCount)
        return Int(String(decoding: text.prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self))
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
