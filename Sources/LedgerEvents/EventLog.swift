public import LedgerProof

/// One log, one order: the seam that every store fits.
///
/// A store is synchronous and used from one thread at a time; ``Sequencer`` puts callers in order. Several
/// processes may hold stores of one ledger: a write sees the head inside its own transaction, so no head is
/// ever written against that was read outside.
public protocol EventLog: AnyObject {
    var origin: Origin { get }

    /// Runs `body` in one transaction that no other writer, in this process or another, can share. What it
    /// appended is durable when this returns; nothing of it remains when `body` throws.
    ///
    /// - Throws: ``LogError``, or what `body` throws.
    func write<Result>(_ body: (any LogWriter) throws -> Result) throws -> Result

    /// Runs `body` on one unchanging view of the log.
    func read<Result>(_ body: (any LogReader) throws -> Result) throws -> Result
}

/// The state at the end of the log.
public struct LogHead: Hashable, Sendable {
    public let frontier: TreeFrontier
    /// `prev` of the next record.
    public let lastLeaf: Hash
    /// The time of the last record; nil in an empty log.
    public let lastTime: Timestamp?

    public init(frontier: TreeFrontier, lastLeaf: Hash, lastTime: Timestamp?) {
        self.frontier = frontier
        self.lastLeaf = lastLeaf
        self.lastTime = lastTime
    }

    public var size: TreeSize { frontier.size }
    public var root: Hash { frontier.root }
}

/// What can be asked of a log. Indexes and sizes are those of the transaction it belongs to.
public protocol LogReader: AnyObject {
    var origin: Origin { get }
    func head() throws -> LogHead

    /// Calls `body` with each record's bytes in log order, borrowed for the call.
    func scan(_ range: Range<Int>, _ body: (LogIndex, UnsafeRawBufferPointer) throws -> Void) throws

    /// - Returns: nil if there is no such record.
    func record(at index: LogIndex) throws -> Record?
    func index(of id: EventID) throws -> LogIndex?

    /// Indexes of the stream's records, ascending, from `revision` on.
    func positions(in stream: StreamName, fromRevision revision: Int) throws -> [LogIndex]
    /// The number of records in the stream; 0 if there is none.
    func revision(of stream: StreamName) throws -> Int
    /// Streams whose name begins with `prefix`, in order of their first record.
    func streams(withPrefix prefix: String) throws -> [StreamName]

    /// The root of a full subtree that lies inside the log.
    func subtree(_ id: SubtreeID) throws -> Hash

    /// - Returns: nil if the log does not hold it (it may be erased, or lie in a file).
    func evidence(_ digest: Hash) throws -> StoredEvidence?

    /// The signed notes kept for trees of at least `size`, in the order in which they were kept.
    func notes(fromSize size: TreeSize) throws -> [StoredNote]
    /// The last note that was kept of those for the largest tree.
    func latestNote() throws -> StoredNote?
}

/// What can be added, inside one transaction.
public protocol LogWriter: LogReader {
    /// Runs `body` so that nothing of it remains when it throws, while the transaction can go on.
    ///
    /// - Throws: what `body` throws.
    func attempt<Result>(_ body: () throws -> Result) throws -> Result

    /// Links a record to the head and adds it. A draft whose id is known gives the first receipt again if it
    /// is the same, and an error if it is not.
    ///
    /// - Throws: ``LogError``. Nothing was added then, and the transaction can go on, but after `.storage`,
    ///   `.busy` and `.broken`.
    func append(_ draft: RecordDraft, expecting revision: ExpectedRevision) throws -> Receipt

    /// Keeps small evidence in the transaction of the record that names it. Keeping the same again changes
    /// nothing.
    ///
    /// - Throws: ``LogError`` with `.tooLarge` for more than 64 KiB, `.badEvidence` if `digest` is not that
    ///   of the evidence.
    func keep(_ evidence: StoredEvidence, digest: Hash) throws

    /// Removes salted evidence for good, in the transaction of the record that says so.
    ///
    /// - Returns: whether it was there.
    /// - Throws: ``LogError`` with `.badEvidence` for evidence that is not salted: only salted evidence may
    ///   be erased.
    func erase(evidence digest: Hash) throws -> Bool

    /// Keeps a signed checkpoint of the tree of `size`. A note with more signatures is kept beside the older
    /// one.
    func keep(note: String, size: TreeSize) throws

    /// Takes or renews a lease, if nobody else holds it.
    ///
    /// - Returns: nil while another owner's lease runs. The epoch grows whenever the owner changes or the
    ///   lease had run out.
    func acquire(lease key: String, owner: String, now: Timestamp, untilMicros duration: Int64) throws
        -> Lease?
    func lease(_ key: String) throws -> Lease?
    func release(_ lease: Lease) throws
}

/// The right to act on one stage of one release, for a time.
public struct Lease: Hashable, Sendable {
    public let key: String
    public let owner: String
    /// Grows with every new holder; an outcome is recorded only under the current one.
    public let epoch: Int
    public let expires: Timestamp

    public init(key: String, owner: String, epoch: Int, expires: Timestamp) {
        self.key = key
        self.owner = owner
        self.epoch = epoch
        self.expires = expires
    }
}

/// Which revision a stream must have before an append.
public enum ExpectedRevision: Hashable, Sendable {
    case any
    /// 0: the stream must not exist.
    case exactly(Int)
}

/// Where a record stands, told only after it is durable.
public struct Receipt: Hashable, Sendable {
    public let index: LogIndex
    public let revision: Int
    public let leaf: Hash
    public let time: Timestamp
    /// The record was there already, from an earlier try with the same id.
    public let wasDuplicate: Bool

    public init(index: LogIndex, revision: Int, leaf: Hash, time: Timestamp, wasDuplicate: Bool) {
        self.index = index
        self.revision = revision
        self.leaf = leaf
        self.time = time
        self.wasDuplicate = wasDuplicate
    }
}

/// A signed checkpoint, as text, and the size that it speaks of.
public struct StoredNote: Hashable, Sendable {
    public let size: TreeSize
    public let text: String

    public init(size: TreeSize, text: String) {
        self.size = size
        self.text = text
    }
}

/// Content that a record names by digest. `FORMAT.md` §2.
public struct StoredEvidence: Hashable, Sendable {
    /// How much content lies in the log; what is larger lies in a file.
    public static let maximumByteCount = 64 * 1024

    /// 16 bytes for salted evidence.
    public let salt: [UInt8]?
    public let content: [UInt8]

    public init(salt: [UInt8]? = nil, content: [UInt8]) {
        precondition(salt.map { $0.count == 16 } ?? true, "a salt has 16 bytes")
        self.salt = salt
        self.content = content
    }

    /// SHA-256 of salt and content.
    public var digest: Hash {
        var stream = HashStream()
        if let salt { stream.update(salt) }
        stream.update(content)
        return stream.finish()
    }
}
