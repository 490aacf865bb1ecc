import Foundation
import GRDB
import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

@testable import LedgerSQLite

@Suite struct SQLiteWitnessTests {
    private struct Stopped: Error {}

    private let folder: TemporaryFolder
    private let path: String
    private let key = Cosigner(name: "witness.example/w", seed: [UInt8](0...31))!.verifierKey
    private let origin = Origin("log.example/a")!

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/witness.db"
        try SQLiteWitness.create(at: path, key: key)
    }

    private func step(_ size: Int, _ seconds: UInt64 = 1, root: UInt8 = 1) -> WitnessedCheckpoint {
        WitnessedCheckpoint(
            checkpoint: Checkpoint(origin: origin, size: TreeSize(size), root: Hash.sha256([root])),
            note: "a note of \(size)", secondsSince1970: seconds)
    }

    @Test func whatWasKeptIsThereAfterOpeningAgain() throws {
        let memory = try SQLiteWitness(at: path, key: key)
        #expect(try memory.last(of: origin) == nil)
        try memory.advance(origin) { last in
            #expect(last == nil)
            return step(5)
        }
        try memory.advance(origin) { last in
            #expect(last == step(5))
            return step(8, 2)
        }

        let again = try SQLiteWitness(at: path, key: key)

        #expect(try again.last(of: origin) == step(8, 2))
        #expect(try again.last(of: Origin("log.example/b")!) == nil)
    }

    @Test func nothingChangesWhenTheBodyThrows() throws {
        let memory = try SQLiteWitness(at: path, key: key)
        try memory.advance(origin) { _ in step(5) }

        #expect(throws: Stopped.self) { try memory.advance(origin) { _ in throw Stopped() } }

        #expect(try memory.last(of: origin) == step(5))
    }

    /// The schema refuses it, whatever the program asks for.
    @Test func noStepGoesBack() throws {
        let memory = try SQLiteWitness(at: path, key: key)
        try memory.advance(origin) { _ in step(5, 9) }

        for bad in [step(4, 9), step(5, 8), step(5, 9, root: 2), step(0, 9), step(6, 8)] {
            #expect(throws: LogError.self) { try memory.advance(origin) { _ in bad } }
        }

        #expect(try memory.last(of: origin) == step(5, 9))
        try memory.advance(origin) { _ in step(5, 10) }
        try memory.advance(origin) { _ in step(6, 10, root: 2) }
    }

    @Test(arguments: [
        "DELETE FROM cosigned", "UPDATE cosigned SET tree_size = 4",
        "UPDATE cosigned SET root = zeroblob(32)",
        "UPDATE cosigned SET origin = 'log.example/b'", "UPDATE cosigned SET seconds = 0",
        "INSERT OR REPLACE INTO cosigned VALUES ('log.example/a', 1, zeroblob(32), 0, 'x')",
        "INSERT INTO cosigned VALUES ('log.example/a', 1, zeroblob(32), 0, 'x') "
            + "ON CONFLICT (origin) DO UPDATE SET tree_size = 1",
        "DELETE FROM witness", "UPDATE witness SET key = 'x'",
        "INSERT OR REPLACE INTO witness VALUES (0, 'x')",
    ])
    func theTablesKeepWhatIsInThem(attack: String) throws {
        let memory = try SQLiteWitness(at: path, key: key)
        try memory.advance(origin) { _ in step(5) }

        let queue = try DatabaseQueue(path: path)
        _ = try? queue.inDatabase { try $0.execute(sql: attack) }
        try queue.close()

        #expect(try memory.last(of: origin) == step(5))
        #expect(throws: Never.self) { try SQLiteWitness(at: path, key: key) }
    }

    @Test func aMemoryBelongsToOneKey() throws {
        let other = Cosigner(name: "witness.example/w", seed: [UInt8](1...32))!.verifierKey

        #expect(throws: LogError.self) { try SQLiteWitness(at: path, key: other) }
        #expect(throws: LogError.self) { try SQLiteWitness.create(at: path, key: other) }
        #expect(throws: LogError.self) { try SQLiteWitness(at: folder.path + "/nowhere.db", key: key) }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/nowhere.db"))
        let log = try SQLiteLog.create(
            at: folder.database, origin: origin, clock: .fixed(RandomOperations.start))
        withExtendedLifetime(log) {
            _ = #expect(throws: LogError.self) { try SQLiteWitness(at: folder.database, key: key) }
        }
    }

    /// What makes a commit outlive a power cut without a write-ahead log.
    @Test func commitsAreSynced() throws {
        let memory = try SQLiteWitness(at: path, key: key)
        try memory.advance(origin) { _ in step(5) }

        #expect(try memory.setting("synchronous") == 3)
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    /// Two connections, as two processes have them: whoever comes second sees what the first has kept.
    @Test func writersComeOneAfterTheOther() async throws {
        let (path, key, origin) = (path, key, origin)
        let sizes = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let memory = try SQLiteWitness(at: path, key: key)
                    var seen: [Int] = []
                    for _ in 0..<25 {
                        try memory.advance(origin) { last in
                            let size = (last?.checkpoint.size.value ?? 0) + 1
                            seen.append(size)
                            return WitnessedCheckpoint(
                                checkpoint: Checkpoint(
                                    origin: origin, size: TreeSize(size), root: Hash.sha256([1])),
                                note: "x", secondsSince1970: 1)
                        }
                    }
                    return seen
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }

        #expect(sizes.sorted() == Array(1...100))
    }
}
