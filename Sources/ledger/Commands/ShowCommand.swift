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
              printf '\\0%s' "$(ledger show 57 --raw)" | sha256sum

            The second makes the record's leaf hash without ledger.
            """)

    @Argument(help: "The record's index, from 0.")
    var index: Int

    @Flag(help: "Exactly the stored bytes, and nothing else.")
    var raw = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard index >= 0 else { throw ValidationError("an index starts at 0.") }
    }

    func run() async throws {
        let session = try Session.openToRead(global)
        let index = LogIndex(index)
        if raw {
            // Not decoded: a damaged record can be looked at too.
            let bytes = try await session.handler.door.read { reader -> [UInt8] in
                var bytes: [UInt8]?
                try reader.scan(index.value..<(index.value + 1)) { bytes = [UInt8]($1) }
                guard let bytes else { throw try Self.missing(index, reader) }
                return bytes
            }
            FileHandle.standardOutput.write(Data(bytes))
            return
        }
        let view = try await session.handler.look { context in
            guard index.value < context.head.size.value,
                let record = try context.reader.record(at: index)
            else { throw try Self.missing(index, context.reader) }
            return RecordDetails(
                record: record,
                cause: try record.cause.flatMap { try context.reader.record(at: $0) },
                evidence: ReleaseStory.Evidence.all(
                    in: record, governance: context.governance, source: context.history))
        }
        Terminal.result(global.output == .json ? JSONText.line(view.json) : view.text)
    }

    private static func missing(_ index: LogIndex, _ reader: any LogReader) throws -> UsageFault {
        let size = try reader.head().size.value
        return UsageFault(
            size == 0
                ? "there is no record \(index): the ledger is empty."
                : "there is no record \(index): the last one is \(size - 1).")
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
