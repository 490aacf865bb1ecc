import LedgerEvents
import LedgerPipeline
import LedgerRuntime
import LedgerSQLite

/// Keeps `views.db` up with the log, and finds another way where that cannot be done.
///
/// Always true: what it gives has seen exactly the context's records; the file is never needed for that.
struct ViewKeeper: Sendable {
    let path: String

    /// Fewer new records are applied in memory, at each look: cheaper than a write and its syncs.
    static let worthWriting = 256

    init(_ folder: LedgerFolder) { path = folder.views }

    /// What `body` makes of the views. Where they turn out to be damaged they are made again, and it is asked
    /// once more; at last without any file, because a file can be replaced under a reader again and again:
    /// the journal of the new one looks to SQLite as if it were that of the old one.
    ///
    /// - Throws: what `body` or the context's reader throws.
    func read<Result>(
        _ context: LedgerContext, _ body: (any ViewStore) throws -> Result
    ) throws -> Result {
        do { return try body(try current(context)) } catch is ViewFault {}
        do { return try body(try rebuilt(context)) } catch is ViewFault {}
        return try body(try withoutFile(context))
    }

    /// Views of the context's log: the file, or what is new in memory over it.
    ///
    /// - Throws: what the context's reader throws.
    func current(_ context: LedgerContext) throws -> any ViewStore {
        do {
            return try kept(context)
        } catch let fault as ViewFault where fault.code != .unusable {
            return try inMemory(context)
        } catch is ViewFault {
            return try rebuilt(context)
        }
    }

    /// A quick look at the log through the views: acts of governance whose signatures were verified before
    /// are not verified again. For what is only shown.
    ///
    /// - Throws: what `body` or the reader throws.
    func look<Result: Sendable>(
        _ session: Session, _ body: @escaping @Sendable (LedgerContext, any ViewStore) throws -> Result
    ) async throws -> Result {
        let (evidence, clock) = (session.handler.evidence, session.handler.clock)
        return try await session.handler.door.read { reader in
            let memory = SignatureMemory(remembered())
            let context = try LedgerContext(
                reader, now: clock.now(), files: { evidence.read($0) }, memory: memory)
            let result = try read(context) { try body(context, $0) }
            remember(memory.new)
            return result
        }
    }

    private func remembered() -> [RememberedSignature] {
        let store = try? SQLiteViews(at: path, mode: .readOnly)
        return (try? store?.read { try $0.signatures() }) ?? []
    }

    private func remember(_ signatures: [RememberedSignature]) {
        guard !signatures.isEmpty, let store = try? SQLiteViews(at: path, mode: .readWrite) else { return }
        // Where it cannot be written they are verified again.
        try? store.write { writer in for signature in signatures { try writer.put(signature) } }
    }

    /// Views made from the records alone, in a file that takes the place of the old one, or in memory.
    func rebuilt(_ context: LedgerContext) throws -> any ViewStore {
        do {
            try SQLiteViews.rebuild(at: path) { try LedgerViews($0).catchUp(context, batch: .rebuild) }
            return try SQLiteViews(at: path, mode: .readOnly)
        } catch is ViewFault {
            return try inMemory(context)
        }
    }

    /// The views as somebody left them, for comparing. What they have not seen is applied in memory; the file
    /// is not touched.
    ///
    /// - Throws: what the context's reader throws.
    func asLeft(_ context: LedgerContext) throws -> ViewComparison.Kept {
        do {
            let base = try SQLiteViews(at: path, mode: .readOnly)
            switch try LedgerViews(base).standing(to: context.reader) {
            case .current: return .comparable(base)
            case .empty: return .not(.none)
            case .otherVersion: return .not(.otherVersion)
            case .foreign: return .not(.foreign)
            case .behind:
                let views = MemoryViews(over: base)
                try LedgerViews(views).catchUp(context)
                return .comparable(views)
            }
        } catch let fault as ViewFault {
            return .not(fault.code == .missing ? .none : .damaged(fault.message))
        }
    }

    private func kept(_ context: LedgerContext) throws -> any ViewStore {
        let store: SQLiteViews
        do throws(ViewFault) { store = try SQLiteViews(at: path, mode: .readOnly) } catch {
            return try rebuilt(context)
        }
        switch try LedgerViews(store).standing(to: context.reader) {
        case .current: return store
        case .behind(let count) where count < Self.worthWriting:
            let views = MemoryViews(over: store)
            try LedgerViews(views).catchUp(context)
            return views
        case .behind:
            let writable = try SQLiteViews(at: path, mode: .readWrite)
            try LedgerViews(writable).catchUp(context)
            return writable
        case .empty, .otherVersion: return try rebuilt(context)
        case .foreign:
            Terminal.note(
                "note: views.db was built from another ledger (or the ledger was restored). Made again.")
            return try rebuilt(context)
        }
    }

    /// Over the file where it is usable, else alone.
    private func inMemory(_ context: LedgerContext) throws -> any ViewStore {
        do {
            let base = try SQLiteViews(at: path, mode: .readOnly)
            switch try LedgerViews(base).standing(to: context.reader) {
            case .current: return base
            case .behind:
                let views = MemoryViews(over: base)
                try LedgerViews(views).catchUp(context)
                return views
            case .empty, .otherVersion, .foreign: break
            }
        } catch is ViewFault {}
        return try withoutFile(context)
    }

    private func withoutFile(_ context: LedgerContext) throws -> MemoryViews {
        let views = MemoryViews()
        try LedgerViews(views).catchUp(context, batch: .rebuild)
        return views
    }
}

/// The open releases as the views know them: costs what is open, not what ever was.
struct ViewedReleases: OpenReleases {
    let keeper: ViewKeeper

    func open(in context: LedgerContext) throws -> [ReleaseID] {
        try keeper.read(context) { store in
            try store.read { views in
                try views.releases(.open, limit: .max).compactMap { ReleaseID(stream: $0.stream) }
            }
        }
    }
}
