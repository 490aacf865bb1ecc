import Foundation
import LedgerTesting

/// Which points are tried.
///
/// `LEDGER_SOAK=1`: all of them. Otherwise a sample that fits into `make test`: every class of points at
/// least once,
/// in one of the stages that have it. The seed is printed; `LEDGER_SEED` repeats it.
struct CrashPlan: Sendable {
    let places: [CrashStage: [CrashPlace]]

    static let isSoak = ProcessInfo.processInfo.environment["LEDGER_SOAK"] == "1"
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["LEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)

    /// Everything, and everything that sends or syncs also right after it has taken effect.
    static func all(_ found: [CrashStage: [CrashPlace]]) -> CrashPlan {
        CrashPlan(
            places: found.mapValues { places in
                places.flatMap { place -> [CrashPlace] in
                    guard ["sendto", "sendmsg", "fdatasync", "fsync", "rename"].contains(place.point.call)
                    else {
                        return [place]
                    }
                    var later = place
                    later.moment = .after
                    return [place, later]
                }
            })
    }

    /// One of each class, each in one stage: the fewer points a stage has, the cheaper are its runs.
    static func sample(_ found: [CrashStage: [CrashPlace]], seed: UInt64) -> CrashPlan {
        var generator = SeededGenerator(seed: seed)
        var chosen: [CrashStage: [CrashPlace]] = [:]
        var open: [CrashPoint.Class: [(CrashStage, CrashPlace)]] = [:]
        let order = found.keys.sorted { ($0.cost, $0.rawValue) < ($1.cost, $1.rawValue) }
        for stage in order {
            for place in found[stage]! { open[place.point.pointClass, default: []].append((stage, place)) }
        }
        for (_, members) in open.sorted(by: { $0.key < $1.key }) {
            let cheapest = members.map(\.0.cost).min()!
            let candidates = members.filter { $0.0.cost == cheapest }
            var (stage, place) = candidates.randomElement(using: &generator)!
            if generator.oneIn(3) { place.moment = .after }
            chosen[stage, default: []].append(place)
        }
        for stage in order {
            while chosen[stage, default: []].count < min(Self.leastPerStage, found[stage]!.count) {
                chosen[stage]!.append(found[stage]!.randomElement(using: &generator)!)
            }
        }
        return CrashPlan(places: chosen)
    }

    static let leastPerStage = 8
}

extension CrashStage {
    /// How long a run takes, roughly: a build clones, installs and builds.
    var cost: Int {
        switch self {
        case .testIndex, .index: 1
        case .registry: 2
        case .build: 3
        }
    }
}
