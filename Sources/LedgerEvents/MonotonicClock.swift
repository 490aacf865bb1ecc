#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How long something takes: a clock that nobody sets.
public enum MonotonicClock {
    public static func nowMicros() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1000
    }
}
