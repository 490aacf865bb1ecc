internal import LedgerProof

/// Views in memory: for media that cannot be written, for a look at the past, and as the second opinion of a
/// replay.
///
/// Over a `base` it holds only what has changed since; the base is read and never written.
public final class MemoryViews: ViewStore {
    private let base: (any ViewStore)?
    private var changes = Changes()

    struct Changes {
        var cursors: [String: ViewCursor] = [:]
        var states: [String: [UInt8]] = [:]
        var releases: [StreamName: ReleaseRow] = [:]
        var signatures: Set<RememberedSignature> = []
    }

    public init(over base: (any ViewStore)? = nil) { self.base = base }

    public func read<Result>(_ body: (any ViewReader) throws -> Result) throws -> Result {
        guard let base else { return try body(MemoryTransaction(changes, base: nil)) }
        return try base.read { try body(MemoryTransaction(changes, base: $0)) }
    }

    public func write<Result>(_ body: (any ViewWriter) throws -> Result) throws -> Result {
        func run(_ reader: (any ViewReader)?) throws -> Result {
            let transaction = MemoryTransaction(changes, base: reader)
            let result = try body(transaction)
            changes = transaction.changes
            return result
        }
        guard let base else { return try run(nil) }
        return try base.read { try run($0) }
    }
}

private final class MemoryTransaction: ViewWriter {
    var changes: MemoryViews.Changes
    private let base: (any ViewReader)?

    init(_ changes: MemoryViews.Changes, base: (any ViewReader)?) {
        self.changes = changes
        self.base = base
    }

    func cursor(of projection: String) throws -> ViewCursor? {
        try changes.cursors[projection] ?? base?.cursor(of: projection)
    }

    func state(of projection: String) throws -> [UInt8]? {
        try changes.states[projection] ?? base?.state(of: projection)
    }

    func release(_ stream: StreamName) throws -> ReleaseRow? {
        try changes.releases[stream] ?? base?.release(stream)
    }

    func releases(_ body: (ReleaseRow) throws -> Void) throws {
        var waiting = changes.releases.values.sorted { Self.precedes($0, $1) }[...]
        try base?.releases { row in
            while let first = waiting.first, Self.precedes(first, row) { try body(waiting.removeFirst()) }
            if waiting.first?.stream == row.stream {
                try body(waiting.removeFirst())
            } else {
                try body(row)
            }
        }
        for row in waiting { try body(row) }
    }

    func releases(_ choice: ReleaseChoice, limit: Int) throws -> [ReleaseRow] {
        // A row of the base that was changed may have to make room.
        let kept = try base?.releases(choice, limit: limit + changes.releases.count) ?? []
        let unchanged = kept.filter { changes.releases[$0.stream] == nil }
        let changed = changes.releases.values.filter { Self.fits($0, choice) }
        return Array((unchanged + changed).sorted { $0.last > $1.last }.prefix(limit))
    }

    func count(_ choice: ReleaseChoice) throws -> Int {
        var count = try base?.count(choice) ?? 0
        for row in changes.releases.values {
            if let old = try base?.release(row.stream), Self.fits(old, choice) { count -= 1 }
            if Self.fits(row, choice) { count += 1 }
        }
        return count
    }

    func signatures() throws -> [RememberedSignature] {
        Array(changes.signatures.union(try base?.signatures() ?? []))
    }

    private static func fits(_ row: ReleaseRow, _ choice: ReleaseChoice) -> Bool {
        switch choice {
        case .open: !row.isOver
        case .over: row.isOver
        case .tagged(let tag): row.tag == tag
        }
    }

    private static func precedes(_ left: ReleaseRow, _ right: ReleaseRow) -> Bool {
        left.stream.text.utf8.lexicographicallyPrecedes(right.stream.text.utf8)
    }

    // MARK: Writing

    func put(_ cursor: ViewCursor, of projection: String) throws { changes.cursors[projection] = cursor }
    func put(state: [UInt8], of projection: String) throws { changes.states[projection] = state }
    func put(_ release: ReleaseRow) throws { changes.releases[release.stream] = release }
    func put(_ signature: RememberedSignature) throws { changes.signatures.insert(signature) }
}
