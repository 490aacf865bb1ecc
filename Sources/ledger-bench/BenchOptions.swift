internal import Foundation

/// What `ledger-bench` was asked for.
struct BenchOptions {
    struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    var isQuick = false
    var isJSON = false
    var rounds = 5
    var only: String?
    /// Pins every measured process to one core, as the base's own figures were taken.
    var core: Int?
    /// Runs every measured process ahead of all others (SCHED_RR, needs the right to): on a machine that
    /// others use, a durable append is otherwise a measure of who else is running.
    var isRealtime = false
    var folder = FileManager.default.temporaryDirectory.path

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else { throw Misuse(description: "\(option) needs a value") }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--quick": (isQuick, rounds) = (true, 3)
            case "--rounds":
                guard let count = Int(try value(option)), count > 0 else {
                    throw Misuse(description: "--rounds needs a number")
                }
                rounds = count
            case "--only": only = try value(option)
            case "--core":
                guard let number = Int(try value(option)) else {
                    throw Misuse(description: "--core needs a number")
                }
                core = number
            case "--realtime": isRealtime = true
            case "--folder": folder = try value(option)
            case "--output": isJSON = try value(option) == "json"
            default:
                throw Misuse(
                    description:
                        "unknown option '\(option)'. Options: --quick, --rounds N, --only CASE, --core N, "
                        + "--realtime, "
                        + "--folder DIR, --output table|json")
            }
        }
    }
}
