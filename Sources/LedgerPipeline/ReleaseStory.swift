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

/// Finds the details.
private struct StoryTeller {
    typealias Detail = ReleaseStory.Detail
    let context: ReleaseContext

    func step(_ record: Record) -> ReleaseStory.Step {
        ReleaseStory.Step(
            index: record.index, time: record.time, actor: record.actor, type: record.type,
            text: record.sentence, details: details(record),
            evidence: ReleaseStory.Evidence.all(
                in: record, governance: context.governance, source: context.judge.source),
            remarks: context.reading.findings.filter { $0.index == record.index }.map(\.text))
    }

    private func details(_ record: Record) -> [Detail] {
        guard record.isKnown else { return [] }
        return switch record.type.text {
        case "tag.pushed": tag(record)
        case "artifact.built": built(record)
        case "artifact.published", "publish.conflicted":
            [Detail("at", text(record, "url"))] + files(record, "observed")
        case "gate.opened": opened(record)
        case "gate.approved", "gate.rejected": decided(record)
        case "install.tested": tested(record)
        default: []
        }
    }

    private func text(_ record: Record, _ member: String) -> String { record.text(member) ?? "?" }

    private func files(_ record: Record, _ member: String = "files") -> [Detail] {
        (record.files(member) ?? []).map { Detail("file", "\($0.name)  sha256:\($0.digest.hex)") }
    }

    private func tag(_ record: Record) -> [Detail] {
        let signed = context.reading.isTagSigned ? "signed" : "asserted, not signed"
        return [
            Detail("tagger", "\(text(record, "tagger")) (\(signed))"),
            Detail("commit", text(record, "commit")), Detail("repository", text(record, "repository")),
            Detail("policy", text(record, "pipeline")),
        ]
    }

    private func built(_ record: Record) -> [Detail] {
        let tools = record.what["tools"]?.object.map { tools in
            tools.names.map { "\($0) \(tools[$0]?.string ?? "?")" }.joined(separator: ", ")
        }
        return files(record) + (tools.map { [Detail("tools", $0)] } ?? [])
    }

    private func opened(_ record: Record) -> [Detail] {
        let requirements = record.what["requirements"]?.array?.compactMap(\.string) ?? []
        return requirements.map { Detail("asks for", $0) } + [Detail("policy", text(record, "policy"))]
    }

    /// Who, with which key, and what exactly they signed.
    private func decided(_ record: Record) -> [Detail] {
        var details = [
            Detail("approver", text(record, "approver")), Detail("key", text(record, "fingerprint")),
        ]
        let bytes = EvidenceReference(json: record.what["statement"])
            .flatMap { context.judge.source.evidence($0) }
        guard let statement = bytes.flatMap({ ApprovalStatement($0) }) else {
            return details + [Detail("signed", "a statement that cannot be read")]
        }
        details.append(Detail("signed", "“\(statement.meaning)”"))
        details += statement.subject.map { Detail("file", "\($0.name)  sha256:\($0.digest.hex)") }
        if !statement.comment.isEmpty { details.append(Detail("comment", statement.comment)) }
        let shown = statement.evidence.map { "\($0.index)" }.joined(separator: ", ")
        return details + [
            Detail("was shown", "records \(shown), of the first \(statement.seen.size)"),
            Detail("holds until", statement.expires.description),
            Detail("policy", Digest.text(statement.policy)),
        ]
    }

    private func tested(_ record: Record) -> [Detail] {
        let commands = record.what["commands"]?.array?.map { command in
            command.string ?? command.array?.compactMap(\.string).joined(separator: " ") ?? "?"
        }
        return [Detail("index", text(record, "index"))] + files(record)
            + (commands ?? []).map { Detail("ran", $0) }
    }
}
