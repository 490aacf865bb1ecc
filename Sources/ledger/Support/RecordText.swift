import LedgerPipeline
import LedgerProof

/// A record as people read it in a list, and as programs do.
struct RecordText {
    let record: Record

    init(_ record: Record) { self.record = record }

    /// What the record is about, as people name it.
    var subject: String {
        record.stream.isRelease ? record.stream.subject : record.stream.text
    }

    static func table(_ records: [Record]) -> String {
        let width = records.map { "\($0.index)".count }.max() ?? 1
        return Terminal.table(
            records.map { record in
                let index = "\(record.index)"
                return [
                    Terminal.styled(String(repeating: " ", count: width - index.count) + index, .dim),
                    Terminal.time(record.time), record.type.text, RecordText(record).subject,
                    Terminal.safe(record.sentence),
                ]
            }, overflow: .clip)
    }

    var line: JSONObject {
        [
            "actor": .string(record.actor.text), "index": .integer(Int64(record.index.value)),
            "leaf": .string(record.leaf.hex), "revision": .integer(Int64(record.revision)),
            "stream": .string(record.stream.text), "text": .string(record.sentence),
            "time": .string(record.time.description), "type": .string(record.type.text),
        ]
    }
}
