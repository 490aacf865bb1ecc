import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@Suite struct LogPrefixTests {
    /// All that a reader says of a log.
    private func everything(_ reader: any LogReader, ids: [EventID]) throws -> [String] {
        let size = try reader.head().size.value
        var all = ["\(try reader.head())", "\(try reader.streams(withPrefix: ""))"]
        for stream in try reader.streams(withPrefix: "") {
            all.append("\(stream) \(try reader.revision(of: stream))")
            all.append("\(try reader.positions(in: stream, fromRevision: 2))")
        }
        all += try ids.map { "\(try reader.index(of: $0)?.value ?? -1)" }
        all += try (0..<(size + 3)).map { try reader.record(at: LogIndex($0))?.leaf.hex ?? "none" }
        try reader.scan(0..<1000) { index, _ in all.append("\(index)") }
        all += try (0...size).map { try reader.root(at: TreeSize($0)).hex }
        return all + ["\(try reader.latestNote()?.text ?? "none")"]
    }

    @Test func aPrefixIsTheLogAsItWas() throws {
        let folder = try TemporaryFolder()
        let clock = AdjustableClock(World.start)
        let log = try SQLiteLog.create(at: folder.database, origin: World.origin, clock: clock.clock)
        var generator = LedgerGenerator(records: 300, people: World(), clock: clock)
        var past: [(size: Int, said: [String])] = []
        var ids: [EventID] = []
        while past.count < 30 {
            try log.write { writer in
                if past.isEmpty { try WorldWriter(writer, people: World()).found(logKey: "key") }
                let size = try generator.add(7, to: writer)
                if size.isMultiple(of: 2) { try writer.keep(note: "of \(size)", size: TreeSize(size)) }
                ids = try (0..<size).map { try writer.record(at: LogIndex($0))!.id }
            }
            let known = ids
            past.append(try log.read { (try $0.head().size.value, try everything($0, ids: known)) })
        }

        try log.read { reader in
            for (size, said) in past {
                let prefix = try LogPrefix(reader, size: TreeSize(size))
                #expect(try everything(prefix, ids: Array(ids[..<size])) == said, "of \(size)")
                #expect(try prefix.index(of: ids[ids.count - 1]) == nil || size == ids.count)
            }
        }
    }

    @Test func aTimeNamesTheRecordsUntilThen() throws {
        let folder = try TemporaryFolder()
        let clock = AdjustableClock(World.start)
        let log = try SQLiteLog.create(at: folder.database, origin: World.origin, clock: clock.clock)
        var generator = LedgerGenerator(records: 200, people: World(), clock: clock)
        try log.write { _ = try generator.add(200, to: $0) }

        try log.read { reader in
            let times = try (0..<reader.head().size.value).map { try reader.record(at: LogIndex($0))!.time }
            for time in times {
                let size = times.filter { $0 <= time }.count
                #expect(try reader.size(at: time).value == size)
                let before = times.filter { $0 <= time.adding(microseconds: -1) }.count
                #expect(try reader.size(at: time.adding(microseconds: -1)).value == before)
            }
        }
    }
}
