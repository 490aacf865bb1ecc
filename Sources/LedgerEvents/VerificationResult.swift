public import LedgerProof

/// What the verification of a log found. Nothing to verify is not success.
public enum VerificationResult: Hashable, Sendable {
    /// Every rule holds; the log is the tree of this size and root. Whether it is the tree that somebody
    /// signed is for a checkpoint to say.
    case good(size: TreeSize, root: Hash)
    case nothingToVerify
    /// The first fault.
    case broken(LogFault)
}

/// Where a log is broken, and how.
public struct LogFault: Error, Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
        /// The bytes are not a record.
        case notARecord
        /// A record is missing, or stands in another's place.
        case index
        /// `prev` is not the leaf hash of the record before.
        case previous
        /// Dated before the record that precedes it.
        case time
        /// Not the next revision of its stream.
        case revision
        /// The id of an earlier record.
        case duplicateID
        /// The bytes of a record were changed after it was added.
        case edited
        /// A record was removed from among the others.
        case missing
        /// A record was put in that was not added there.
        case inserted
        /// A record stands a second time.
        case duplicated
        /// Records were moved.
        case reordered
        /// The last records are gone.
        case cut
        /// From a record on the others were linked anew.
        case resealed
        /// The records are good, but the index of their ids is not.
        case ids
        /// The records are good, but the index of streams and revisions is not.
        case positions
        /// The records are good, but the stored tree is not.
        case tree
        /// The store cannot be read there.
        case unreadable
    }

    /// Nil where it is not about one record.
    public let index: LogIndex?
    public let cause: Cause
    /// What is wrong, as a sentence.
    public let message: String

    public init(_ cause: Cause, at index: LogIndex?, _ message: String) {
        self.cause = cause
        self.index = index
        self.message = message
    }

    /// The message with a full stop, for what is said after it.
    public var sentence: String { message.hasSuffix(".") ? message : message + "." }

    init(_ fault: ChainFault) {
        switch fault {
        case .index(let expected, _): self.init(.index, at: expected, fault.description)
        case .previous(let index): self.init(.previous, at: index, fault.description)
        case .time(let index): self.init(.time, at: index, fault.description)
        }
    }
}

extension LogFault: CustomStringConvertible { public var description: String { message } }
