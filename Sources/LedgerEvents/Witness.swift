public import LedgerProof

/// What a witness cosigned last, of one log.
public struct WitnessedCheckpoint: Hashable, Sendable {
    public let checkpoint: Checkpoint
    /// The checkpoint with its log's signatures and the cosignature.
    public let note: String
    public let secondsSince1970: UInt64

    public init(checkpoint: Checkpoint, note: String, secondsSince1970: UInt64) {
        self.checkpoint = checkpoint
        self.note = note
        self.secondsSince1970 = secondsSince1970
    }
}

/// Where a witness remembers: the seam that every store fits. Used from one thread at a time.
public protocol WitnessMemory: AnyObject {
    /// In one transaction that no other process can share: shows `body` what was cosigned last of that log,
    /// and keeps what it returns in its place. That is durable when this returns; nothing has changed when
    /// `body` throws.
    ///
    /// - Throws: ``LogError``, or what `body` throws.
    func advance(_ origin: Origin, _ body: (WitnessedCheckpoint?) throws -> WitnessedCheckpoint) throws

    /// - Returns: nil if nothing of that log was cosigned.
    func last(of origin: Origin) throws -> WitnessedCheckpoint?
}

/// A witness: cosigns what continues all that it cosigned before.
///
/// Always true:
/// - a cosignature leaves this type only after what it vouches for is durable;
/// - of one log, sizes and times of cosignatures never go back.
public final class Witness {
    private let cosigner: Cosigner
    private let rules: WitnessRules
    private let memory: any WitnessMemory
    private let clock: LedgerClock

    public init(
        cosigner: Cosigner, rules: WitnessRules, memory: any WitnessMemory, clock: LedgerClock
    ) {
        (self.cosigner, self.rules, self.memory, self.clock) = (cosigner, rules, memory, clock)
    }

    /// Answers `add-checkpoint`.
    ///
    /// - Returns: what was cosigned, and the lines to answer with.
    /// - Throws: ``WitnessRefusal``; or ``LogError`` if nothing could be kept: nothing was cosigned then.
    public func addCheckpoint(_ body: [UInt8]) throws -> (checkpoint: Checkpoint, lines: String) {
        let request = try rules.read(body)
        var line = ""
        try memory.advance(request.checkpoint.origin) { last in
            try WitnessRules.check(request, after: last?.checkpoint)
            let now = UInt64(max(0, clock.now().microsecondsSince1970 / 1_000_000))
            // A clock that was set back must not make a larger tree look older than a smaller one.
            let seconds = max(now, last?.secondsSince1970 ?? 0)
            let signature = cosigner.cosign(request.checkpoint, secondsSince1970: seconds)
            line = signature.line + "\n"
            let note = try request.note.adding([signature])
            return WitnessedCheckpoint(
                checkpoint: request.checkpoint, note: String(decoding: note.bytes, as: UTF8.self),
                secondsSince1970: seconds)
        }
        return (request.checkpoint, line)
    }

    /// The newest cosigned checkpoint of the log whose origin has this SHA-256.
    ///
    /// - Returns: nil if no such log is known, or nothing of it was cosigned.
    public func checkpoint(ofOriginDigest digest: String) throws -> String? {
        guard let origin = rules.keys.keys.first(where: { $0.seed.hex == digest }) else { return nil }
        return try memory.last(of: origin)?.note
    }
}
