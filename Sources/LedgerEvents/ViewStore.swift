public import LedgerProof

/// Where projections are kept beside a log: disposable, made from the records alone, never asked for a
/// decision.
///
/// Used from one thread at a time, like an ``EventLog``.
public protocol ViewStore: AnyObject {
    /// Runs `body` on one unchanging state of the views.
    func read<Result>(_ body: (any ViewReader) throws -> Result) throws -> Result

    /// Runs `body` in one transaction; nothing of it remains when `body` throws.
    func write<Result>(_ body: (any ViewWriter) throws -> Result) throws -> Result
}

/// What a projection has seen: the first `size` records, the last of which has `lastLeaf`.
///
/// The leaf commits to every record before it, so a log with another leaf there is another log.
public struct ViewCursor: Hashable, Sendable {
    /// Of the projection that wrote the state.
    public let version: Int
    public let size: TreeSize
    public let lastLeaf: Hash

    public init(version: Int, size: TreeSize, lastLeaf: Hash) {
        self.version = version
        self.size = size
        self.lastLeaf = lastLeaf
    }
}

/// The state of one release stream.
public struct ReleaseRow: Hashable, Sendable {
    public let stream: StreamName
    /// Nothing more will happen by itself.
    public let isOver: Bool
    /// The stream's last record.
    public let last: LogIndex
    /// Canonical JSON.
    public let state: [UInt8]

    /// - Precondition: `stream` is a release's.
    public init(stream: StreamName, isOver: Bool, last: LogIndex, state: [UInt8]) {
        precondition(stream.isRelease, "only releases have rows")
        self.stream = stream
        self.isOver = isOver
        self.last = last
        self.state = state
    }
}

extension ReleaseRow {
    /// `release/<project>/<tag>`: a tag has no slash.
    public var project: String { String(stream.subject.prefix { $0 != "/" }) }
    public var tag: String { String(stream.subject.drop { $0 != "/" }.dropFirst()) }
}

/// A signature that was verified: which key made which signature over which statement.
public struct RememberedSignature: Hashable, Sendable {
    /// SHA-256 of the statement and of the armored signature.
    public let statement: Hash
    public let signature: Hash
    /// Of the key.
    public let fingerprint: String

    public init(statement: Hash, signature: Hash, fingerprint: String) {
        self.statement = statement
        self.signature = signature
        self.fingerprint = fingerprint
    }
}

/// Which releases are asked for.
public enum ReleaseChoice: Hashable, Sendable {
    case open, over
    /// Those with this tag, of any project.
    case tagged(String)
}

public protocol ViewReader: AnyObject {
    /// - Returns: nil if the projection was never kept here.
    func cursor(of projection: String) throws -> ViewCursor?

    /// The state, in canonical JSON, of a projection that is one value.
    func state(of projection: String) throws -> [UInt8]?

    func release(_ stream: StreamName) throws -> ReleaseRow?

    /// Calls `body` with every release, in the order of their names' bytes.
    func releases(_ body: (ReleaseRow) throws -> Void) throws

    /// The releases whose last record is newest, newest first.
    func releases(_ choice: ReleaseChoice, limit: Int) throws -> [ReleaseRow]
    func count(_ choice: ReleaseChoice) throws -> Int

    /// Signatures that a look need not verify again.
    func signatures() throws -> [RememberedSignature]
}

public protocol ViewWriter: ViewReader {
    func put(_ cursor: ViewCursor, of projection: String) throws
    func put(state: [UInt8], of projection: String) throws
    func put(_ release: ReleaseRow) throws
    func put(_ signature: RememberedSignature) throws
}

/// Why views could not be used. Never a reason to fail: they can be made again, or folded in memory.
public struct ViewFault: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// There are none.
        case missing
        /// Damaged, or of another format.
        case unusable
        /// Another process is writing them.
        case busy
        /// They cannot be written here.
        case readOnly
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ViewFault: CustomStringConvertible { public var description: String { message } }
