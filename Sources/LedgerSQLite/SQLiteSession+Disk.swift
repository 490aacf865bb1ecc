internal import Glibc
internal import LedgerEvents

/// What SQLite leaves open about the disk: records that can be read are not always there after a power cut.
extension SQLiteSession {
    private var writeAheadLog: String { path + "-wal" }

    /// Brings what was found in the write-ahead log onto the disk, once, before anything is answered for.
    ///
    /// A program that was killed between the write and the sync of a commit leaves records that the next one
    /// reads; SQLite does not sync what it finds. Who then tries again would be told that it is done.
    ///
    /// - Throws: ``LogError`` with `.storage`.
    func syncWhatWasFound() throws(LogError) {
        guard !isFoundSynced else { return }
        let file = Glibc.open(writeAheadLog, O_RDONLY | O_CLOEXEC)
        if file >= 0 {
            defer { Glibc.close(file) }
            guard fdatasync(file) == 0 else {
                throw LogError(
                    .storage,
                    "cannot write ledger '\(path)': the file system says '\(String(cString: strerror(errno)))'. "
                        + "Nothing was recorded. Look at the disk and its limits, then try again.")
            }
        } else if errno != ENOENT {
            throw LogError(
                .storage,
                "cannot open '\(writeAheadLog)': \(String(cString: strerror(errno))). Make it readable.")
        }
        isFoundSynced = true
    }

    /// After a commit that failed: takes away what it left behind the last good one.
    ///
    /// Linux tells a failed sync once, and holds the pages for written then. The next program would find
    /// the records in the write-ahead log, and no later sync would bring them onto the disk.
    /// Called under the ledger's lock.
    func discardUnsyncedCommit() {
        guard let count = goodByteCount() else { return }
        let file = Glibc.open(writeAheadLog, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { Glibc.close(file) }
        guard lseek(file, 0, SEEK_END) > count, ftruncate(file, count) == 0 else { return }
        // Where that fails too, the error of the commit has been told, and nothing was promised.
        _ = fsync(file)
    }

    /// Where the last good commit ends, as the header of the `-shm` file tells: two copies of 48 bytes, in
    /// them the page size and the number of the last frame (https://www.sqlite.org/walformat.html).
    ///
    /// - Returns: nil where the header is not whole.
    private func goodByteCount() -> Int? {
        let file = Glibc.open(path + "-shm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        var header = [UInt8](repeating: 0, count: 96)
        guard pread(file, &header, header.count, 0) == header.count, header[..<48] == header[48...] else {
            return nil
        }
        func number<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
            header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
        guard number(at: 0, as: UInt32.self) == 3_007_000, header[12] == 1 else { return nil }
        let frameCount = Int(number(at: 16, as: UInt32.self))
        let pageByteCount = Int(number(at: 14, as: UInt16.self))
        // Before the first commit there is no page size yet.
        guard frameCount == 0 || pageByteCount >= 512 else { return nil }
        return 32 + frameCount * (24 + pageByteCount)
    }
}
