public import LedgerEvents
public import LedgerProof

/// A log in memory: the oracle that stores are compared with, and the log of tests that need no file.
///
/// Everything is one value, copied at the start of a transaction and put back where it fails. Slow for large
/// logs, and hard to get wrong.
public final class InMemoryLog: EventLog {
    struct State {
        var chain: Chain
        var records: [Record] = []
        var indexes: [EventID: LogIndex] = [:]
        var positions: [StreamName: [LogIndex]] = [:]
        /// In the order of their first records.
        var streams: [StreamName] = []
        var evidence: [Hash: StoredEvidence] = [:]
        var notes: [StoredNote] = []
        var leases: [String: HeldLease] = [:]
    }

    /// A lease that was given back stays, without an end, so that its epoch goes on growing.
    struct HeldLease {
        var owner: String
        var epoch: Int
        var expires: Timestamp?
    }

    public let origin: Origin
    private let clock: LedgerClock
    private var state: State
    private var isBusy = false

    public init(origin: Origin, clock: LedgerClock) {
        self.origin = origin
        self.clock = clock
        state = State(chain: Chain(origin: origin))
    }

    public func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result {
        precondition(!isBusy, "a log is used by one transaction at a time")
        isBusy = true
        defer { isBusy = false }
        let transaction = InMemoryTransaction(state, origin: origin, clock: clock)
        let result = try body(transaction)
        state = transaction.state
        return result
    }

    public func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result {
        try body(InMemoryTransaction(state, origin: origin, clock: clock))
    }
}
