#if canImport(Glibc)
    internal import Glibc
#endif

/// renameat2(2), which Swift does not see: names that are given without taking one from anybody.
enum ExactRename {
    /// `RENAME_NOREPLACE` and `RENAME_EXCHANGE`.
    enum Kind: UInt32 {
        /// Fails where the name is taken.
        case toNewName = 1
        /// The two change places, in one step.
        case exchange = 2
    }

    private typealias Call =
        @convention(c) (
            Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
        ) -> Int32

    private static let call: Call? = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: Call.self) }

    /// - Returns: 0, or -1 with `errno` set; `EINVAL` or `ENOSYS` where it cannot be done here.
    static func rename(_ path: String, to target: String, _ kind: Kind) -> Int32 {
        guard let call else {
            errno = ENOSYS
            return -1
        }
        return call(AT_FDCWD, path, AT_FDCWD, target, kind.rawValue)
    }
}
