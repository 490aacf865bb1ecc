public import LedgerProof

/// Checks a whole log from its records alone, then what the store derived from them.
///
/// The chain is checked by its links: each record's `prev` is stored, so the leaf hash of the one before can
/// be computed beside it. The root is that of RFC 6962 over the same leaf hashes.
public enum LogVerifier {
    public enum Depth: Hashable, Sendable {
        /// Order, links and root: every byte of every record but the last is covered by the next link, and
        /// all of them by the root.
        case fast
        /// Also that each record is valid by itself and in its stream (`FORMAT.md` §1), and that what the
        /// store derived agrees with the records.
        case full
    }

    /// How many records lie between two calls of `progress`.
    public static let progressInterval = 16_384

    /// - Parameter progress: told now and then how many records are done.
    /// - Throws: ``LogError`` if the log could not be looked at.
    public static func verify(
        _ log: any EventLog, depth: Depth, progress: ((TreeSize) -> Void)? = nil
    ) throws -> VerificationResult {
        do {
            return try log.read { try verify(reading: $0, depth: depth, progress: progress) }
        } catch let error as LogError where error.code == .broken {
            return .broken(LogFault(.unreadable, at: nil, error.message))
        }
    }

    /// The same on a view that the caller holds.
    public static func verify(
        reading reader: any LogReader, depth: Depth, progress: ((TreeSize) -> Void)? = nil
    ) throws -> VerificationResult {
        do {
            let (size, root) =
                switch depth {
                case .fast: try follow(reader, progress)
                case .full: try quickly(reader, progress) ?? check(reader, progress)
                }
            guard size != .empty else { return .nothingToVerify }
            let head = try reader.head()
            guard head.size == size, head.root == root else {
                return Self.broken(LogFault(.tree, at: nil, Self.staleTree(head, size)), reader)
            }
            return .good(size: size, root: root)
        } catch let fault as LogFault {
            return broken(fault, reader)
        } catch let error as LogError where error.code == .broken {
            return broken(LogFault(.unreadable, at: nil, error.message), reader)
        }
    }

    private static func broken(_ fault: LogFault, _ reader: any LogReader) -> VerificationResult {
        .broken(LogBlame.improve(fault, reader) ?? fault)
    }

    static func staleTree(_ head: LogHead, _ size: TreeSize) -> String {
        "the records are good, but the tree that the store keeps (\(head.size) leaves, root \(head.root)) "
            + "is not that of the \(size) records. Rebuild the ledger from an export."
    }

    private static func follow(
        _ reader: any LogReader, _ progress: ((TreeSize) -> Void)?
    ) throws -> (TreeSize, Hash) {
        let join = try join(reader, tables: nil, progress)
        return (join.size, join.root)
    }

    /// - Returns: nil where something is wrong, or the store gives no tables to compare.
    static func quickly(
        _ reader: any LogReader, _ progress: ((TreeSize) -> Void)?
    ) throws -> (TreeSize, Hash)? {
        guard let tables = (reader as? any DerivedStateHolder)?.derivedTables() else { return nil }
        do {
            let join = try join(reader, tables: tables, progress)
            guard try join.tilesAreHeld(by: tables), try tables.sums(of: join.size) == join.sums else {
                return nil
            }
            return (join.size, join.root)
        } catch let error as LogError where error.code != .broken { throw error } catch { return nil }
    }

    /// The whole log as one stretch.
    private static func join(
        _ reader: any LogReader, tables: (any DerivedTables)?, _ progress: ((TreeSize) -> Void)?
    ) throws -> StretchJoin {
        var stretch = StretchVerifier(from: LogIndex(0), tables: tables)
        try reader.scan(0..<Int.max) { index, bytes in
            try stretch.follow(bytes, at: index)
            if let progress, index.value % progressInterval == 0 { progress(index.sizeIncluding) }
        }
        var join = StretchJoin(origin: reader.origin)
        if let stretch = try stretch.finish() { try join.add(stretch) }
        return join
    }

    private static func check(
        _ reader: any LogReader, _ progress: ((TreeSize) -> Void)?
    ) throws -> (TreeSize, Hash) {
        var checker = RecordChecker(origin: reader.origin)
        let derived = (reader as? any DerivedStateHolder)?.derivedState()
        var derivedFault: LogFault?
        try reader.scan(0..<Int.max) { index, bytes in
            let leaf = Hash.leaf(bytes)
            let record = try checker.check(bytes, leaf: leaf, at: index)
            if derivedFault == nil { derivedFault = try derived?.fault(of: record, leaf: leaf) }
            if let progress, index.value % progressInterval == 0 { progress(index.sizeIncluding) }
        }
        // Truth first: a fault in what is derived is told only where the records are good.
        if let fault = try derivedFault ?? derived?.faultBeyond(checker.size) { throw fault }
        return (checker.size, checker.root)
    }
}

/// A view of a store that keeps things derived from the records.
public protocol DerivedStateHolder: LogReader {
    func derivedState() -> any DerivedState
    func derivedTables() -> any DerivedTables
    func leafNotes() throws -> any LeafNotes
}

/// What a store derived from its records, compared with them one by one, in log order.
public protocol DerivedState: AnyObject {
    func fault(of record: RecordView, leaf: Hash) throws -> LogFault?
    /// What is there that belongs to no record.
    func faultBeyond(_ size: TreeSize) throws -> LogFault?
}
