/// What a fuzzer calls.
public enum Fuzzing {
    /// Traps where a rule is broken: that is what a fuzzer looks for.
    public static func hold(_ rule: ParserRule, to start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        switch rule.judge(bytes) {
        case .refused, .accepted: return 0
        case .broken(let sentence): preconditionFailure(sentence)
        }
    }
}
