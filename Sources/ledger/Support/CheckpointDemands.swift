import Foundation
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// What else must hold of a checkpoint than its log's signature: that witnesses have seen it, and that an
/// authority's clock did.
struct CheckpointDemands: Sendable {
    let policy: WitnessPolicy?
    /// The certificates to check a time stamp under, which must be there then; nil: those of this machine.
    let authorities: String?

    init(policy: String?, authorities: String?) throws {
        self.policy = try policy.map { try Self.policy($0) }
        guard authorities.map({ FileManager.default.isReadableFile(atPath: $0) }) ?? true else {
            throw UsageFault("cannot read the certificates '\(Terminal.safe(authorities!))'. Check the name.")
        }
        self.authorities = authorities.map { LedgerFolder.absolute($0) }
    }

    static func policy(_ path: String) throws -> WitnessPolicy {
        guard let bytes = InputFile.read(path) else {
            throw Ending(
                .couldNotLook, "ledger: cannot read the policy '\(Terminal.safe(path))'. Check the name.")
        }
        do throws(WitnessPolicyFault) { return try WitnessPolicy(parsing: bytes) } catch {
            throw UsageFault("'\(Terminal.safe(path))' is no witness policy: \(error).")
        }
    }

    /// What was found, in the order in which it is shown.
    struct Report: Sendable {
        struct Line: Sendable {
            /// nil: neither good nor bad.
            let isGood: Bool?
            let topic: String
            let text: String

            var marked: String {
                switch isGood {
                case true?: "\(Terminal.styled("✓", .green)) \(text)"
                case false?: "\(Terminal.styled("✗", .red)) \(text)"
                case nil: text
                }
            }
        }

        var lines: [Line] = []
        var codes: [Outcome.Code] = []
        var json: JSONObject = [:]
    }

    /// - Parameters:
    ///   - note: nil where there is none.
    ///   - token: the time stamp of exactly these bytes, if there is one.
    func judge(_ note: SignedNote?, token: [UInt8]?) async throws -> Report {
        var report = Report()
        judgeWitnesses(note, &report)
        try await judgeTime(note, token, &report)
        return report
    }

    private func judgeWitnesses(_ note: SignedNote?, _ report: inout Report) {
        guard let policy else { return }
        func tell(_ isGood: Bool, _ text: String, _ code: Outcome.Code?) {
            report.lines.append(.init(isGood: isGood, topic: "witnesses", text: text))
            if let code { report.codes.append(code) }
            report.json = report.json.merging(["witnesses": .string(text), "witnessed": .bool(isGood)])
        }
        guard let note, let checkpoint = try? Checkpoint(parsing: note.text) else {
            return tell(
                false, "no checkpoint was signed: there is nothing that they could have seen", .refused)
        }
        do throws(NoteFault) {
            let judgement = try policy.judge(note)
            let names = judgement.cosigned.map {
                "\(Terminal.safe($0.witness.name)) \(Self.time($0.secondsSince1970))"
            }
            let seen = names.isEmpty ? "nobody" : names.joined(separator: ", ")
            if !judgement.isOfKnownLog {
                tell(false, "the checkpoint is not signed by a log of the policy", .refused)
            } else if !judgement.hasQuorum {
                tell(
                    false,
                    "the checkpoint of \(checkpoint.size) records lacks the policy's quorum; it was cosigned by: \(seen)",
                    .refused)
            } else {
                tell(true, "\(checkpoint.size) records cosigned by: \(seen)", nil)
            }
        } catch { tell(false, "\(error)", .broken) }
    }

    private func judgeTime(_ note: SignedNote?, _ token: [UInt8]?, _ report: inout Report) async throws {
        func tell(_ isGood: Bool?, _ text: String, _ code: Outcome.Code?) {
            report.lines.append(.init(isGood: isGood, topic: "time stamp", text: text))
            if let code { report.codes.append(code) }
            report.json = report.json.merging(["timestamp": .string(text)])
        }
        guard let token, let note else {
            if authorities != nil { tell(false, "there is none of this checkpoint", .nothing) }
            return
        }
        let judgement: TimestampAuthority.Judgement
        do throws(RuntimeFault) {
            judgement = try await Self.authority(authorities).check(token, of: note.bytes)
        } catch {
            guard authorities == nil else { throw error }
            return tell(nil, "not looked at: \(error.message)", nil)
        }
        switch judgement {
        case .good(let time): tell(true, "\(Terminal.time(time)): the checkpoint was there", nil)
        case .bad(let words):
            tell(false, "it is not of this checkpoint: \(Terminal.safe(words))", .broken)
        case .untrusted(_, let words) where authorities != nil:
            tell(false, "not signed under the certificates that you gave: \(Terminal.safe(words))", .broken)
        case .untrusted:
            tell(
                nil, "its authority is not known on this machine: name its certificate with --tsa-ca FILE",
                nil)
        }
    }

    static func authority(_ trusted: String?) -> TimestampAuthority {
        TimestampAuthority(
            host: HostEnvironment(variables: Terminal.environment), temporary: NSTemporaryDirectory(),
            trusted: trusted)
    }

    static func time(_ seconds: UInt64) -> String {
        let limit = UInt64(Timestamp.writable.upperBound.microsecondsSince1970 / 1_000_000)
        guard seconds <= limit else { return "at second \(seconds)" }
        return Terminal.time(Timestamp(microsecondsSince1970: Int64(seconds) * 1_000_000))
    }
}

/// The time stamps of a ledger's checkpoints: `timestamps/<SHA-256 of the checkpoint>.tsr` in its folder.
struct TimestampFolder {
    let folder: LedgerFolder

    private func path(of note: SignedNote) -> String {
        "\(folder.path)/timestamps/\(Hash.sha256(note.bytes).hex).tsr"
    }

    func keep(_ token: [UInt8], of note: SignedNote) throws {
        do { try DurableFile.write(Data(token), to: path(of: note)) } catch {
            throw RuntimeFault("cannot write '\(path(of: note))'", error)
        }
    }

    /// That of a bundle's checkpoint, if it has one. It is checked when the ledger is verified.
    func take(from bundle: FolderFiles) throws {
        guard let token = bundle.read(BundlePath.timestamp, limitBytes: TimestampAuthority.limitBytes),
            let bytes = bundle.read(BundlePath.checkpoint, limitBytes: SignedNote.maximumByteCount),
            let note = try? SignedNote(parsing: bytes)
        else { return }
        try keep(token, of: note)
    }

    /// - Returns: nil if there is none of exactly these bytes.
    func token(of note: SignedNote) -> [UInt8]? { InputFile.read(path(of: note)) }
}
