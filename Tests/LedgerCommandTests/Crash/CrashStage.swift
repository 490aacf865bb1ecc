import Foundation

/// A part of a release in which `ledger run` is killed: from a state of the world to the next wait, or the
/// end.
enum CrashStage: String, CaseIterable, Sendable {
    case build, registry, testIndex, index

    /// The name of the stage in the pipeline.
    var name: String {
        switch self {
        case .build: "build"
        case .registry: "deploy_github_packages"
        case .testIndex: "deploy_pypi_test"
        case .index: "deploy_pypi_prod"
        }
    }

    /// How `ledger run` ends here, when nothing disturbs it: a gate waits, or the release is complete.
    var endCode: Int { self == .index ? 0 : 4 }

    /// Outcomes in the log when that is reached.
    var finished: [String] {
        switch self {
        case .build, .registry: ["build", "deploy_github_packages"]
        case .testIndex: ["build", "deploy_github_packages", "deploy_pypi_test"]
        case .index: ["build", "deploy_github_packages", "deploy_pypi_test", "deploy_pypi_prod"]
        }
    }

    var openedGates: [String] {
        self == .build || self == .registry ? ["TestGate"] : ["TestGate", "Production"]
    }
}

extension CrashWorld {
    /// Goes on from nothing released to the beginning of `stage`, and keeps that state under the stage's
    /// name.
    func prepare(_ stage: CrashStage) async throws {
        try await ledger(start)
        if stage == .registry {
            // The second line that `ledger run` writes says that the build is recorded. It dies there.
            let line = CrashPoint(process: "ledger", isOwn: true, call: "write", target: "stderr")
            let place = CrashPlace(point: line, pattern: line.pattern, number: 2, moment: .after)
            let (report, ending) = try await crash(.kill(place), ["run"])
            guard report.ended != nil else { throw Missing("the build did not end: \(ending.words)") }
        } else if stage != .build {
            try await ledger(["run"], codes: [4])
            try await ledger(approve("TestGate"))
        }
        if stage == .index {
            try await ledger(["run"], codes: [4])
            try await ledger(testInstall)
            try await ledger(approve("Production"))
        }
        try keep(as: stage.rawValue)
    }

    /// Counts the points of `stage`, in a run that nothing disturbs.
    func places(of stage: CrashStage) async throws -> [CrashPlace] {
        try bringBack(stage.rawValue)
        let (report, ending) = try await crash(.count, ["run"])
        guard ending.code == stage.endCode else {
            throw Missing("an undisturbed run ended with \(ending.code): \(ending.words)")
        }
        guard report.survivors.isEmpty else {
            throw Missing("an undisturbed run left processes: \(report.survivors)")
        }
        guard stage == .build else { return report.places }
        // The same run goes on with the registry, which has its own turn.
        let end = report.points.indices.filter { report.points[$0].target == "stderr" }.dropFirst(1).first
        return Array(report.places.prefix((end ?? report.points.count) + 1))
    }
}
