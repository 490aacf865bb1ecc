/// Which logs and witnesses somebody trusts, and how many of them must have cosigned a checkpoint: a C2SP
/// tlog-policy file.
///
/// ```
/// line  = "log" vkey [ url ]
///       / "witness" name vkey [ url ]
///       / "group" name ( "all" / "any" / k ) 1*name
///       / "quorum" ( name / "none" )
///       / "#" anything
/// ```
///
/// Valid iff:
/// 1. lines end with LF, words are parted by spaces and tabs, and no other byte is below 0x20 or 0x7F;
/// 2. a name is defined on a line before the one that uses it, once, and is not `none`, `all` or `any`; names
///    are bytes, never normalised;
/// 3. each name is a member of one group at most, so that a witness counts in one way only;
/// 4. 1 ≤ k ≤ the number of members, in decimal;
/// 5. no public key stands in two log lines, or in two witness lines, under whatever names;
/// 6. there is exactly one quorum line, and at most ``maximumLineCount`` lines.
///
/// A witness's key may be given as type 0x01: it is then that key's cosignatures (0x04) that count.
public struct WitnessPolicy: Hashable, Sendable {
    public struct Log: Hashable, Sendable {
        public let key: NoteVerifierKey
        public let url: String?
    }

    public struct Witness: Hashable, Sendable {
        /// As it is shown; it means nothing outside of the file.
        public let name: String
        /// What verifies its cosignatures.
        public let key: NoteVerifierKey
        /// Where `add-checkpoint` is, without that word.
        public let url: String?
    }

    /// What stands behind a name.
    enum Member: Hashable, Sendable {
        /// An index of ``witnesses``.
        case witness(Int)
        case group(threshold: Int, members: [Member])
    }

    /// Empty: any log.
    public let logs: [Log]
    public let witnesses: [Witness]
    /// nil for `none`.
    let quorum: Member?

    public static let maximumLineCount = 1000
    static let maximumByteCount = 1 << 20

    init(logs: [Log], witnesses: [Witness], quorum: Member?) {
        (self.logs, self.witnesses, self.quorum) = (logs, witnesses, quorum)
    }

    /// What the signatures of a checkpoint come to.
    public struct Judgement: Hashable, Sendable {
        /// Those whose cosignature is on it, in the order of the policy, and when they gave it.
        public let cosigned: [Cosignature]
        /// Those of the policy who did not cosign it.
        public let missing: [Witness]
        /// One of the logs of the policy signed it, where the policy names logs.
        public let isOfKnownLog: Bool
        public let hasQuorum: Bool

        public var isMet: Bool { isOfKnownLog && hasQuorum }
    }

    public struct Cosignature: Hashable, Sendable {
        public let witness: Witness
        public let secondsSince1970: UInt64
    }

    /// - Throws: ``NoteFault/badSignature(_:)`` if somebody whom the policy names is said to have signed, and
    ///   did not.
    public func judge(_ note: SignedNote) throws(NoteFault) -> Judgement {
        var signatures: [VerifiedNote.Signature] = []
        var isOfKnownLog = logs.isEmpty
        do throws(NoteFault) {
            let verified = try note.verify(with: logs.map(\.key) + witnesses.map(\.key))
            signatures = verified.signatures
            isOfKnownLog = isOfKnownLog || (try? Checkpoint(verified: verified)) != nil
        } catch {
            guard error == .noKnownSignature else { throw error }
        }
        var times: [Int: UInt64] = [:]
        for (index, witness) in witnesses.enumerated() {
            // Of several the newest.
            times[index] = signatures.filter { $0.key == witness.key }.compactMap(\.cosignedSecondsSince1970)
                .max()
        }
        return Judgement(
            cosigned: witnesses.indices.compactMap { index in
                times[index].map { Cosignature(witness: witnesses[index], secondsSince1970: $0) }
            },
            missing: witnesses.indices.filter { times[$0] == nil }.map { witnesses[$0] },
            isOfKnownLog: isOfKnownLog,
            hasQuorum: quorum.map { Self.isWitnessed($0, by: Set(times.keys)) } ?? true)
    }

    private static func isWitnessed(_ member: Member, by present: Set<Int>) -> Bool {
        switch member {
        case .witness(let index): present.contains(index)
        case .group(let threshold, let members):
            members.count { isWitnessed($0, by: present) } >= threshold
        }
    }
}

/// Why a text is no policy, and in which line.
public struct WitnessPolicyFault: Error, Hashable, Sendable {
    /// From 1; nil where it is about the whole file.
    public let line: Int?
    public let words: String
}

extension WitnessPolicyFault: CustomStringConvertible {
    public var description: String { (line.map { "line \($0): " } ?? "") + words }
}
