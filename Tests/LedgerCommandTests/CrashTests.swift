import Foundation
import LedgerTesting
import Testing

/// Killed at any moment, `ledger run` is taken over by the next one: it looks first, and never uploads again
/// what is
/// there. Here the real program dies at its system calls, and real servers count.
@Suite(.serialized) struct CrashTests {
    @Test(.timeLimit(.minutes(600)))
    func aRunKilledAtAnySystemCallIsTakenOverWithoutASecondUpload() async throws {
        let stages = Self.stages
        print("crash: seed \(CrashPlan.seed), stages \(stages.map(\.rawValue))")
        let begin = ContinuousClock.now
        let lanes = try await Self.lanes(stages)
        let found = Dictionary(uniqueKeysWithValues: lanes.map { ($0.stage, $0.places) })
        let plan = CrashPlan.isSoak ? CrashPlan.all(found) : .sample(found, seed: CrashPlan.seed)
        print("crash: prepared within \(ContinuousClock.now - begin)")

        let results = try await withThrowingTaskGroup(of: (CrashStage, [CrashTrial.Result]).self) { group in
            for lane in lanes {
                let places = plan.places[lane.stage] ?? []
                group.addTask { (lane.stage, try await Self.run(lane, places)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }

        for lane in lanes {
            let tried = results[lane.stage] ?? []
            print(
                "crash: \(lane.stage.rawValue): \(lane.places.count) points in "
                    + "\(Set(lane.places.map(\.point.pointClass)).count) classes; tried \(tried.count), killed "
                    + "\(tried.count { $0.wasHit }); \(tried.count { !$0.survivors.isEmpty }) with survivors "
                    + "\(tried.reduce(into: Set<String>()) { $0.formUnion($1.survivors) })")
            await lane.world.end()
        }
        print("crash: took \(ContinuousClock.now - begin)")
        #expect(results.values.contains { $0.contains(where: \.wasHit) })
    }

    /// One world with its servers, prepared for one stage.
    struct Lane: Sendable {
        let stage: CrashStage
        let world: CrashWorld
        let places: [CrashPlace]
    }

    /// `LEDGER_CRASH_STAGES=index,build` looks at some only.
    static var stages: [CrashStage] {
        guard let text = ProcessInfo.processInfo.environment["LEDGER_CRASH_STAGES"] else {
            return CrashStage.allCases
        }
        return text.split(separator: ",").compactMap { CrashStage(rawValue: String($0)) }
    }

    private static func lanes(_ stages: [CrashStage]) async throws -> [Lane] {
        try await withThrowingTaskGroup(of: Lane.self) { group in
            for stage in stages {
                group.addTask {
                    let world = try await CrashWorld.make()
                    try await world.prepare(stage)
                    return Lane(stage: stage, world: world, places: try await world.places(of: stage))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func run(_ lane: Lane, _ places: [CrashPlace]) async throws -> [CrashTrial.Result] {
        var results: [CrashTrial.Result] = []
        for place in places {
            let result = try await CrashTrial(world: lane.world, stage: lane.stage, place: place).run()
            for fault in result.faults {
                Issue.record("\(lane.stage.rawValue), killed \(place): \(fault)")
            }
            if !result.wasHit { print("crash: \(lane.stage.rawValue): not reached: \(place)") }
            results.append(result)
            if results.count % 100 == 0 { print("crash: \(lane.stage.rawValue): tried \(results.count)") }
        }
        return results
    }
}
