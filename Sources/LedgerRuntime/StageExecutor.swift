public import LedgerPipeline

/// Carries out one kind of stage. It never touches the log: it acts, looks, and says what it saw.
public protocol StageExecutor: Sendable {
    /// Acts once, for the order in the permit.
    ///
    /// Where the order is a takeover it looks first and does only what is missing. After acting it asks the
    /// target what is there; its answer rests on that, not on the exit code of a tool.
    func execute(_ permit: consuming EffectPermit, in workspace: StageWorkspace) async -> StageReport
}

/// What an executor works with.
public struct StageWorkspace: Sendable {
    /// An empty folder of this run's own, removed afterwards.
    public let scratch: String
    /// Where the files of the order lie, by name; read-only, hashed again when they are handed over.
    public let input: [String: String]
    /// Where the prepared Python environments are kept between runs.
    public let tools: String
    /// The ledger's folder, which code of the project being released must not see.
    public let ledger: String

    public init(scratch: String, input: [String: String], tools: String, ledger: String) {
        self.scratch = scratch
        self.input = input
        self.tools = tools
        self.ledger = ledger
    }
}

/// What an executor says at the end.
public struct StageReport: Sendable {
    public let outcome: StageOutcome
    /// What happened, line by line, for the record's `log`. Credentials are never in it.
    public let log: [UInt8]
    /// For a build: where each file lies, by name.
    public let output: [String: String]

    public init(outcome: StageOutcome, log: [UInt8], output: [String: String] = [:]) {
        self.outcome = outcome
        self.log = log
        self.output = output
    }
}

/// The right to act once on the outside world. Only the worker that holds the stage's lease mints one, after
/// `stage.started` is durable; it is used up by the execution. A replay has no way to get one.
public struct EffectPermit: ~Copyable, Sendable {
    public let order: StageOrder
    public let epoch: Int
    /// False once another worker has taken over: nothing may leave this machine then. To be asked before each
    /// thing that
    /// leaves; whoever is paused right after the answer is caught by the target, which has the name already.
    var isCurrent: @Sendable () async -> Bool = { true }
}
