import LedgerEvents
import LedgerProof
import LedgerSQLite
import Testing

private let origin = Origin("ledger.example/test")!
private let noon = Timestamp("2026-11-22T12:00:00.000000Z")!

private func draft(_ number: Int, stream: String = "release/autocli/v1") -> RecordDraft {
    RecordDraft(
        actor: .ledger, cause: nil,
        id: EventID(bytes: (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })!,
        stream: StreamName(stream)!, type: EventType("tag.pushed")!, what: ["number": .integer(Int64(number))]
    )
}

@Suite struct SQLiteLogTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func whatIsWrittenIsFoundAfterReopening() throws {
        let log = try SQLiteLog.create(at: folder.database, origin: origin, clock: .fixed(noon))
        let receipts = try (0..<600).map { number in
            try log.write { try $0.append(draft(number), expecting: .exactly(number)) }
        }

        let reopened = try SQLiteLog.open(at: folder.database, mode: .readOnly, clock: .fixed(noon))

        var chain = Chain(origin: reopened.origin)
        try reopened.read { reader in
            try reader.scan(0..<1000) { index, bytes in
                let view = try RecordView(scanning: bytes)
                try chain.extend(with: view, leaf: view.leafHash())
            }
            let head = try reader.head()
            #expect(head.size.value == 600)
            #expect(head.root == chain.root)
            #expect(head.lastLeaf == receipts.last?.leaf)
        }
    }

    @Test func waitingWritersShareCommits() async throws {
        let log = try SQLiteLog.create(at: folder.database, origin: origin, clock: .fixed(noon))
        let sequencer = Sequencer(log)

        let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
            for number in 0..<300 { group.addTask { try await sequencer.append(draft(number)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(Set(receipts.map(\.index.value)) == Set(0..<300))
        let size = try await sequencer.read { try $0.head().size }
        #expect(size.value == 300)
        await sequencer.close()
    }
}
