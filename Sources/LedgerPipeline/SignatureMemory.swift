public import LedgerEvents
import LedgerProof

/// The signatures that were verified before.
///
/// Only for a look that shows something: whoever can write the views could add a line there. What decides,
/// judges or replays has no memory, and verifies.
public final class SignatureMemory {
    private struct Key: Hashable {
        let statement: Hash
        let signature: Hash
    }

    private var known: [Key: String] = [:]
    /// Those that were verified since.
    public private(set) var new: [RememberedSignature] = []

    public init(_ entries: [RememberedSignature] = []) {
        for entry in entries {
            known[Key(statement: entry.statement, signature: entry.signature)] = entry.fingerprint
        }
    }

    /// The key that made it; nil if that is not remembered.
    func fingerprint(statement: Hash, signature: Hash) -> String? {
        known[Key(statement: statement, signature: signature)]
    }

    func remember(_ entry: RememberedSignature) {
        known[Key(statement: entry.statement, signature: entry.signature)] = entry.fingerprint
        new.append(entry)
    }
}
