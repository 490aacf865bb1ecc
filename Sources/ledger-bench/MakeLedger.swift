internal import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting

/// `ledger-bench make-ledger DIR --events N [--people P]`: a ledger in real form, to measure others with.
struct MakeLedger {
    let folder: String
    let events: Int
    let people: Int

    static let usage = "make-ledger DIR --events N [--people P]"

    /// - Returns: nil if the arguments make no sense.
    init?(arguments: [String]) {
        guard let folder = arguments.first, arguments.count.isMultiple(of: 2) == false else { return nil }
        var numbers = ["--events": 100_000, "--people": 60]
        for position in stride(from: 1, to: arguments.count, by: 2) {
            guard numbers[arguments[position]] != nil, let number = Int(arguments[position + 1]), number >= 4
            else { return nil }
            numbers[arguments[position]] = number
        }
        self.folder = folder
        events = numbers["--events"]!
        people = numbers["--people"]!
    }

    func run() throws {
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder)/evidence", withIntermediateDirectories: true)
        try files.createDirectory(
            atPath: "\(folder)/keys", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try Data("*\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/.gitignore"))
        try Data("project: autocli\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/config.yml"))
        var secret = SeededGenerator(seed: 1)
        let signer = NoteSigner.make(for: World.origin, using: &secret)
        _ = files.createFile(
            atPath: "\(folder)/keys/log.key", contents: Data((signer.privateText + "\n").utf8),
            attributes: [.posixPermissions: 0o600])
        let clock = AdjustableClock(World.start)
        let log = try SQLiteLog.create(
            at: "\(folder)/ledger.db", origin: World.origin, clock: clock.clock)
        let world = World(people: people)
        try log.write { try WorldWriter($0, people: world).found(logKey: signer.verifierKey.text) }
        var generator = LedgerGenerator(records: events, people: world, clock: clock)
        let begin = ContinuousClock.now
        var size = 0
        while size < events {
            size = try log.write { try generator.add(1000, to: $0) }
        }
        try log.checkpointWAL()
        print("\(size) records in \(ContinuousClock.now - begin)")
    }
}
