import ArgumentParser
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger log`: the records, one a line.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The records, one a line: the last ones, or from an index on.",
        discussion: """
            Examples:
              ledger log --stream v0.1.0                 all about a release
              ledger log --type gate.approved --limit 5  the last approvals
              ledger log --from 0 --limit 10             the first records

            `ledger show INDEX` shows one record whole.
            """)

    @Option(help: "One stream: ledger, roster, pipeline/NAME, or a release.")
    var stream: String?

    @Option(help: "One type, for example gate.approved.")
    var type: String?

    @Option(help: "How many records are shown at most.")
    var limit = 20

    @Option(help: "Begin at this index. Default: end with the last record.")
    var from: Int?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        guard (from ?? 0) >= 0 else { throw ValidationError("--from must be an index, 0 or greater.") }
    }

    func run() async throws {
        let session = try Session.openToRead(global)
        let selection = RecordSelection(
            stream: try await name(of: stream, session), type: try eventType(), limit: limit, from: from)
        let records = try await session.handler.door.read { try selection.records(in: $0) }
        guard !records.isEmpty else { throw Ending(.nothing, "ledger: no record matches.") }
        if global.output == .json {
            for record in records { Terminal.result(JSONText.line(RecordText(record).line)) }
        } else {
            Terminal.result(RecordText.table(records))
        }
    }

    private func eventType() throws -> EventType? {
        guard let type else { return nil }
        guard let name = EventType(type) else {
            throw UsageFault("'\(Terminal.safe(type))' is no type of a record. They look like gate.approved.")
        }
        return name
    }

    private func name(of text: String?, _ session: Session) async throws -> StreamName? {
        guard let text else { return nil }
        if let stream = StreamName(text) { return stream }
        return try await session.release(text).stream
    }
}

/// Which records are listed.
struct RecordSelection: Sendable {
    let stream: StreamName?
    let type: EventType?
    let limit: Int
    let from: Int?

    /// In log order.
    func records(in reader: any LogReader) throws -> [Record] {
        let size = try reader.head().size.value
        if let from, from >= size {
            throw UsageFault(
                size == 0
                    ? "the ledger is empty." : "there is no record \(from): the last one is \(size - 1).")
        }
        if let stream { return try records(of: stream, in: reader) }
        return from == nil ? try lastRecords(in: reader, size) : try firstRecords(in: reader, size)
    }

    private func records(of stream: StreamName, in reader: any LogReader) throws -> [Record] {
        let positions = try reader.positions(in: stream, fromRevision: 1).filter { $0.value >= from ?? 0 }
        var found: [Record] = []
        for index in from == nil ? positions.reversed() : positions where found.count < limit {
            if let record = try reader.record(at: index), type == nil || record.type == type {
                found.append(record)
            }
        }
        return from == nil ? found.reversed() : found
    }

    private static let chunk = 4096

    private func lastRecords(in reader: any LogReader, _ size: Int) throws -> [Record] {
        var (found, end) = ([Record](), size)
        while end > 0, found.count < limit {
            let start = max(0, end - (type == nil ? limit - found.count : Self.chunk))
            found = Array((try matching(start..<end, in: reader) + found).suffix(limit))
            end = start
        }
        return found
    }

    private func firstRecords(in reader: any LogReader, _ size: Int) throws -> [Record] {
        var (found, start) = ([Record](), from ?? 0)
        while start < size, found.count < limit {
            let end = min(size, start + (type == nil ? limit - found.count : Self.chunk))
            found = Array((found + (try matching(start..<end, in: reader))).prefix(limit))
            start = end
        }
        return found
    }

    private func matching(_ range: Range<Int>, in reader: any LogReader) throws -> [Record] {
        var found: [Record] = []
        try reader.scan(range) { index, bytes in
            guard let view = try? RecordView(scanning: bytes) else {
                throw LogError(
                    .broken, "record \(index) is damaged. Run `ledger verify` to see what is wrong.")
            }
            if type == nil || view.type == type { found.append(Record(view)) }
        }
        return found
    }
}
