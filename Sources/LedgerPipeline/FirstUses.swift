import LedgerProof

/// Where a statement, or the nonce of a gate, is carried first: a statement counts once in the log, and a
/// nonce opens one gate. `FORMAT.md` §5.
struct FirstUses: Sendable {
    private var statements: [String: LogIndex] = [:]
    private var nonces: [String: LogIndex] = [:]

    init() {}

    /// - Parameter records: in log order.
    init(in records: [Record]) { for record in records { note(record) } }

    mutating func note(_ record: Record) {
        if let digest = record.statementDigest, statements[digest] == nil {
            statements[digest] = record.index
        }
        if record.type.text == "gate.opened", let nonce = record.text("nonce"), nonces[nonce] == nil {
            nonces[nonce] = record.index
        }
    }

    /// nil where an earlier record carries neither the statement nor the nonce of `record`.
    func earlier(than record: Record) -> LogIndex? {
        let statement = record.statementDigest.flatMap { statements[$0] }
        let nonce = record.type.text == "gate.opened" ? record.text("nonce").flatMap { nonces[$0] } : nil
        return [statement, nonce].compactMap { $0 }.first { $0 < record.index }
    }
}
