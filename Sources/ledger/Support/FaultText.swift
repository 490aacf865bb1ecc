import LedgerEvents
import LedgerProof

/// Where a log is broken, for people and programs.
enum FaultText {
    /// - Parameter more: members that a program is told beside the fault.
    static func show(_ fault: LogFault, as output: OutputFormat, _ more: JSONObject = [:]) {
        guard output == .json else {
            Terminal.result("\(Terminal.styled("✗ broken", .red))  \(fault.message)")
            return
        }
        let told: JSONObject = [
            "cause": .string("\(fault.cause)"),
            "index": fault.index.map { .integer(Int64($0.value)) } ?? .null, "log": "broken",
            "text": .string(fault.message),
        ]
        Terminal.result(JSONText.line(told.merging(more)))
    }
}
