import LedgerEvents
import LedgerProof

/// One record of a ledger, by its index.
enum StoredRecord {
    /// Its bytes, not decoded: a damaged record can be looked at too.
    ///
    /// - Throws: ``UsageFault`` if there is no such record.
    static func bytes(at index: LogIndex, in reader: any LogReader) throws -> [UInt8] {
        var bytes: [UInt8]?
        try reader.scan(index.value..<(index.value + 1)) { bytes = [UInt8]($1) }
        guard let bytes else { throw try missing(index, in: reader) }
        return bytes
    }

    static func missing(_ index: LogIndex, in reader: any LogReader) throws -> UsageFault {
        let size = try reader.head().size.value
        return UsageFault(
            size == 0
                ? "there is no record \(index): the ledger is empty."
                : "there is no record \(index): the last one is \(size - 1).")
    }
}
