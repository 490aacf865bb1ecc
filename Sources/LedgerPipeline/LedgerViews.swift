public import LedgerEvents
public import LedgerProof

/// The projections of a ledger (`releases`, `ledger`, `roster`, `pipelines`) in a store, kept up with the
/// log.
///
/// Always true: a state is written in the same transaction as the cursor that says which records it has seen,
/// so a crash leaves views that are behind, never views that are wrong.
public struct LedgerViews {
    public let store: any ViewStore

    public init(_ store: any ViewStore) { self.store = store }

    /// How views stand to a log.
    public enum Standing: Hashable, Sendable {
        case current
        /// They have seen fewer records, and the log goes on from there.
        case behind(records: Int)
        /// Nothing was kept yet.
        case empty
        /// A projection was kept by a program that folds differently.
        case otherVersion(projection: String)
        /// The log does not have the record that the views saw last.
        case foreign(projection: String)
    }

    /// How much is applied before it is written.
    public struct Batch: Hashable, Sendable {
        public let records: Int
        public let releases: Int

        public init(records: Int, releases: Int) {
            self.records = records
            self.releases = releases
        }

        public static let catchUp = Batch(records: 5_000, releases: 5_000)
        /// Nobody sees a rebuild before it is whole, so only memory limits it.
        public static let rebuild = Batch(records: .max, releases: 20_000)
    }

    static let versions: [(name: String, version: Int)] =
        [(ReleaseFold.name, ReleaseFold.version)]
        + Governance.Facts.allCases.map { ($0.rawValue, $0.version) }

    public func standing(to reader: any LogReader) throws -> Standing {
        try store.read { views in
            let size = try reader.head().size
            var seen = size
            for (name, version) in Self.versions {
                guard let cursor = try views.cursor(of: name) else { return .empty }
                guard cursor.version == version else { return .otherVersion(projection: name) }
                guard cursor.size <= size, try reader.lastLeaf(at: cursor.size) == cursor.lastLeaf else {
                    return .foreign(projection: name)
                }
                seen = min(seen, cursor.size)
            }
            return seen == size ? .current : .behind(records: size.value - seen.value)
        }
    }

    /// Applies what the views have not seen, up to the context's head. Costs what is new, not what is there.
    ///
    /// - Precondition: the standing is `current`, `behind` or `empty`.
    /// - Parameter progress: is told how many records of the log were looked at.
    /// - Returns: how many records were applied to the releases.
    /// - Throws: ``ViewFault``, or what the reader throws.
    @discardableResult
    public func catchUp(
        _ context: LedgerContext, batch: Batch = .catchUp, progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Int {
        var folder = ReleaseFolder(reader: context.reader, head: context.head, progress: progress)
        var applied = 0
        while let count = try store.write({ try folder.advance($0, batch: batch) }) { applied += count }
        try keepFacts(context)
        return applied
    }

    private func keepFacts(_ context: LedgerContext) throws {
        let end = context.head.size
        try store.write { writer in
            for facts in Governance.Facts.allCases {
                let cursor = try writer.cursor(of: facts.rawValue)
                guard cursor?.size != end else { continue }
                let isNew = context.governance.last.map { $0.value >= cursor?.size.value ?? 0 } ?? true
                if cursor == nil || isNew {
                    try writer.put(
                        state: context.governance.json(facts).canonicalBytes, of: facts.rawValue)
                }
                try writer.put(
                    ViewCursor(version: facts.version, size: end, lastLeaf: context.head.lastLeaf),
                    of: facts.rawValue)
            }
        }
    }
}

extension LogReader {
    /// `prev` of the record that follows the first `size`.
    func lastLeaf(at size: TreeSize) throws -> Hash? {
        guard size != .empty else { return origin.seed }
        return try record(at: LogIndex(size.value - 1))?.leaf
    }
}

/// Folds release records into their rows, batch by batch.
private struct ReleaseFolder {
    let reader: any LogReader
    let head: LogHead
    let progress: (Int) -> Void
    private var folds: [StreamName: ReleaseFold] = [:]
    private var touched: Set<StreamName> = []
    /// Where this folder left the views; anything else there is another process's work.
    private var position: ViewCursor?

    private static let scanCount = 4096
    private static let prefix = Array("release/".utf8)

    init(reader: any LogReader, head: LogHead, progress: @escaping (Int) -> Void) {
        self.reader = reader
        self.head = head
        self.progress = progress
    }

    /// - Returns: how many records of releases were applied; nil when there was nothing left.
    mutating func advance(_ writer: any ViewWriter, batch: LedgerViews.Batch) throws -> Int? {
        let cursor = try writer.cursor(of: ReleaseFold.name)
        guard cursor == nil || cursor!.size < head.size else { return nil }
        if cursor != position || folds.count > batch.releases { folds.removeAll() }
        let start = cursor?.size.value ?? 0
        var (end, count) = (start, 0)
        repeat {
            let next = min(end + min(Self.scanCount, batch.records), head.size.value)
            count += try apply(end..<next, views: writer)
            end = next
            progress(end)
        } while end < head.size.value && end - start < batch.records && touched.count < batch.releases
        for stream in touched {
            try writer.put(folds[stream]!.row(of: stream))
        }
        touched.removeAll(keepingCapacity: true)
        guard let leaf = try reader.lastLeaf(at: TreeSize(end)) else { throw Self.gap(end - 1) }
        position = ViewCursor(version: ReleaseFold.version, size: TreeSize(end), lastLeaf: leaf)
        try writer.put(position!, of: ReleaseFold.name)
        return count
    }

    private mutating func apply(_ range: Range<Int>, views: any ViewReader) throws -> Int {
        var (expected, count) = (range.lowerBound, 0)
        try reader.scan(range) { index, bytes in
            guard index.value == expected, let view = try? RecordView(scanning: bytes) else {
                throw Self.gap(expected)
            }
            expected += 1
            // Most of what a record costs is its content: other streams' is never decoded.
            guard view.streamBytes.starts(with: Self.prefix) else { return }
            count += 1
            let record = Record(view)
            if folds[record.stream] == nil { folds[record.stream] = try load(record.stream, from: views) }
            folds[record.stream]!.apply(record)
            touched.insert(record.stream)
        }
        guard expected == range.upperBound else { throw Self.gap(expected) }
        return count
    }

    private func load(_ stream: StreamName, from views: any ViewReader) throws -> ReleaseFold {
        guard let row = try views.release(stream) else { return ReleaseFold() }
        return try ReleaseFold(row)
    }

    private static func gap(_ index: Int) -> LogError {
        LogError(.broken, "record \(index) is damaged or missing. Run `ledger verify` to see what is wrong.")
    }
}

extension ReleaseFold {
    /// - Precondition: at least one record was applied.
    public func row(of stream: StreamName) -> ReleaseRow {
        guard let last else { preconditionFailure("a release has a record") }
        return ReleaseRow(stream: stream, isOver: isOver, last: last, state: json.canonicalBytes)
    }

    /// - Throws: ``ViewFault`` with `.unusable` if the row does not hold a fold.
    public init(_ row: ReleaseRow) throws {
        guard let json = try? JSONObject(canonical: row.state), let fold = ReleaseFold(json: json) else {
            throw ViewFault(.unusable, "the view of '\(row.stream)' cannot be read")
        }
        self = fold
    }
}
