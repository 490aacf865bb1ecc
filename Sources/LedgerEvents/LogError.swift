public import LedgerProof

/// Why the log could not be read or written. The message says what to do.
public struct LogError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// Another process holds the ledger.
        case busy
        /// The stream is not at the expected revision.
        case wrongRevision(stream: StreamName, expected: Int, found: Int)
        /// The id belongs to a record with other content.
        case idTaken(EventID)
        /// The clock is more than 5 minutes behind the last record.
        case clockBehind
        /// A record or a piece of evidence would be larger than it can be.
        case tooLarge
        /// A draft names a cause that is not in the log before it.
        case causeUnknown(LogIndex)
        /// Evidence that does not have its digest, or that may not be erased.
        case badEvidence
        /// The file is not a ledger, or of another format.
        case wrongFormat
        /// What is stored contradicts itself.
        case broken
        /// Disk full, read-only, I/O error.
        case storage
    }

    public let code: Code
    /// What is wrong and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension LogError: CustomStringConvertible { public var description: String { message } }
