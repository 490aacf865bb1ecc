import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger show`: one record, whole.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One record, whole, with its leaf hash and its evidence.",
        discussion: """
            Examples:
              ledger show 57
              ledger show 57 --evidence stage.log
              printf '\\0%s' "$(ledger show 57 --raw)" | sha256sum

            The last makes the record's leaf hash without ledger.
            """)

    @Argument(help: "The record's index, from 0.")
    var index: Int

    @Flag(help: "Exactly the stored bytes, and nothing else.")
    var raw = false

    @Option(help: "The content of one piece of its evidence, by name, and nothing else.")
    var evidence: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard index >= 0 else { throw ValidationError("an index starts at 0.") }
        guard evidence == nil || !raw else {
            throw ValidationError("--raw is the record, --evidence is not. Name one of them.")
        }
    }

    func run() async throws {
        let session = try Session.openToRead(global)
        let index = LogIndex(index)
        if raw {
            let bytes = try await session.handler.door.read { try StoredRecord.bytes(at: index, in: $0) }
            Terminal.result(bytes: bytes)
            return
        }
        if let evidence {
            try await show(evidence, of: index, session)
            return
        }
        let view = try await session.handler.look { context in
            guard index.value < context.head.size.value,
                let record = try context.reader.record(at: index)
            else { throw try StoredRecord.missing(index, in: context.reader) }
            return RecordDetails(
                record: record,
                cause: try record.cause.flatMap { try context.reader.record(at: $0) },
                evidence: ReleaseStory.Evidence.all(
                    in: record, governance: context.governance, source: context.history))
        }
        Terminal.result(global.output == .json ? JSONText.line(view.json) : view.text)
    }

    /// A person who looks at it on a terminal is spared what would move the cursor.
    private func show(_ name: String, of index: LogIndex, _ session: Session) async throws {
        let content = try await session.handler.look { context -> [UInt8] in
            guard index.value < context.head.size.value, let record = try context.reader.record(at: index)
            else { throw try StoredRecord.missing(index, in: context.reader) }
            let all = EvidenceReference.all(in: record.what)
            guard let reference = all.first(where: { $0.name == name }) else {
                let names = Set(all.map(\.name)).sorted().joined(separator: ", ")
                throw UsageFault(
                    "record \(index) has no evidence '\(Terminal.safe(name))'; "
                        + (names.isEmpty ? "it names none." : "it names \(names)."))
            }
            guard let content = context.history.evidence(reference) else {
                throw Ending(
                    .couldNotLook,
                    "ledger: '\(reference.name)' of record \(index) is missing, erased or was changed. "
                        + "Look for it in a backup or a bundle, by its digest \(Digest.text(reference.digest))."
                )
            }
            return content
        }
        guard isatty(1) == 1 else { return Terminal.result(bytes: content) }
        let lines = String(decoding: content, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        Terminal.result(lines.map { Terminal.safe(String($0)) }.joined(separator: "\n"))
    }
}

/// One record with what it names.
struct RecordDetails: Sendable {
    let record: Record
    let cause: Record?
    let evidence: [ReleaseStory.Evidence]

    var text: String {
        var rows = [
            ["record", Terminal.styled("\(record.index)", .bold)], ["time", record.time.description],
            ["actor", record.actor.text], ["type", "\(record.type), version \(record.version)"],
            ["stream", "\(record.stream), revision \(record.revision)"],
            ["cause", cause.map { "record \($0.index): \(Terminal.safe($0.sentence))" } ?? "none"],
            ["id", record.id.text], ["prev", record.previous.hex], ["leaf", record.leaf.hex],
            ["bytes", "\(record.bytes.count)"],
        ]
        rows += evidence.enumerated().map { position, evidence in
            [position == 0 ? "evidence" : "", "\(evidence.reference.name)  \(StoryText.state(evidence))"]
        }
        if let first = evidence.first {
            rows.append(["", "to read one: ledger show \(record.index) --evidence \(first.reference.name)"])
        }
        return """
            \(Terminal.safe(record.sentence))

            \(Terminal.table(rows.map { [Terminal.styled($0[0], .dim), $0[1]] }))

            \(PrettyJSON.text(.object(record.what)))
            """
    }

    var json: JSONObject {
        let whole = (try? JSONObject(canonical: record.bytes)) ?? [:]
        return [
            "evidence": .array(evidence.map { StoryText.json($0) }), "leaf": .string(record.leaf.hex),
            "record": .object(whole), "text": .string(record.sentence),
        ]
    }
}

/// JSON for people: indented, and with nothing in it that moves the cursor.
enum PrettyJSON {
    static func text(_ value: JSONValue, indent: Int = 0) -> String {
        let (outer, inner) = (
            String(repeating: " ", count: indent), String(repeating: " ", count: indent + 2)
        )
        switch value {
        case .object(let object) where object.count > 0:
            let members = object.names.map { name in
                let label = Terminal.styled(plain(.string(name)), .blue)
                return "\(inner)\(label): \(text(object[name]!, indent: indent + 2))"
            }
            return "{\n\(members.joined(separator: ",\n"))\n\(outer)}"
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + text($0, indent: indent + 2) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
        default: return plain(value)
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        Terminal.safe(String(decoding: value.canonicalBytes, as: UTF8.self))
    }
}
