internal import LedgerProof

/// Checks records one after another by every rule of `FORMAT.md` §1: each by itself, in the log, and in its
/// stream.
struct RecordChecker {
    private var chain: Chain
    private var ids: Set<ID> = []
    private var revisions: [String: Int] = [:]

    /// 16 bytes without an allocation.
    private struct ID: Hashable {
        let words: SIMD2<UInt64>
    }

    init(origin: Origin) { chain = Chain(origin: origin) }

    var size: TreeSize { chain.size }
    var root: Hash { chain.root }

    /// - Throws: ``LogFault`` with the first rule that is broken.
    mutating func check(
        _ bytes: UnsafeRawBufferPointer, leaf: Hash, at stored: LogIndex
    ) throws(LogFault) -> RecordView {
        let index = chain.size.nextIndex
        guard stored == index else { throw LogFault(.index(expected: index, found: stored)) }
        let record: RecordView
        do throws(RecordFault) { record = try RecordView(scanning: bytes) } catch {
            throw LogFault(.notARecord, at: index, "record \(index) is damaged: \(error)")
        }
        do throws(ChainFault) { try chain.extend(with: record, leaf: leaf) } catch { throw LogFault(error) }
        let stream = String(decoding: record.streamBytes, as: UTF8.self)
        let revision = revisions[stream, default: 0] + 1
        guard record.revision == revision else {
            throw LogFault(
                .revision, at: index,
                "record \(index) is revision \(record.revision) of '\(stream)', where \(revision) comes next")
        }
        revisions[stream] = revision
        guard ids.insert(Self.id(of: record)).inserted else {
            throw LogFault(
                .duplicateID, at: index, "record \(index) has the id of an earlier record: \(record.id)")
        }
        return record
    }

    /// The digits of a UUID that was checked, four bits each.
    private static func id(of record: RecordView) -> ID {
        var words = SIMD2<UInt64>(0, 0)
        var count = 0
        for digit in record.idBytes where digit != UInt8(ascii: "-") {
            let value =
                digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            words[count / 16] = words[count / 16] << 4 | UInt64(value)
            count += 1
        }
        return ID(words: words)
    }
}
