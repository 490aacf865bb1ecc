public import LedgerProof

/// What a record says, in one plain sentence.
///
/// Texts of the record are in it as they are: whoever shows it makes control characters visible.
extension Record {
    public var sentence: String {
        guard isKnown else { return "recorded \(type), which is not known here" }
        return switch stream.kind {
        case .ledger: ledgerSentence
        case .roster: rosterSentence
        case .pipeline: "defined the pipeline \(stream.subject) as \(said("digest"))"
        case .release: releaseSentence
        }
    }

    private func said(_ member: String) -> String { text(member) ?? "?" }

    private func numbered(_ member: String) -> String { number(member).map { String($0) } ?? "?" }

    private var reason: String {
        guard let reason = text("reason"), !reason.isEmpty else { return "" }
        return ": \(reason)"
    }

    private var ledgerSentence: String {
        switch type.text {
        case "ledger.opened": "opened the ledger \(said("origin"))"
        case "ledger.rekeyed": "gave the ledger a new key\(reason)"
        case "ledger.restored": restoredSentence
        case "evidence.erased":
            "erased \(counted(what["digests"]?.array?.count, "piece")) of evidence\(reason)"
        default: type.text
        }
    }

    private var restoredSentence: String {
        let lost = what["lost"]?.array?.compactMap(\.integer) ?? []
        guard lost.count == 2 else { return "restored the ledger\(reason)" }
        return lost[0] <= lost[1]
            ? "recorded that records \(lost[0]) to \(lost[1]) of its old history are lost\(reason)"
            : "recorded that another history was lost\(reason)"
    }

    private var rosterSentence: String {
        let person = said("person")
        return switch type.text {
        case "person.enrolled": "enrolled \(person), a \(said("kind"))"
        case "person.removed": "removed \(person)"
        case "role.granted": "gave \(person) the role \(said("role"))"
        case "role.revoked": "took the role \(said("role")) from \(person)"
        case "key.enrolled": "enrolled a key of \(person): \(said("fingerprint"))"
        case "key.revoked": "revoked a key of \(person): \(said("fingerprint"))\(reason)"
        default: type.text
        }
    }

    private var releaseSentence: String {
        switch type.text {
        case "tag.pushed":
            "the tag \(said("tag")) was pushed by \(said("tagger")), version \(said("version"))"
        case "artifact.built": "\(said("stage")) made \(fileCount)"
        case "artifact.published":
            text("how") == "already-present"
                ? "\(said("target")) had the same \(fileCount) already"
                : "published \(fileCount) to \(said("target"))"
        case "publish.conflicted": "\(said("target")) serves other files than these\(reason)"
        case "gate.approved": "\(said("approver")) approved at the gate \(said("gate"))"
        case "gate.rejected": "\(said("approver")) rejected at the gate \(said("gate"))"
        case "install.tested":
            "\(said("tester")) installed \(said("requirement")) from \(said("target")) and tested it: "
                + said("verdict")
        case "release.completed": "the release is complete\(reason)"
        case "release.failed": "gave the release up\(reason)"
        case "release.superseded": "the release is superseded\(reason)"
        case "release.yanked": "yanked the release\(reason)"
        default: stageOrGateSentence
        }
    }

    private var stageOrGateSentence: String {
        let attempt = number("attempt").map { ", attempt \($0)" } ?? ""
        let (stage, gate) = (said("stage"), said("gate"))
        return switch type.text {
        case "stage.started": "started \(stage)\(attempt)"
        case "stage.succeeded": "\(stage) succeeded\(duration)"
        case "stage.failed": "\(stage) failed\(duration)\(reason)"
        case "stage.unknown": "nobody knows how \(stage) ended\(reason)"
        case "stage.retried": "wants \(stage) tried again\(attempt)\(reason)"
        case "gate.opened": "opened the gate \(gate) of \(stage)\(attempt), for \(fileCount)"
        case "gate.expired": "closed the gate \(gate)\(attempt)\(reason)"
        case "gate.bypassed": "bypassed the gate \(gate)\(attempt), until \(said("until"))\(reason)"
        case "approval.withdrawn":
            "withdrew the approval in record \(numbered("approval")) at \(gate)\(reason)"
        default: type.text
        }
    }

    private var fileCount: String { counted(files("files")?.count, "file") }

    private func counted(_ count: Int?, _ noun: String) -> String {
        "\(count ?? 0) \(noun)\(count == 1 ? "" : "s")"
    }

    private var duration: String {
        guard let micros = number("micros"), micros > 0 else { return "" }
        return micros < 60_000_000
            ? " after \(micros / 1_000_000).\(micros / 100_000 % 10) s" : " after \(micros / 60_000_000) min"
    }
}
