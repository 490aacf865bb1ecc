#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
public import LedgerProof

/// Where the time comes from. Nobody below the composition root reads a clock of their own.
public struct LedgerClock: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// This machine's. For composition roots.
    public static let system = LedgerClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// A clock that stands still.
    public static func fixed(_ time: Timestamp) -> LedgerClock { LedgerClock { time } }
}
