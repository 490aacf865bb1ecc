import LedgerEvents
public import LedgerProof

/// A statement and its signature, read from a record's evidence and checked as far as bytes go: that the key
/// made the signature over these bytes, for this purpose. Whose key it is, and what it may do, the roster
/// says.
public struct SignedStatement: Hashable, Sendable {
    public let bytes: [UInt8]
    public let fingerprint: String
    /// nil where it was verified in an earlier look (``SignatureMemory``).
    public let facts: SSHSignatureFacts?

    /// Reads the members `statement` and `signature` of `record`.
    static func read(from record: Record, source: some HistorySource) -> Check<SignedStatement> {
        let carried = [record.what["statement"], record.what["signature"]].compactMap { $0?.object }
        guard carried.count == 2, carried.allSatisfy({ EvidenceReference.isMeant($0) && $0["salted"] == nil })
        else {
            return .bad(
                Finding("act.unsigned", at: record.index, "\(record.type) carries no statement and signature")
            )
        }
        guard let statement = EvidenceReference(json: .object(carried[0])),
            let signature = EvidenceReference(json: .object(carried[1])),
            let bytes = source.evidence(statement), let armored = source.evidence(signature)
        else {
            return .unclear(
                Finding(
                    "evidence.missing", at: record.index,
                    "the statement or signature of \(record.type) is missing or unreadable"))
        }
        let known = source.memory?.fingerprint(statement: statement.digest, signature: signature.digest)
        if let known { return .good(SignedStatement(bytes: bytes, rememberedFingerprint: known)) }
        do throws(SSHFault) {
            let signed = try SignedStatement(bytes: bytes, armored: armored)
            source.memory?.remember(
                RememberedSignature(
                    statement: statement.digest, signature: signature.digest,
                    fingerprint: signed.fingerprint))
            return .good(signed)
        } catch {
            return .bad(
                Finding(
                    "act.signature", at: record.index, "the signature of \(record.type) is not good: \(error)"
                ))
        }
    }

    private init(bytes: [UInt8], rememberedFingerprint: String) {
        self.bytes = bytes
        fingerprint = rememberedFingerprint
        facts = nil
    }

    /// - Throws: ``SSHFault`` if the signature is not good for exactly these bytes.
    public init(bytes: [UInt8], armored: [UInt8]) throws(SSHFault) {
        let signature = try SSHSignature(armored: armored)
        facts = try signature.verify(bytes, namespace: SSHSignature.approvalNamespace)
        fingerprint = signature.publicKey.fingerprint
        self.bytes = bytes
    }
}
