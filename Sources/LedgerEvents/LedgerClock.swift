public import LedgerProof

/// Where the time comes from. Nobody below the composition root reads a clock of their own.
public struct LedgerClock: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// A clock that stands still.
    public static func fixed(_ time: Timestamp) -> LedgerClock { LedgerClock { time } }
}
