internal import LedgerProof
internal import Synchronization

/// A log in parts of the same length, for several readers to take one after another.
///
/// Always true: a part is taken once; after a failure no other is.
final class LogParts: Sendable {
    /// What the reader found that sees the whole log.
    private struct Whole {
        let head: LogHead
        let origin: Origin
        /// What the derived tables add up to; nil where they were not asked.
        let sums: DerivedSums?
    }

    private struct State {
        var taken = 0
        var done: [LogStretch] = []
        var recordCount = 0
        var whole: Whole?
        var failure: (any Error)?
    }

    /// The last, shorter part is not among them: its end is known only to the reader of the whole.
    let count: Int
    private let partSize: Int
    private let depth: LogVerifier.Depth
    private let progress: (@Sendable (TreeSize) -> Void)?
    private let state = Mutex(State())

    /// - Parameter partSize: in records, a multiple of 256.
    init(
        below size: TreeSize, partSize: Int, depth: LogVerifier.Depth,
        progress: (@Sendable (TreeSize) -> Void)?
    ) {
        precondition(partSize % ChainFollower.tileWidth == 0, "a part has whole tiles")
        count = size.value / partSize
        self.partSize = partSize
        self.depth = depth
        self.progress = progress
    }

    /// Runs one reader's share. What it throws ends the others' shares too.
    func attempt(_ body: () throws -> Void) {
        do { try body() } catch { state.withLock { $0.failure = $0.failure ?? error } }
    }

    /// Takes parts until none is left.
    func work(reading reader: any LogReader) throws {
        while let number = take() {
            try check(number * partSize..<(number + 1) * partSize, reader)
        }
    }

    /// Reads what only one view can tell: the tables, which are those of its size, and the records beyond the
    /// last part. Then takes parts like the others.
    func lead(reading reader: any LogReader) throws {
        let head = try reader.head()
        let tables = try tables(of: reader)
        let sums = try tables?.sums(of: head.size)
        guard (sums == nil) == (tables == nil) else { throw StretchVerifier.Doubt() }
        state.withLock { $0.whole = Whole(head: head, origin: reader.origin, sums: sums) }
        try check(count * partSize..<Int.max, reader)
        try work(reading: reader)
    }

    /// Puts the parts together.
    ///
    /// - Returns: nil where something is wrong; what, is for one reader of the whole log to say.
    /// - Throws: ``LogError`` if the log could not be looked at.
    func joined(reading reader: any LogReader) throws -> VerificationResult? {
        let (whole, stretches, failure) = state.withLock { ($0.whole, $0.done, $0.failure) }
        if let error = failure as? LogError, error.code != .broken { throw error }
        guard failure == nil, let whole else { return nil }
        do {
            var join = StretchJoin(origin: whole.origin)
            for stretch in stretches.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
                try join.add(stretch)
            }
            guard join.size == whole.head.size, join.root == whole.head.root else { return nil }
            if let sums = whole.sums {
                guard sums == join.sums, let tables = try tables(of: reader),
                    try join.tilesAreHeld(by: tables)
                else { return nil }
            }
            return .good(size: join.size, root: join.root)
        } catch let error as LogError where error.code != .broken { throw error } catch { return nil }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.failure == nil, state.taken < count else { return nil }
            defer { state.taken += 1 }
            return state.taken
        }
    }

    private func check(_ range: Range<Int>, _ reader: any LogReader) throws {
        var verifier = StretchVerifier(from: LogIndex(range.lowerBound), tables: try tables(of: reader))
        try reader.scan(range) { index, bytes in try verifier.follow(bytes, at: index) }
        guard let stretch = try verifier.finish() else { return }
        state.withLock { state in
            state.done.append(stretch)
            state.recordCount += stretch.range.count
            progress?(TreeSize(state.recordCount))
        }
    }

    /// - Throws: ``StretchVerifier/Doubt`` where tables are to be compared and the store gives none.
    private func tables(of reader: any LogReader) throws -> (any DerivedTables)? {
        guard depth == .full else { return nil }
        guard let holder = reader as? any DerivedStateHolder else { throw StretchVerifier.Doubt() }
        return holder.derivedTables()
    }
}
