import Foundation

/// One system call that writes, sends, syncs, names, connects or executes, as `crash-point` reports it.
struct CrashPoint: Hashable, Sendable {
    let process: String
    let isOwn: Bool
    let call: String
    let target: String

    /// What the call is about: points of one class do the same kind of thing.
    struct Class: Hashable, Comparable, Sendable, CustomStringConvertible {
        let isOwn: Bool
        let call: String
        let kind: String

        var description: String { "\(isOwn ? "ledger" : "child") \(call) \(kind)" }
        static func < (one: Class, other: Class) -> Bool { one.description < other.description }
    }

    var pointClass: Class { Class(isOwn: isOwn, call: call, kind: kind) }

    var isToServer: Bool { call == "connect" && target.hasPrefix("127.") }

    private var kind: String {
        switch call {
        case "connect":
            return target.hasPrefix("127.") ? "server" : target.contains(":") ? "network" : "local"
        case "execve", "execveat": return "program"
        default: break
        }
        if !target.contains("/") {
            return ["pipe", "socket", "stdout", "stderr", "anon_inode"].contains(target)
                ? target : "elsewhere"
        }
        for (part, kind) in [
            ("/ledger/ledger.db-", "ledger.db" + (target.hasSuffix("-wal") ? "-wal" : "-shm")),
            ("/ledger/ledger.db", "ledger.db"), ("/ledger/ledger.lock", "ledger.lock"),
            ("/ledger/evidence", "evidence"), ("/tmp/ledger-build-", "scratch"),
            ("/tmp/ledger-deploy_", "scratch"), ("/ledger/", "ledger folder"),
            (".new-", "draft"), ("/ledger-test-tools/", "tools"),
        ] where target.contains(part) { return kind }
        return "elsewhere"
    }

    /// What finds the point again in another run: random parts of names are left open.
    var pattern: String {
        let open = target.replacing(#/(\/tmp\/ledger-[a-z_]+)-[^\/]+/#) { "\($0.output.1)-*" }
            .replacing(#/(build-env|build-via-sdist|pip-[a-z-]+)-[a-z0-9_]+/#) { "\($0.output.1)-*" }
            .replacing(#/nosync[0-9A-Za-z.]+|tmp[A-Za-z0-9_]{6,}|[a-z0-9_]{8}\.tmp/#, with: "*")
            .replacing(#/\/\.git\/t[A-Za-z0-9]{6}$/#, with: "/.git/t*")
            .replacing(#/[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|[0-9a-f]{38,}|[0-9]{3,}/#, with: "*")
        return "\(process) \(call) " + open.map { "[]?\\".contains($0) ? "?" : String($0) }.joined()
    }
}

/// Where to end a run: at the `number`-th point (from 1) that matches `pattern`.
struct CrashPlace: Hashable, Sendable, CustomStringConvertible {
    enum Moment: String, Sendable { case before, after }

    let point: CrashPoint
    let pattern: String
    let number: Int
    var moment = Moment.before
    /// Children are left alive, without their parent-death signal.
    var leavesOrphans = false

    var description: String {
        "\(moment.rawValue) \(pattern) #\(number)\(leavesOrphans ? ", leaving orphans" : "")"
    }
}

/// Runs programs under `crash-point` (`Sources/crash-point/main.c`).
struct CrashTool: Sendable {
    enum Action: Sendable {
        case count
        case kill(CrashPlace)
        case stop(CrashPlace)
    }

    struct Report: Sendable {
        var points: [CrashPoint] = []
        /// If it was killed or stopped: the process to send `SIGCONT` to.
        var ended: Int32?
        /// Children that lived on for half a second.
        var survivors: Set<String> = []
        /// Points that children reached after it was killed.
        var later: [CrashPoint] = []
    }

    let folder: String

    func run(
        _ action: Action, _ program: [String], environment: [String: String]
    ) async throws -> (Report, RealProgram.Ending) {
        let report = "\(folder)/report-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: report) }
        let ending = try await RealProgram.run(
            try Self.arguments(action, report: report) + program, environment: environment, in: folder)
        return (try Self.read(report), ending)
    }

    /// Runs a program until it is stopped or killed, and leaves it and its children so.
    ///
    /// - Returns: the process that lets it go on (`SIGCONT`), and the task that ends with it and them.
    func begin(
        _ action: Action, _ program: [String], environment: [String: String]
    ) async throws -> (process: Int32, rest: Task<RealProgram.Ending, any Error>) {
        let report = "\(folder)/report-\(UInt64.random(in: 0 ... .max))"
        let arguments = try Self.arguments(action, report: report) + program
        let folder = folder
        let rest = Task {
            try await RealProgram.run(arguments, environment: environment, in: folder)
        }
        for _ in 0..<6000 {
            if let process = try? Self.read(report).ended { return (process, rest) }
            try await Task.sleep(for: .milliseconds(10))
        }
        rest.cancel()
        throw Missing("not ended within a minute: \(action)")
    }

    static func arguments(_ action: Action, report: String) throws -> [String] {
        var result = [try RealProgram.built("crash-point"), "--report", report]
        switch action {
        case .count: break
        case .kill(let place), .stop(let place):
            result += ["--like", place.pattern]
            if case .kill = action { result += ["--kill"] } else { result += ["--stop"] }
            result += ["\(place.number)"]
            if place.moment == .after { result += ["--after"] }
            if place.leavesOrphans { result += ["--orphans"] }
        }
        return result + ["--"]
    }

    static func read(_ path: String) throws -> Report {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Missing("crash-point wrote no report")
        }
        var report = Report()
        var own: Substring?
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            switch parts[0] {
            case "point" where parts.count == 6:
                own = own ?? parts[2]
                let point = CrashPoint(
                    process: String(parts[3]), isOwn: parts[2] == own, call: String(parts[4]),
                    target: String(parts[5]))
                if report.ended == nil { report.points.append(point) } else { report.later.append(point) }
            case "killed", "stopped": report.ended = Int32(parts[1])
            case "survivor": report.survivors.insert(String(parts[2]))
            default: break
            }
        }
        return report
    }
}

extension CrashTool.Report {
    /// Every point of the run, as a place where to end another one.
    var places: [CrashPlace] {
        var counts: [String: Int] = [:]
        return points.map { point in
            counts[point.pattern, default: 0] += 1
            return CrashPlace(point: point, pattern: point.pattern, number: counts[point.pattern]!)
        }
    }
}
