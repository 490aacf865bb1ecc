internal import Synchronization

public import LedgerEvents
public import LedgerProof

/// A clock that a test sets.
public final class AdjustableClock: Sendable {
    private let now: Mutex<Timestamp>

    public init(_ time: Timestamp) { now = Mutex(time) }

    public var time: Timestamp {
        get { now.withLock { $0 } }
        set { now.withLock { $0 = newValue } }
    }

    public var clock: LedgerClock { LedgerClock { self.time } }
}
