import Foundation
import LedgerProof
import Testing

/// A witness that is killed (SIGKILL) at each system call between a request and its answer.
@Suite struct WitnessCrashTests {
    private let yard: WitnessYard
    private let log = WitnessedLog()

    init() throws {
        yard = try WitnessYard()
        try yard.make("w")
        let witness = try yard.start("w", logs: [log.key])
        #expect(try witness.add(log.request(0, 5)).status == 200)
        witness.end()
        try FileManager.default.copyItem(atPath: "\(yard.folder)/w", toPath: "\(yard.folder)/kept")
    }

    private func bringBack() throws {
        try FileManager.default.removeItem(atPath: "\(yard.folder)/w")
        try FileManager.default.copyItem(atPath: "\(yard.folder)/kept", toPath: "\(yard.folder)/w")
    }

    /// The calls that change the memory, or send, from the first that begins to keep a checkpoint.
    private func places() throws -> [CrashPlace] {
        let witness = try yard.start("w", logs: [log.key], under: .count)
        #expect(try witness.add(log.request(5, 8)).status == 200)
        // The tool passes no signal on: the server ends, and the tool with it.
        try endServer()
        witness.end()
        let points = try CrashTool.read(try #require(witness.report)).points
        var counts: [String: Int] = [:]
        let all = points.map { point in
            counts[point.pattern, default: 0] += 1
            return CrashPlace(point: point, pattern: point.pattern, number: counts[point.pattern]!)
        }
        let first = try #require(
            all.firstIndex { $0.point.target.hasSuffix("/w/witness.db-journal") }, "\(points)")
        let sent = try #require(
            all[first...].firstIndex { $0.point.target == "socket" || $0.point.target == "stderr" })
        let end = all[first...].firstIndex { $0.point.target == "socket" } ?? sent
        return all[first...end].filter {
            $0.point.target.contains("/w") || ["socket", "stderr"].contains($0.point.target)
        }
    }

    /// Ends the server that runs on this folder, by its id.
    private func endServer() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let process = Int32(name),
                let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
            else { continue }
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            if words.first?.hasSuffix("/ledger-server") == true, words.contains("\(yard.folder)/w") {
                kill(process, SIGTERM)
            }
        }
    }

    @Test func nothingThatWasAnsweredIsForgottenWhereverItIsKilled() throws {
        let places = try places()
        let calls = Set(places.map(\.point.call))
        #expect(calls.contains("fdatasync") || calls.contains("fsync"), "\(places)")
        #expect(calls.contains("unlink"), "\(places)")
        var (kept, lost) = (0, 0)

        for place in places {
            for moment in [CrashPlace.Moment.before, .after] {
                var place = place
                place.moment = moment
                try bringBack()
                let killed = try yard.start("w", logs: [log.key], under: .kill(place))
                let answer = try killed.add(log.request(5, 8))
                // Where it answered before it could die, it dies of us.
                if killed.isRunning { try endServer() }
                killed.end(SIGKILL)

                let again = try yard.start("w", logs: [log.key])
                let last = try #require(try again.last(of: log), "\(place)")
                #expect([log.checkpoint(5), log.checkpoint(8)].contains(last), "\(place)")
                if answer.status == 200 { #expect(last == log.checkpoint(8), "\(place)") }
                if last == log.checkpoint(8) { kept += 1 } else { lost += 1 }
                // Another history of the same size, and an older size: never after the answer, and never
                // after it was kept.
                let fork = try again.add(log.request(5, 8, fork: 1))
                let older = try again.add(log.request(5, 6))
                #expect(fork.status == (last == log.checkpoint(8) ? 409 : 200), "\(place): \(fork)")
                #expect(older.status == 409, "\(place): \(older)")
                again.end()
            }
        }
        // Both sides of the commit were reached.
        #expect(kept > 0 && lost > 0, "\(kept) kept, \(lost) lost")
    }
}
