internal import LedgerProof

/// Checks records one after another by every rule of `FORMAT.md` §1: each by itself, in the log, and in its
/// stream.
struct RecordChecker {
    private var chain: Chain
    private var ids: Set<SIMD2<UInt64>> = []
    private var revisions: [String: Int] = [:]

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
        guard ids.insert(record.idWords).inserted else {
            throw LogFault(
                .duplicateID, at: index, "record \(index) has the id of an earlier record: \(record.id)")
        }
        return record
    }
}
