import ArgumentParser
import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger checkpoint`: what this ledger was at this moment, signed. Keep it elsewhere.
struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Sign what the log is now. Keep the result elsewhere: it is what finds a rewritten log.",
        discussion: """
            Examples:
              ledger checkpoint > autocli.checkpoint
              ledger verify --against autocli.checkpoint

              ledger checkpoint --witness https://witness.example/w1/ \\
                --witness-key w1.vkey
              ledger checkpoint --policy witnesses.policy
              ledger checkpoint --timestamp https://tsa.example/ --tsa-ca tsa.pem

            Witnesses cosign it, if it continues all that they cosigned before, and an \
            authority stamps the time on it; both are kept with the checkpoint and go into \
            every bundle. Exit codes: 4 where a policy's quorum is not reached, 5 where a \
            witness has seen another history.
            """)

    @Option(help: "A folder to keep it in, as <origin>-<size>.checkpoint.")
    var to: String?

    @Option(help: "The address of a witness, up to add-checkpoint. May be repeated.")
    var witness: [String] = []

    @Option(help: "The public key of a witness: a file, or the key itself. May be repeated.")
    var witnessKey: [String] = []

    @Option(help: "A C2SP tlog-policy: which witnesses there are, where, and how many must cosign.")
    var policy: String?

    @Option(help: "The address of an authority that stamps the time (RFC 3161).")
    var timestamp: String?

    @Option(help: "The certificates to check the time stamp under. Default: those of this machine.")
    var tsaCa: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let demands = try CheckpointDemands(policy: policy, authorities: tsaCa)
        let targets = try WitnessRound.targets(urls: witness, keys: witnessKey, policy: demands.policy)
        if let timestamp { try TimestampAuthority.check(timestamp) }
        guard tsaCa == nil || timestamp != nil else {
            throw UsageFault("--tsa-ca belongs to a time stamp. Name its authority with --timestamp URL.")
        }
        let session = try Session.openToSign(global)
        var note = try await LogKey.checkpoint(session)
        let checkpoint = try Checkpoint(parsing: note.text)
        var results: [WitnessRound.Result] = []
        if !targets.isEmpty { (note, results) = try await WitnessRound(session).run(note, targets) }
        let stamp = await stamp(note, demands.authorities, session)
        if let to {
            let name = checkpoint.origin.text.replacing("/", with: "_")
            let file = "\(to)/\(name)-\(checkpoint.size).checkpoint"
            do { try DurableFile.write(Data(note.bytes), to: file) } catch {
                throw RuntimeFault("cannot write '\(file)'", error)
            }
        }
        show(note, checkpoint, results, stamp.time)
        try end(note, demands.policy, results, stamp.fault)
    }

    /// What happened to the time stamp; nothing, where none was asked for.
    private func stamp(
        _ note: SignedNote, _ authorities: String?, _ session: Session
    ) async -> (time: Timestamp?, fault: Outcome?) {
        guard let timestamp else { return (nil, nil) }
        do {
            let (token, time) = try await CheckpointDemands.authority(authorities)
                .stamp(note.bytes, at: timestamp)
            try TimestampFolder(folder: session.folder).keep(token, of: note)
            return (time, nil)
        } catch { return (nil, Outcome(error)) }
    }

    private func show(
        _ note: SignedNote, _ checkpoint: Checkpoint, _ results: [WitnessRound.Result], _ time: Timestamp?
    ) {
        for result in results {
            if let seconds = result.seconds {
                Terminal.note(
                    "cosigned by \(Terminal.safe(result.target.name)), \(CheckpointDemands.time(seconds))")
            } else if let words = result.fault?.text {
                Terminal.note("not cosigned: \(words)")
            }
        }
        if let time { Terminal.note("stamped \(Terminal.time(time))") }
        guard global.output == .json else { return Terminal.result(bytes: note.bytes) }
        Terminal.result(
            JSONText.line([
                "note": .string(String(decoding: note.bytes, as: UTF8.self)),
                "origin": .string(checkpoint.origin.text),
                "root": .string(checkpoint.root.bytes.base64),
                "size": .integer(Int64(checkpoint.size.value)),
                "timestamp": .optional(time?.description),
                "witnesses": .array(
                    results.map { result in
                        [
                            "cosigned": result.seconds.map { .integer(Int64(clamping: $0)) } ?? .null,
                            "fault": .optional(result.fault?.text), "name": .string(result.target.name),
                            "url": .string(result.target.url),
                        ]
                    }),
            ]))
    }

    /// With a policy, its quorum decides, and one who does not answer may be missing; another history never.
    private func end(
        _ note: SignedNote, _ policy: WitnessPolicy?, _ results: [WitnessRound.Result], _ stamp: Outcome?
    ) throws {
        var codes = results.compactMap(\.fault?.code).filter { policy == nil || $0 == .broken }
        var words: [String] = []
        if let policy {
            let judgement = try policy.judge(note)
            if !judgement.isOfKnownLog {
                codes.append(.mismatch)
                words.append("ledger: the policy names other logs than this one.")
            } else if !judgement.hasQuorum {
                codes.append(.pending)
                let missing = judgement.missing.map { Terminal.safe($0.name) }.joined(separator: ", ")
                words.append(
                    "ledger: the policy's quorum is not reached. Not cosigned by: \(missing). Run this again when they answer."
                )
            }
        }
        if let stamp {
            codes.append(stamp.code)
            words.append(stamp.text ?? "ledger: there is no time stamp.")
        }
        try Ending.with(Outcome.worst(codes), words.isEmpty ? nil : words.joined(separator: "\n"))
    }
}
