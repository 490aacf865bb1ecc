internal import Foundation
internal import LedgerEvents
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerTesting

/// Adds numbered records to a ledger and writes `NUMBER INDEX` for each one that is durable, so that a test
/// that kills this process knows what it was promised.
struct AppendWorker {
    struct Misuse: Error, CustomStringConvertible {
        let description = "append-worker DB SEED COUNT BATCH"
    }

    private let path: String
    private let seed: Int
    private let count: Int
    private let batch: Int

    init(arguments: [String]) throws {
        guard arguments.count == 4, let seed = Int(arguments[1]), let count = Int(arguments[2]),
            let batch = Int(arguments[3]), batch > 0
        else { throw Misuse() }
        (path, self.seed, self.count, self.batch) = (arguments[0], seed, count, batch)
    }

    func run() throws {
        let log = try SQLiteLog.open(at: path, clock: .system)
        for start in stride(from: 0, to: count, by: batch) {
            let receipts = try log.write { writer in
                try (start..<min(start + batch, count)).map { number in
                    (number, try writer.append(.ofWorker(seed, number: number), expecting: .any))
                }
            }
            let text = receipts.map { "\($0.0) \($0.1.index)\n" }.joined()
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }
}
