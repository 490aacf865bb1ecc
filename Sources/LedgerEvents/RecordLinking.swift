public import LedgerProof

/// The rules by which a draft becomes the next record, the same in every store.
public enum RecordLinking {
    /// How far the clock may be behind the last record before the writer refuses. `FORMAT.md` §1.
    public static let toleratedLagMicros: Int64 = 5 * 60 * 1_000_000

    /// The time of the next record: the clock's, but never before the record that precedes it.
    ///
    /// - Throws: ``LogError`` with `.clockBehind` where the clock is more than 5 minutes behind, or so wrong
    ///   that no record can hold its time.
    public static func time(after last: Timestamp?, now: Timestamp) throws(LogError) -> Timestamp {
        guard Timestamp.writable.contains(now) else {
            throw LogError(
                .clockBehind,
                "this machine's clock is outside of the years 0000 to 9999. Set it (for example with "
                    + "`timedatectl set-ntp true`), then try again.")
        }
        guard let last, now < last else { return now }
        guard last.microsecondsSince1970 - now.microsecondsSince1970 <= toleratedLagMicros else {
            throw LogError(
                .clockBehind,
                "this machine's clock says \(now), but the last record is of \(last): nothing can be "
                    + "recorded before \(last.adding(microseconds: -toleratedLagMicros)). \(clockRemedy)")
        }
        return last
    }

    /// What can be done, whichever of the two clocks is the wrong one.
    public static let clockRemedy =
        "If this clock is wrong, set it: `timedatectl set-ntp true`. If it is right, a clock was ahead when "
        + "that record was made: wait, or go on from a backup that is older than it. `ledger restore FILE "
        + "--replace`, then `ledger restore --acknowledge` by an admin: the records since are lost, and the "
        + "log gets a new name."

    /// - Throws: ``LogError`` unless `stream` is at the expected revision.
    public static func check(
        _ expected: ExpectedRevision, stream: StreamName, revision: Int
    ) throws(LogError) {
        guard case .exactly(let wanted) = expected, wanted != revision else { return }
        throw LogError(
            .wrongRevision(stream: stream, expected: wanted, found: revision),
            "'\(stream)' has \(revision) records, not \(wanted): somebody else was faster. "
                + "Look at it again, then try again.")
    }

    /// The receipt of the record that already has the draft's id.
    ///
    /// - Throws: ``LogError`` with `.idTaken` if it is another record.
    public static func receipt(of draft: RecordDraft, recordedAs record: Record) throws(LogError) -> Receipt {
        guard draft.isSame(as: record) else {
            throw LogError(
                .idTaken(draft.id),
                "the id \(draft.id) belongs to record \(record.index), which says something else. "
                    + "Use a new id for a new record.")
        }
        return Receipt(
            index: record.index, revision: record.revision, leaf: record.leaf, time: record.time,
            wasDuplicate: true)
    }

    /// - Throws: ``LogError`` with `.causeUnknown` unless the cause comes before the record. `FORMAT.md` §1.
    public static func check(cause: LogIndex?, before index: LogIndex) throws(LogError) {
        guard let cause, cause >= index else { return }
        throw LogError(
            .causeUnknown(cause),
            "record \(cause) cannot be the cause of record \(index): a cause comes first. "
                + "Name a record that is in the log.")
    }

    /// - Throws: ``LogError`` with `.tooLarge` or `.badEvidence` unless the log can keep `evidence` under
    ///   `digest`.
    public static func check(_ evidence: StoredEvidence, digest: Hash) throws(LogError) {
        guard evidence.content.count <= StoredEvidence.maximumByteCount else {
            throw LogError(
                .tooLarge,
                "evidence of \(evidence.content.count) bytes does not fit into the log; at most "
                    + "\(StoredEvidence.maximumByteCount) do. Keep it as a file.")
        }
        guard evidence.digest == digest else {
            throw LogError(
                .badEvidence,
                "the evidence does not have the digest sha256:\(digest). Read it again from its source.")
        }
    }

    /// - Throws: ``LogError`` with `.badEvidence` for evidence that is not salted. `FORMAT.md` §2.
    public static func checkErasable(_ evidence: StoredEvidence, digest: Hash) throws(LogError) {
        guard evidence.salt == nil else { return }
        throw LogError(
            .badEvidence, "the evidence sha256:\(digest) is not salted. Only salted evidence can be erased.")
    }

    /// - Throws: ``LogError`` with `.tooLarge` for more than 65,535 bytes.
    public static func check(size bytes: [UInt8]) throws(LogError) {
        guard bytes.count <= RecordView.maximumByteCount else {
            throw LogError(
                .tooLarge,
                "the record would have \(bytes.count) bytes; at most \(RecordView.maximumByteCount) are "
                    + "allowed. Put large content into evidence.")
        }
    }
}
