import ArgumentParser
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger search`: where does this come up?
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Where a commit, digest, leaf hash, key, person or release comes up.",
        discussion: """
            Examples:
              ledger search 3f2a9c          a commit, file, evidence, leaf hash
              ledger search SHA256:xJoRN    a key
              ledger search alice           a person and what they did

            Five characters are enough of anything longer; a shorter text must be the whole name. Ends \
            with 6 where nothing is found.
            """)

    @Argument(help: "How it begins, or a whole name.")
    var prefix: String

    @Option(help: "How many different values are shown at most.")
    var limit = 20

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        guard !prefix.isEmpty, prefix.utf8.count <= 256 else {
            throw ValidationError("say what to look for, in at most 256 characters.")
        }
    }

    func run() async throws {
        let session = try Session.openToRead(global)
        let (text, limit) = (prefix, limit)
        let found = try await session.handler.door.read { reader in
            var search = RecordSearch(text, limit: limit)
            let progress = Progress("searching", of: try reader.head().size.value)
            defer { progress.done() }
            try search.run(reader) { progress.reached($0) }
            return FoundText(
                matches: try search.matches.map { match in
                    (match, try match.records.first.flatMap { try reader.record(at: $0) })
                }, omitted: search.omittedCount)
        }
        guard !found.matches.isEmpty else {
            let isShort = prefix.utf8.count < RecordSearch.prefixByteCount
            throw Ending(
                .nothing,
                "ledger: '\(Terminal.safe(prefix))' comes up nowhere."
                    + (isShort ? " Fewer than 5 characters must be a whole name." : ""))
        }
        if global.output == .json {
            for line in found.lines { Terminal.result(JSONText.line(line)) }
        } else {
            Terminal.result(found.text)
        }
    }
}

/// What was found, with the first record of each value.
struct FoundText: Sendable {
    let matches: [(RecordSearch.Match, Record?)]
    let omitted: Int

    var text: String {
        var parts = matches.map { match, first in
            let values = ([match.name, match.value].compactMap { $0 }).map { Terminal.safe($0) }
            let rows = values.enumerated().map { place, value in
                [place == 0 ? Terminal.styled(match.kind, .bold) : "", value]
            }
            return Terminal.table(rows + [["", records(match, first)]], overflow: .wrap)
        }
        if omitted > 0 {
            parts.append("… and \(omitted) more. A longer text, or a greater --limit, finds fewer or all.")
        }
        return parts.joined(separator: "\n\n")
    }

    private func records(_ match: RecordSearch.Match, _ first: Record?) -> String {
        guard let first else { return "" }
        let one = "record \(first.index), \(Terminal.time(first.time)): \(Terminal.safe(first.sentence))"
        guard match.recordCount > 1 else { return one }
        let others = match.records.dropFirst().map { "\($0)" }.joined(separator: ", ")
        let more = match.recordCount - match.records.count
        return "\(one); also in \(others)\(more > 0 ? " and \(more) more" : "")"
    }

    var lines: [JSONObject] {
        matches.map { match, _ in
            [
                "count": .integer(Int64(match.recordCount)), "kind": .string(match.kind),
                "name": .optional(match.name),
                "records": .array(match.records.map { .integer(Int64($0.value)) }),
                "value": .string(match.value),
            ]
        }
    }
}
