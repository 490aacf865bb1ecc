import Foundation
import LedgerPipeline
import LedgerProof

/// What an approver must know: what, where to, under which rules, on what evidence, and who may.
struct GateView: Sendable {
    let release: ReleaseID
    let gate: PipelineGate
    let stage: PipelineStage
    let target: Target?
    let fold: ReleaseFold
    let attempt: Int
    let opened: LogIndex
    let openedAt: Timestamp
    let nonce: String
    let policy: Hash
    let verdict: Verdict
    let tests: [(target: String, fault: Finding?)]
    let people: [(person: String, barred: String?)]
    let head: SeenHead
    let isTagSigned: Bool

    init(_ release: ReleaseID, _ name: String, _ context: LedgerContext) throws {
        let decider = try ApprovalDecider(context, release: release, gate: name)
        guard let current = try context.release(release), let reactor = current.reactor else {
            throw Refusal(.notFound, "there is no release '\(release)'. `ledger status` lists them.")
        }
        self.release = release
        gate = decider.gate
        stage = decider.stage
        target = decider.stage.target.flatMap { decider.definition.targets[$0] }
        fold = current.fold
        attempt = decider.opened.attempt
        opened = decider.opened.record.index
        openedAt = decider.opened.record.time
        nonce = decider.opened.nonce
        policy = decider.definition.digest
        verdict = reactor.verdict(stage: decider.stage.name, at: context.moment)
        tests = decider.gate.installTests.map { target in
            (
                target,
                current.judge.fault(ofTestFrom: target, before: context.moment.index, decider.definition)
            )
        }
        people = decider.candidates()
        head = try context.seenHead()
        isTagSigned = current.reading.isTagSigned
    }

    var text: String {
        var rows: [[String]] = [
            ["release", Terminal.styled(release.text, .bold)],
            ["commit", fold.tag?.commit ?? ""],
            [
                "tagged by",
                "\(fold.tag?.tagger ?? "")\(isTagSigned ? ", signed" : ", asserted (not signed)")",
            ],
            ["publishes to", "\(stage.target ?? "")  \(target?.upload ?? target?.registry ?? "")"],
        ]
        for file in fold.files {
            rows.append(["file", "\(file.name)  \(Terminal.bytes(file.size))"])
            rows.append(["", Digest.text(file.digest)])
        }
        rows += [
            ["gate", "\(gate.name), attempt \(attempt), open since \(openedAt) (record \(opened))"],
            ["policy", Digest.text(policy)],
        ]
        rows += gate.requirements.enumerated().map { [$0 == 0 ? "asks for" : "", $1] }
        var evidence = [["built", "record \(fold.built?.description ?? "?")"]]
        evidence += fold.published.map {
            ["published", "\($0.target)  \(Terminal.safe($0.url))  (record \($0.index))"]
        }
        evidence += tests.map { test in
            let words =
                test.fault.map { Terminal.styled("missing: \($0.text)", .yellow) }
                ?? Terminal.styled("passed", .green)
            return ["install test", "\(test.target)  \(words)"]
        }
        let approvals = fold.gate(gate.name, stage: stage.name)?.approvals ?? [:]
        evidence += approvals.sorted { $0.value < $1.value }.map {
            ["approved", "\($0.key)  (record \($0.value))"]
        }
        let who = people.map { person in
            [person.person, person.barred.map { "barred: \($0)" } ?? Terminal.styled("may approve", .green)]
        }
        return """
            \(Terminal.table(rows))

            \(Terminal.table(evidence))

            \(Terminal.table(who, header: ["person", ""]))

            now: \(verdict.kind.rawValue)\(verdict.reasons.isEmpty ? "" : " — " + verdict.reasons.map(\.text).joined(separator: "; "))
            """
    }

    var json: JSONObject {
        [
            "attempt": .integer(Int64(attempt)), "commit": .optional(fold.tag?.commit),
            "files": fold.files.json,
            "gate": .string(gate.name), "nonce": .string(nonce), "opened": .integer(Int64(opened.value)),
            "people": .array(people.map { ["barred": .optional($0.barred), "person": .string($0.person)] }),
            "policy": .string(Digest.text(policy)), "release": .string(release.text),
            "requirements": .array(gate.requirements.map { .string($0) }), "stage": .string(stage.name),
            "target": .optional(stage.target),
            "tests": .array(
                tests.map { ["fault": .optional($0.fault?.text), "target": .string($0.target)] }),
            "verdict": .string(verdict.kind.rawValue),
            "reasons": .array(verdict.reasons.map { ["code": .string($0.code), "text": .string($0.text)] }),
        ]
    }
}
