public import LedgerProof

/// A release told in order and in plain words, from its records: when, who, what, and on what evidence.
///
/// It tells what was recorded. Whether an act counted is in `remarks`, as judging found it.
public struct ReleaseStory: Sendable {
    public struct Step: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp
        public let actor: Actor
        public let type: EventType
        /// What happened, as a sentence without its subject's kind: `approved publication to testpypi`.
        public let text: String
        public let details: [Detail]
        public let evidence: [Evidence]
        /// Why it has no effect, where it has none.
        public let remarks: [String]
    }

    public struct Detail: Hashable, Sendable {
        public let name: String
        public let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Evidence: Hashable, Sendable {
        public enum State: Hashable, Sendable {
            /// At hand, and of its digest.
            case there
            /// By the record with this index.
            case erased(LogIndex)
            case missing
        }

        public let reference: EvidenceReference
        public let state: State
    }

    public let release: ReleaseID
    public let steps: [Step]

    public init(_ context: ReleaseContext) {
        release = context.reading.release
        let teller = StoryTeller(context: context)
        steps = context.reading.records.map { teller.step($0) }
    }
}

extension ReleaseStory.Evidence {
    init(_ reference: EvidenceReference, governance: Governance, source: some HistorySource) {
        self.reference = reference
        if source.evidence(reference) != nil {
            state = .there
        } else if let index = governance.erased[reference.digest] {
            state = .erased(index)
        } else {
            state = .missing
        }
    }

    /// Everything that a record names.
    public static func all(in record: Record, governance: Governance, source: some HistorySource) -> [Self] {
        EvidenceReference.all(in: record.what).map { Self($0, governance: governance, source: source) }
    }
}

/// Finds the words.
private struct StoryTeller {
    typealias Detail = ReleaseStory.Detail
    let context: ReleaseContext

    func step(_ record: Record) -> ReleaseStory.Step {
        let (text, details) = tell(record)
        return ReleaseStory.Step(
            index: record.index, time: record.time, actor: record.actor, type: record.type, text: text,
            details: details,
            evidence: ReleaseStory.Evidence.all(
                in: record, governance: context.governance, source: context.judge.source),
            remarks: context.reading.findings.filter { $0.index == record.index }.map(\.text))
    }

    private func tell(_ record: Record) -> (String, [Detail]) {
        guard record.isKnown else { return ("recorded \(record.type), which is not known here", []) }
        return switch record.type.text {
        case "tag.pushed": tag(record)
        case "artifact.built": built(record)
        case "artifact.published", "publish.conflicted": published(record)
        case "gate.opened": opened(record)
        case "gate.approved", "gate.rejected": decided(record)
        case "install.tested": tested(record)
        default: (sentence(record), [])
        }
    }

    private func text(_ record: Record, _ member: String) -> String { record.text(member) ?? "?" }

    private func reason(_ record: Record) -> String {
        guard let reason = record.text("reason"), !reason.isEmpty else { return "" }
        return ": \(reason)"
    }

    /// Those that a sentence tells wholly.
    private func sentence(_ record: Record) -> String {
        let attempt = record.number("attempt").map { ", attempt \($0)" } ?? ""
        let (stage, gate, reason) = (text(record, "stage"), text(record, "gate"), reason(record))
        let micros = record.number("micros") ?? 0
        let duration = micros > 0 ? " after \(seconds(micros))" : ""
        return switch record.type.text {
        case "stage.started": "started \(stage)\(attempt)"
        case "stage.succeeded": "\(stage) succeeded\(duration)"
        case "stage.failed": "\(stage) failed\(duration)\(reason)"
        case "stage.unknown": "nobody knows how \(stage) ended\(reason)"
        case "stage.retried": "wants \(stage) to be tried again\(attempt)\(reason)"
        case "approval.withdrawn":
            "withdrew the approval in record \(record.number("approval") ?? -1) from \(gate)\(reason)"
        case "gate.expired": "closed the gate \(gate)\(attempt)\(reason)"
        case "gate.bypassed": "bypassed the gate \(gate)\(attempt), until \(text(record, "until"))\(reason)"
        case "release.completed": "the release is complete\(reason)"
        case "release.failed": "gave the release up\(reason)"
        case "release.superseded": "the release is superseded\(reason)"
        case "release.yanked": "yanked the release\(reason)"
        default: record.type.text
        }
    }

    private func seconds(_ micros: Int) -> String {
        micros < 60_000_000
            ? "\(micros / 1_000_000).\(micros / 100_000 % 10) s" : "\(micros / 60_000_000) min"
    }

    private func files(_ record: Record, _ member: String = "files") -> [Detail] {
        (record.files(member) ?? []).map { Detail("file", "\($0.name)  sha256:\($0.digest.hex)") }
    }

    private func count(_ record: Record) -> String {
        let count = record.files("files")?.count ?? 0
        return "\(count) file\(count == 1 ? "" : "s")"
    }

    private func tag(_ record: Record) -> (String, [Detail]) {
        let signed = context.reading.isTagSigned ? "signed" : "asserted, not signed"
        return (
            "the tag \(text(record, "tag")) was pushed (version \(text(record, "version")))",
            [
                Detail("tagger", "\(text(record, "tagger")) (\(signed))"),
                Detail("commit", text(record, "commit")), Detail("repository", text(record, "repository")),
                Detail("policy", text(record, "pipeline")),
            ]
        )
    }

    private func built(_ record: Record) -> (String, [Detail]) {
        let tools = record.what["tools"]?.object.map { tools in
            tools.names.map { "\($0) \(tools[$0]?.string ?? "?")" }.joined(separator: ", ")
        }
        return (
            "\(text(record, "stage")) made \(count(record))",
            files(record) + (tools.map { [Detail("tools", $0)] } ?? [])
        )
    }

    private func published(_ record: Record) -> (String, [Detail]) {
        let target = text(record, "target")
        let text =
            if record.type.text == "publish.conflicted" {
                "\(target) serves other files than these\(reason(record))"
            } else if record.text("how") == "already-present" {
                "\(target) had the same \(count(record)) already"
            } else {
                "published \(count(record)) to \(target)"
            }
        return (text, [Detail("at", self.text(record, "url"))] + files(record, "observed"))
    }

    private func opened(_ record: Record) -> (String, [Detail]) {
        let requirements = record.what["requirements"]?.array?.compactMap(\.string) ?? []
        return (
            "opened the gate \(text(record, "gate")) of \(text(record, "stage")), attempt "
                + "\(record.number("attempt") ?? 0), for \(count(record))",
            requirements.map { Detail("asks for", $0) } + [Detail("policy", text(record, "policy"))]
        )
    }

    private func decided(_ record: Record) -> (String, [Detail]) {
        let verb = record.type.text == "gate.approved" ? "approved" : "rejected"
        let headline = "\(text(record, "approver")) \(verb) at the gate \(text(record, "gate"))"
        var details = [Detail("key", text(record, "fingerprint"))]
        let bytes = EvidenceReference(json: record.what["statement"])
            .flatMap { context.judge.source.evidence($0) }
        guard let statement = bytes.flatMap({ ApprovalStatement($0) }) else {
            return (headline, details + [Detail("signed", "a statement that cannot be read")])
        }
        details.append(Detail("signed", "“\(statement.meaning)”"))
        details += statement.subject.map { Detail("file", "\($0.name)  sha256:\($0.digest.hex)") }
        if !statement.comment.isEmpty { details.append(Detail("comment", statement.comment)) }
        let shown = statement.evidence.map { "\($0.index)" }.joined(separator: ", ")
        return (
            headline,
            details + [
                Detail("was shown", "records \(shown) of the first \(statement.seen.size)"),
                Detail("holds until", statement.expires.description),
                Detail("policy", Digest.text(statement.policy)),
            ]
        )
    }

    private func tested(_ record: Record) -> (String, [Detail]) {
        let commands = record.what["commands"]?.array?.map { command in
            command.string ?? command.array?.compactMap(\.string).joined(separator: " ") ?? "?"
        }
        return (
            "\(text(record, "tester")) installed \(text(record, "requirement")) from "
                + "\(text(record, "target")) and tested it: \(text(record, "verdict"))",
            [Detail("index", text(record, "index"))] + files(record)
                + (commands ?? []).map { Detail("ran", $0) }
        )
    }
}
