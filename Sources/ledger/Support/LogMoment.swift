import ArgumentParser
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// A point in the history of a log: after a record, or at a time.
enum LogMoment: ExpressibleByArgument, Hashable, Sendable {
    /// After the record with this index.
    case index(Int)
    case time(Timestamp)

    /// `57`, or an RFC 3339 time: `2026-11-22T20:33:15Z`, with decimals and an offset where wanted.
    init?(argument: String) {
        if let index = Int(argument), index >= 0 {
            self = .index(index)
        } else if let time = Timestamp(rfc3339: argument) {
            self = .time(time)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { "" }
}

extension Timestamp {
    /// - Returns: nil unless `text` is a date and time of RFC 3339, section 5.6, on a real day.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") else {
            return nil
        }
        var rest = bytes[19...]
        var decimals = ""
        if rest.first == UInt8(ascii: ".") {
            decimals = String(decoding: rest.dropFirst().prefix { (0x30...0x39).contains($0) }, as: UTF8.self)
            guard !decimals.isEmpty else { return nil }
            rest = rest.dropFirst(1 + decimals.utf8.count)
        }
        guard let offsetMinutes = Self.offset(rest) else { return nil }
        let start =
            String(decoding: bytes[..<10], as: UTF8.self) + "T"
            + String(decoding: bytes[11..<19], as: UTF8.self)
        let micros = String((decimals + "000000").prefix(6))
        guard let time = Timestamp("\(start).\(micros)Z") else { return nil }
        self = time.adding(microseconds: -Int64(offsetMinutes) * 60_000_000)
    }

    /// `Z` or `±hh:mm`, in minutes.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int? {
        if text.elementsEqual("Z".utf8) || text.elementsEqual("z".utf8) { return 0 }
        let parts = String(decoding: text.dropFirst(), as: UTF8.self).split(
            separator: ":", omittingEmptySubsequences: false)
        guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), hours <= 23, minutes <= 59
        else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
}

extension Session {
    /// A consistent look at the log as it is, or as it was.
    ///
    /// - Throws: ``Ending`` with 6 where there was no record yet, with 2 where there is no such record.
    func look<Result: Sendable>(
        at moment: LogMoment?, _ body: @escaping @Sendable (LedgerContext) throws -> Result
    ) async throws -> Result {
        guard let moment else { return try await handler.look(body) }
        let evidence = handler.evidence
        return try await handler.door.read { reader in
            let size: TreeSize
            switch moment {
            case .index(let index):
                let all = try reader.head().size.value
                guard index < all else {
                    throw UsageFault(
                        all == 0
                            ? "there is no record \(index): the ledger is empty."
                            : "there is no record \(index): the last one is \(all - 1).")
                }
                size = TreeSize(index + 1)
            case .time(let time):
                size = try reader.size(at: time)
                guard size != .empty else {
                    throw Ending(.nothing, "ledger: nothing was recorded before \(time).")
                }
            }
            let past = try LogPrefix(reader, size: size)
            var now = try past.head().lastTime!
            if case .time(let time) = moment { now = max(now, time) }
            return try body(try LedgerContext(past, now: now, files: { evidence.read($0) }))
        }
    }
}
