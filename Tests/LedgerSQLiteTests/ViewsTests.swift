import Foundation
import GRDB
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// A small ledger with a few releases under way, and the place of its views.
private struct ViewedLedger {
    let folder: TemporaryFolder
    let log: SQLiteLog
    private let world = World()
    private let clock = AdjustableClock(World.start)

    init(records: Int = 900, seed: UInt64 = 1) throws {
        folder = try TemporaryFolder()
        log = try SQLiteLog.create(at: folder.database, origin: World.origin, clock: clock.clock)
        let (world, clock) = (world, clock)
        try log.write { writer in
            try WorldWriter(writer, people: world).found(logKey: "log+key")
            var generator = LedgerGenerator(records: records, people: world, clock: clock, seed: seed)
            _ = try generator.add(records, to: writer)
        }
    }

    var views: String { folder.path + "/views.db" }

    @discardableResult
    func look<Result>(records: Int? = nil, _ body: (LedgerContext) throws -> Result) throws -> Result {
        try log.read { reader in
            let size = try records.map { TreeSize($0) } ?? reader.head().size
            let prefix = try LogPrefix(reader, size: size)
            return try body(try LedgerContext(prefix, now: World.start, files: { _ in nil }))
        }
    }

    func rebuild(records: Int? = nil) throws {
        try look(records: records) { context in
            try SQLiteViews.rebuild(at: views) { try LedgerViews($0).catchUp(context, batch: .rebuild) }
        }
    }

    func standing() throws -> LedgerViews.Standing {
        let store = try SQLiteViews(at: views, mode: .readOnly)
        return try look { try LedgerViews(store).standing(to: $0.reader) }
    }

    func comparison() throws -> ViewComparison {
        let (kept, replayed) = (try SQLiteViews(at: views, mode: .readOnly), MemoryViews())
        try look { try LedgerViews(replayed).catchUp($0) }
        return try ViewComparison(kept: .comparable(kept), replayed: replayed)
    }

    func edit(_ sql: String) throws {
        try DatabaseQueue(path: views).write { try $0.execute(sql: sql) }
    }

    /// Everything that views hold.
    static func all(_ store: any ViewStore) throws -> [String] {
        try store.read { views in
            var all: [String] = []
            for name in ["releases", "ledger", "roster", "pipelines"] {
                all.append("\(name) \(try views.cursor(of: name)!) \(try views.state(of: name) ?? [])")
            }
            try views.releases { all.append("\($0)") }
            for choice in [ReleaseChoice.open, .over, .tagged("v0.0.3")] {
                all.append("\(choice) \(try views.count(choice)) \(try views.releases(choice, limit: 5))")
            }
            return all
        }
    }
}

@Suite struct ViewsTests {
    @Test(arguments: [1, 7, 100, 5000]) func viewsDoNotDependOnBatches(count: Int) throws {
        let ledger = try ViewedLedger()
        let whole = MemoryViews()
        try ledger.look { try LedgerViews(whole).catchUp($0) }
        try ledger.rebuild(records: 40)

        let views = try SQLiteViews(at: ledger.views, mode: .readWrite)
        try ledger.look(records: 333) {
            try LedgerViews(views).catchUp($0, batch: .init(records: count, releases: 3))
        }
        try ledger.look { try LedgerViews(views).catchUp($0, batch: .init(records: count, releases: 3)) }

        #expect(try ViewedLedger.all(views) == ViewedLedger.all(whole))
        #expect(try ledger.standing() == .current)
    }

    @Test func changesInMemoryOverAFileAreTheFileCaughtUp() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild(records: 400)
        let base = try SQLiteViews(at: ledger.views, mode: .readOnly)

        let over = MemoryViews(over: base)
        try ledger.look { try LedgerViews(over).catchUp($0) }

        let file = try SQLiteViews(at: ledger.views, mode: .readWrite)
        #expect(try ledger.standing() == .behind(records: 500))
        let seen = try ViewedLedger.all(over)
        try ledger.look { try LedgerViews(file).catchUp($0) }
        #expect(try ViewedLedger.all(file) == seen)
    }

    @Test func aReleaseThatIsOverIsNotAmongTheOpenOnes() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()
        let views = try SQLiteViews(at: ledger.views, mode: .readOnly)

        let (open, over) = try views.read {
            (try $0.releases(.open, limit: .max), try $0.releases(.over, limit: .max))
        }

        #expect(!open.isEmpty && !over.isEmpty)
        #expect(try open.allSatisfy { try !ReleaseFold($0).isOver })
        #expect(try over.allSatisfy { try ReleaseFold($0).isOver })
        #expect(open.map(\.last) == open.map(\.last).sorted(by: >))
    }

    @Test func viewsOfAnotherLedgerAreForeign() throws {
        let (one, other) = (try ViewedLedger(seed: 1), try ViewedLedger(seed: 2))
        try one.rebuild()

        try FileManager.default.copyItem(atPath: one.views, toPath: other.views)

        #expect(try other.standing() == .foreign(projection: "releases"))
    }

    @Test func viewsThatHaveSeenMoreThanThereIsAreForeign() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()
        let views = try SQLiteViews(at: ledger.views, mode: .readOnly)

        let standing = try ledger.look(records: 800) { try LedgerViews(views).standing(to: $0.reader) }

        #expect(standing == .foreign(projection: "releases"))
    }

    @Test(arguments: ["releases", "ledger", "roster", "pipelines"])
    func aProjectionOfAnotherVersionIsNoticed(name: String) throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()

        try ledger.edit("UPDATE cursor SET version = version + 1 WHERE projection = '\(name)'")

        #expect(try ledger.standing() == .otherVersion(projection: name))
    }

    @Test func aFileThatIsNoViewsIsUnusable() throws {
        let ledger = try ViewedLedger()
        try Data("not a database, but long enough to be looked at as one".utf8)
            .write(to: URL(fileURLWithPath: ledger.views))

        #expect { try SQLiteViews(at: ledger.views, mode: .readOnly) } throws: { error in
            (error as? ViewFault)?.code == .unusable
        }
        try ledger.rebuild()
        #expect(try ledger.standing() == .current)
    }

    @Test func hotQueriesSearchByKey() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()

        for condition in ["is_over = 0", "tag = 'v1'"] {
            let sql = "SELECT * FROM release WHERE \(condition) ORDER BY last_index DESC LIMIT 5"
            let plan = try DatabaseQueue(path: ledger.views).read {
                try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
            }
            #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH release USING INDEX"), "\(plan)")
        }
    }
}

@Suite struct SignatureMemoryTests {
    private func context(
        _ ledger: ViewedLedger, memory: SignatureMemory?, _ body: (LedgerContext) throws -> Void
    ) throws {
        try ledger.log.read { reader in
            try body(try LedgerContext(reader, now: World.start, files: { _ in nil }, memory: memory))
        }
    }

    @Test func whatWasVerifiedIsRememberedOnce() throws {
        let ledger = try ViewedLedger()
        let first = SignatureMemory()
        try context(ledger, memory: first) { _ in }

        let second = SignatureMemory(first.new)
        try context(ledger, memory: second) { context in
            #expect(context.governance.roster.persons.count == 4)
        }

        #expect(first.new.count > 8)
        #expect(second.new == [])
    }

    @Test func onlyALookThatOnlyShowsBelievesTheMemory() throws {
        let ledger = try ViewedLedger()
        let memory = SignatureMemory()
        try context(ledger, memory: memory) { _ in }
        let forged = memory.new.map {
            RememberedSignature(
                statement: $0.statement, signature: $0.signature, fingerprint: "SHA256:of-nobody")
        }

        try context(ledger, memory: SignatureMemory(forged)) { shown in
            #expect(shown.governance.roster.persons.isEmpty)
            let release = ReleaseID(project: "autocli", tag: "v0.0.3")!
            let findings = try shown.release(release)?.reading.findings
            #expect(findings?.isEmpty == false)
        }

        try context(ledger, memory: nil) { #expect($0.governance.roster.persons.count == 4) }
    }

    @Test func viewsKeepSignatures() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()
        let entry = RememberedSignature(
            statement: World.origin.seed, signature: Hash.emptyRoot, fingerprint: "SHA256:x")
        let file = try SQLiteViews(at: ledger.views, mode: .readWrite)

        for views in [file, MemoryViews(over: file), MemoryViews()] as [any ViewStore] {
            try views.write { try $0.put(entry) }
            try views.write { try $0.put(entry) }

            #expect(try views.read { try $0.signatures() } == [entry])
        }
    }
}

@Suite struct ViewRebuildTests {
    @Test func aRebuildThatFailsLeavesTheOldViews() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()
        let old = try ViewedLedger.all(SQLiteViews(at: ledger.views, mode: .readOnly))
        struct Cut: Error {}

        #expect(throws: Cut.self) {
            try ledger.look(records: 300) { context in
                try SQLiteViews.rebuild(at: ledger.views) {
                    try LedgerViews($0).catchUp(context)
                    throw Cut()
                }
            }
        }

        #expect(try ViewedLedger.all(SQLiteViews(at: ledger.views, mode: .readOnly)) == old)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: ledger.folder.path).filter {
                $0.contains("new-")
            } == [])
    }

    @Test func whatAKilledRebuildLeftIsRemovedByTheNext() throws {
        let ledger = try ViewedLedger()
        let leftover = ledger.views + ".new-999999999"
        try Data("half".utf8).write(to: URL(fileURLWithPath: leftover))
        #expect(SQLiteViews.leftovers(beside: ledger.views) == [leftover])

        try ledger.rebuild()

        #expect(SQLiteViews.leftovers(beside: ledger.views) == [])
        #expect(!FileManager.default.fileExists(atPath: leftover))
    }

    @Test func aReaderOfTheOldViewsGoesOnReadingThem() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild(records: 300)
        let reader = try SQLiteViews(at: ledger.views, mode: .readOnly)

        let (before, after) = try reader.read { views in
            let before = try views.releases(.open, limit: .max)
            try ledger.rebuild()
            return (before, try views.releases(.open, limit: .max))
        }

        #expect(before == after)
        #expect(try ledger.standing() == .current)
    }

    /// Its journal would lie beside the new file, under the name that makes SQLite apply it there.
    @Test func aWriterOfViewsThatWereReplacedIsRefused() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild(records: 300)
        let late = try SQLiteViews(at: ledger.views, mode: .readWrite)
        try ledger.rebuild(records: 500)
        let new = try Data(contentsOf: URL(fileURLWithPath: ledger.views))

        #expect(throws: ViewFault.self) { try ledger.look { try LedgerViews(late).catchUp($0) } }

        #expect(try Data(contentsOf: URL(fileURLWithPath: ledger.views)) == new)
        #expect(!FileManager.default.fileExists(atPath: ledger.views + "-journal"))
    }

    @Test func aJournalOfTheOldViewsIsNotAppliedToTheNew() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild(records: 300)
        // As a writer leaves it that was killed in the middle of a transaction.
        let copy = ledger.folder.path + "/copy"
        let queue = try DatabaseQueue(path: ledger.views)
        try queue.inDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
            try database.execute(sql: "UPDATE release SET state = state || ' '")
            try FileManager.default.copyItem(atPath: ledger.views + "-journal", toPath: copy)
            try database.execute(sql: "ROLLBACK")
        }
        try FileManager.default.moveItem(atPath: copy, toPath: ledger.views + "-journal")

        try ledger.rebuild()

        #expect(try ledger.comparison().isMismatch == false)
    }
}

@Suite struct ViewComparisonTests {
    @Test func viewsMadeFromTheSameRecordsAreEqual() throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()

        let comparison = try ledger.comparison()

        #expect(!comparison.isMismatch)
        #expect(comparison.projections.map(\.name) == ["releases", "ledger", "roster", "pipelines"])
        #expect(Set(comparison.projections.map(\.digest)).count == 4)
    }

    @Test(arguments: [
        (
            #"UPDATE release SET state = replace(state, '"revision":', '"revision":1') WHERE tag = 'v0.0.2'"#,
            "releases", "release/autocli/v0.0.2: revision"
        ),
        (
            "UPDATE release SET is_over = 1 - is_over WHERE tag = 'v0.0.2'",
            "releases", "release/autocli/v0.0.2: is over"
        ),
        (
            "UPDATE release SET last_index = 5 WHERE tag = 'v0.0.2'",
            "releases", "release/autocli/v0.0.2: last record"
        ),
        ("UPDATE release SET state = 'x' WHERE tag = 'v0.0.2'", "releases", "release/autocli/v0.0.2: all"),
        ("DELETE FROM release WHERE tag = 'v0.0.2'", "releases", "release/autocli/v0.0.2"),
        (
            "INSERT INTO release VALUES ('release/autocli/v9', 'autocli', 'v9', 0, 7, '{}')",
            "releases", "release/autocli/v9"
        ),
        (
            "UPDATE fact SET state = replace(state, '\"admin\"', '\"queen\"') WHERE projection = 'roster'",
            "roster", "grants[0].role"
        ),
        (
            "UPDATE fact SET state = replace(state, 'autocli', 'other') WHERE projection = 'ledger'",
            "ledger", "project"
        ),
        ("DELETE FROM fact WHERE projection = 'pipelines'", "pipelines", "all"),
    ])
    func anEditedViewIsNamed(sql: String, projection: String, place: String) throws {
        let ledger = try ViewedLedger()
        try ledger.rebuild()

        try ledger.edit(sql)
        let comparison = try ledger.comparison()

        #expect(comparison.isMismatch)
        let different = comparison.projections.filter { $0.difference != nil }
        #expect(different.map(\.name) == [projection])
        #expect(different.first?.difference?.place == place)
    }
}
