import LedgerPipeline
import LedgerProof

/// A release's story as people read it, and as programs do.
struct StoryText {
    let story: ReleaseStory

    init(_ story: ReleaseStory) { self.story = story }

    var text: String {
        ([Terminal.styled(story.release.text, .bold)] + story.steps.map { text($0) })
            .joined(separator: "\n\n")
    }

    private func text(_ step: ReleaseStory.Step) -> String {
        var lines = [
            Terminal.styled("\(Terminal.time(step.time))  record \(step.index)  \(step.actor)", .dim),
            "  \(Terminal.safe(step.text))",
        ]
        var rows = step.details.map { ["    \($0.name)", Terminal.safe($0.value)] }
        rows += step.evidence.map { evidence in
            let reference = evidence.reference
            return [
                "    evidence",
                "\(reference.name)  \(Self.state(evidence))  \(Digest.text(reference.digest))",
            ]
        }
        if !rows.isEmpty { lines.append(Terminal.table(rows, overflow: .wrap)) }
        lines += step.remarks.map { Terminal.styled("    no effect: \(Terminal.safe($0))", .red) }
        return lines.joined(separator: "\n")
    }

    static func state(_ evidence: ReleaseStory.Evidence) -> String {
        switch evidence.state {
        case .there: Terminal.bytes(evidence.reference.size)
        case .erased(let index): "erased by record \(index)"
        case .missing: Terminal.styled("MISSING", .red)
        }
    }

    var lines: [JSONObject] {
        story.steps.map { step in
            [
                "actor": .string(step.actor.text),
                "details": .array(
                    step.details.map { ["name": .string($0.name), "value": .string($0.value)] }),
                "evidence": .array(step.evidence.map { Self.json($0) }),
                "index": .integer(Int64(step.index.value)), "release": .string(story.release.text),
                "remarks": .array(step.remarks.map { .string($0) }), "text": .string(step.text),
                "time": .string(step.time.description), "type": .string(step.type.text),
            ]
        }
    }

    static func json(_ evidence: ReleaseStory.Evidence) -> JSONValue {
        let state: JSONValue =
            switch evidence.state {
            case .there: "there"
            case .erased: "erased"
            case .missing: "missing"
            }
        return [
            "digest": .string(Digest.text(evidence.reference.digest)),
            "media": .string(evidence.reference.media), "name": .string(evidence.reference.name),
            "size": .integer(Int64(evidence.reference.size)), "state": state,
        ]
    }
}
