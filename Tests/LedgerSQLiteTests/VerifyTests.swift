import Foundation
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

@testable import LedgerEvents

@Suite struct VerifyTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private let clock = LedgerClock.fixed(RandomOperations.start)

    /// A ledger of `count` records in one file, without a write-ahead log.
    private func ledgerInOneFile(_ count: Int) throws -> (path: String, contents: LogContents) {
        let log = try SQLiteLog.create(at: folder.database, origin: ConformanceRule.origin, clock: clock)
        try log.write { writer in
            for number in 0..<count { _ = try writer.append(.numbered(number), expecting: .any) }
        }
        try log.checkpointWAL()
        let copy = folder.path + "/copy.db"
        try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
        return (copy, try LogContents(log))
    }

    private func verify(_ path: String, _ depth: LogVerifier.Depth) throws -> VerificationResult {
        try LogVerifier.verify(try SQLiteLog.open(at: path, mode: .readOnly, clock: clock), depth: depth)
    }

    private func quickly(_ path: String) throws -> (TreeSize, Hash)? {
        try SQLiteLog.open(at: path, mode: .readOnly, clock: clock).read { try LogVerifier.quickly($0, nil) }
    }

    /// Whatever is wrong with the records: the quick look says no, however well the tables fit.
    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: [
            "UPDATE log SET record = replace(record, '\"revision\":', '\"revision\":1') WHERE log_index = 599",
            "UPDATE stream_position SET revision = revision + 1 WHERE log_index = 599",
            "UPDATE log SET record = replace(record, '\"time\":\"2', '\"time\":\"1') WHERE log_index = 599",
            "DELETE FROM log WHERE log_index = 599", "DELETE FROM log WHERE log_index = 0",
            "INSERT INTO log VALUES (600, (SELECT record FROM log WHERE log_index = 599))",
            "UPDATE log SET record = ' ' || record WHERE log_index = 599",
        ])
    func theQuickLookBelievesNoDamagedRecord(change: String) throws {
        let (path, _) = try ledgerInOneFile(600)
        let result = try SQLiteShell.run(Tampering.dropTriggers + change + "; SELECT changes()", on: path)
        #expect(result.isSuccess && result.text.contains("1"), "\(result.text)")

        #expect(try quickly(path) == nil)
        #expect(try verify(path, .full).fault != nil)
    }

    @Test func everyByteOfEveryRecordIsCovered() throws {
        let (path, contents) = try ledgerInOneFile(4)
        #expect(try verify(path, .full) == .good(size: TreeSize(4), root: contents.head.root))
        #expect(try verify(path, .fast) == .good(size: TreeSize(4), root: contents.head.root))
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for (index, record) in contents.records.enumerated() {
            let place = try #require(whole.range(of: Data(record))).lowerBound
            for offset in record.indices {
                try file.seek(toOffset: UInt64(place + offset))
                try file.write(contentsOf: [record[offset] ^ 1 << (offset % 8)])

                let verdict = try verify(path, .full)
                if case .good = verdict { Issue.record("byte \(offset) of record \(index): not found") }

                try file.seek(toOffset: UInt64(place + offset))
                try file.write(contentsOf: [record[offset]])
            }
        }
        #expect(try verify(path, .full) == .good(size: TreeSize(4), root: contents.head.root))
    }

    @Test func fastVerifyFindsAByteInAnyRecordButTheLast() throws {
        let (path, contents) = try ledgerInOneFile(3)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for (index, record) in contents.records.dropLast().enumerated() {
            let place = try #require(whole.range(of: Data(record))).lowerBound
            for offset in stride(from: index, to: record.count, by: 7) {
                try file.seek(toOffset: UInt64(place + offset))
                try file.write(contentsOf: [record[offset] ^ 1 << (offset % 8)])

                let verdict = try verify(path, .fast)
                if case .good = verdict { Issue.record("byte \(offset) of record \(index): not found") }

                try file.seek(toOffset: UInt64(place + offset))
                try file.write(contentsOf: [record[offset]])
            }
        }
    }

    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: [
            "UPDATE event_id SET log_index = 3 WHERE log_index = 2",
            "UPDATE event_id SET leaf_start = leaf_start + 1 WHERE log_index = 599",
            "UPDATE event_id SET leaf_start = leaf_start + 1 WHERE log_index = 300",
            "DELETE FROM event_id WHERE log_index = 5",
            "INSERT INTO event_id VALUES (randomblob(16), 5, 0)",
            "UPDATE stream_position SET log_index = 3 WHERE log_index = 2",
            "DELETE FROM stream_position WHERE log_index = 599",
            "INSERT INTO stream_position VALUES (9, 1, 0)",
            "INSERT INTO stream VALUES (NULL, 'ledger')", "UPDATE stream SET name = 'roster'",
            "UPDATE stream SET stream_id = 7",
            "UPDATE tree_tile SET hashes = zeroblob(8192) WHERE level = 0 AND tile = 1",
            "UPDATE tree_tile SET hashes = zeroblob(64) WHERE level = 8",
            "UPDATE tree_tile SET hashes = zeroblob(96) WHERE level = 8",
            "UPDATE tree_tile SET hashes = zeroblob(32) WHERE level = 8",
            "DELETE FROM tree_tile WHERE level = 0 AND tile = 0", "DELETE FROM tree_tile",
            "INSERT INTO tree_tile VALUES (0, 2, zeroblob(8192))",
            "INSERT INTO tree_tile VALUES (16, 0, zeroblob(32))",
        ])
    func whatIsDerivedIsComparedWithTheRecords(change: String) throws {
        let (path, _) = try ledgerInOneFile(600)
        #expect(try verify(path, .full).goodSize != nil, "not good before")
        #expect(try quickly(path)?.0 == TreeSize(600))
        let result = try SQLiteShell.run(change, on: path)
        #expect(result.isSuccess, "\(result.text)")

        let verdict = try verify(path, .full)

        let fault = try #require(verdict.fault, "\(verdict)")
        // Of the last record nothing else tells whether it or its note was changed.
        let isLast = change.contains("leaf_start") && change.contains("599")
        #expect(
            isLast
                ? fault.cause == .edited && fault.index == LogIndex(599)
                : [.ids, .positions, .tree, .unreadable].contains(fault.cause), "\(fault)")
        #expect(try quickly(path) == nil)
    }

    @Test(
        .enabled(if: SQLiteShell.path != nil, "there is no sqlite3 shell"),
        arguments: [
            ("DELETE FROM log WHERE log_index = 3", 3 as Int?, LogFault.Cause.missing),
            ("DELETE FROM log WHERE log_index = 0", 0, .missing),
            (
                "UPDATE log SET record = (SELECT record FROM log WHERE log_index = 4) WHERE log_index = 3", 3,
                .duplicated
            ),
            (
                "UPDATE log SET record = replace(record, '\"number\":3', '\"number\":4') WHERE log_index = 3",
                3, .edited
            ),
            (
                "UPDATE log SET record = replace(record, 'tag.pushed', 'tag.pulled') WHERE log_index = 0", 0,
                .edited
            ),
            ("UPDATE log SET record = '' WHERE log_index = 2", 2, .edited),
            ("UPDATE log SET record = record || ' ' WHERE log_index = 2", 2, .edited),
            ("UPDATE log SET log_index = -1 WHERE log_index = 0", 0, .missing),
            ("UPDATE log SET log_index = 9223372036854775807 WHERE log_index = 9", 9, .cut),
        ])
    func tamperingIsFoundAtItsPlace(change: String, index: Int?, cause: LogFault.Cause) throws {
        let (path, _) = try ledgerInOneFile(10)
        let result = try SQLiteShell.run(Tampering.dropTriggers + change, on: path)
        #expect(result.isSuccess, "\(result.text)")

        for depth in [LogVerifier.Depth.full, .fast] {
            guard case .broken(let fault) = try verify(path, depth) else {
                // The fast way reads no further than `prev`.
                #expect(depth == .fast && change.contains("|| ' '"), "\(depth)")
                continue
            }
            if depth == .full {
                #expect(fault.index == index.map { LogIndex($0) } && fault.cause == cause, "\(fault)")
            }
        }
    }
}
