public import LedgerEvents
public import LedgerPipeline
public import LedgerProof

/// The asynchronous door to a log: callers wait, below it everything is synchronous.
public protocol LedgerDoor: Sendable {
    /// One transaction; what was appended is durable when this returns.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LogWriter) throws -> Result
    ) async throws -> Result
    /// One unchanging view.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LogReader) throws -> Result
    ) async throws -> Result
}

/// Signs statements in a person's name.
public protocol StatementSigner: Sendable {
    /// The person's bare name.
    var person: String { get }
    /// - Returns: an armored SSHSIG over `statement`, in the namespace of approvals.
    func sign(_ statement: [UInt8]) async throws -> [UInt8]
}

/// Turns commands into records: reads what the log says, lets the person sign it, decides again inside the
/// transaction, appends.
///
/// Always true: nothing is recorded that the decider refuses, and nothing half: an act and its evidence are
/// one transaction.
public struct CommandHandler: Sendable {
    public let door: any LedgerDoor
    public let clock: LedgerClock
    public let evidence: EvidenceStore

    public init(door: any LedgerDoor, clock: LedgerClock, evidence: EvidenceStore) {
        self.door = door
        self.clock = clock
        self.evidence = evidence
    }

    /// A consistent look at people, pipelines and releases.
    public func look<Result: Sendable>(
        _ body: @escaping @Sendable (LedgerContext) throws -> Result
    ) async throws -> Result {
        let (clock, evidence) = (clock, evidence)
        return try await door.read { reader in
            try body(try LedgerContext(reader, now: clock.now(), files: { evidence.read($0) }))
        }
    }

    /// The same, inside a transaction that can append.
    public func decide<Result: Sendable>(
        _ body: @escaping @Sendable (LedgerContext, any LogWriter) throws -> Result
    ) async throws -> Result {
        let (clock, evidence) = (clock, evidence)
        return try await door.write { writer in
            try Self.check(clock, after: try writer.head().lastTime)
            return try body(try LedgerContext(writer, now: clock.now(), files: { evidence.read($0) }), writer)
        }
    }

    /// - Throws: ``LogError`` with `.clockBehind` where no record could be made now.
    public static func check(_ clock: LedgerClock, after last: Timestamp?) throws {
        _ = try RecordLinking.time(after: last, now: clock.now())
    }

    /// Signs an act and records it.
    ///
    /// - Throws: ``Refusal`` if the act would have no effect, or what the signer or the log throws.
    public func perform(
        _ act: Act, by signer: some StatementSigner,
        check: @escaping @Sendable (LedgerContext) throws -> Void = { _ in }
    ) async throws -> Receipt {
        try await perform([act], by: signer, check: check)[0]
    }

    /// Signs acts that belong together, and records them in one transaction: all of them, or none.
    ///
    /// - Throws: ``Refusal`` if one of them would have no effect after those before it.
    public func perform(
        _ acts: [Act], by signer: some StatementSigner,
        check: @escaping @Sendable (LedgerContext) throws -> Void = { _ in }
    ) async throws -> [Receipt] {
        let clock = clock
        let seen = try await look { context in
            // Before somebody is asked for a signature that could not be recorded.
            try Self.check(clock, after: context.head.lastTime)
            try check(context)
            return try context.seenHead()
        }
        var signed: [Act] = []
        for act in acts {
            let statement = ActStatement(
                by: signer.person, seen: seen, stream: act.stream, type: act.type, what: act.what
            ).bytes
            signed.append(act.signed(statement: statement, signature: try await signer.sign(statement)))
        }
        for act in signed { try evidence.keepLarge(act) }
        let (person, all, evidence) = (signer.person, signed, evidence)
        return try await decide { context, writer in
            try check(context)
            return try all.map { act in
                let now = try LedgerContext(
                    writer, now: context.moment.time, files: { evidence.read($0) })
                try ActDecider(now).check(act, by: person)
                return try writer.append(
                    act, actor: "person:\(person)", cause: nil, now: context.moment.time)
            }
        }
    }

    /// Records an act that nobody signs, if `check` allows it.
    public func append(
        _ act: Act, actor: String, cause: LogIndex?, check: @escaping @Sendable (LedgerContext) throws -> Void
    ) async throws -> Receipt {
        let evidence = evidence
        try evidence.keepLarge(act)
        return try await decide { context, writer in
            try check(context)
            return try writer.append(act, actor: actor, cause: cause, now: context.moment.time)
        }
    }
}

extension LogWriter {
    /// Appends an act with its small evidence.
    public func append(_ act: Act, actor: String, cause: LogIndex?, now: Timestamp) throws -> Receipt {
        guard let actor = Actor(actor) else { preconditionFailure("'\(actor)' is not an actor") }
        for (digest, content) in act.evidence where EvidenceStore.isSmall(content.content) {
            try keep(content, digest: digest)
        }
        var generator = SystemRandomNumberGenerator()
        let draft = RecordDraft(
            actor: actor, cause: cause, id: EventID.make(at: now, using: &generator), stream: act.stream,
            type: act.type, what: act.what)
        return try append(draft, expecting: .any)
    }
}
