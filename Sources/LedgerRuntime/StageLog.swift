internal import Synchronization

/// What happened, line by line, as it will be kept: redacted and bounded.
///
/// Where there is more than the limit, the beginning and the end are kept and the middle is left out, with a
/// line that says so. A line is cut at 8 KiB, so a secret never lies across two pieces.
///
/// May be used from any thread.
public final class StageLog: Sendable {
    private struct State {
        var head: [[UInt8]] = []
        var tail: [[UInt8]] = []
        var headBytes = 0
        var tailBytes = 0
        var leftOut = 0
        var partial: [UInt8] = []
        var isCut = false
        var redactor: Redactor
    }

    private static let lineLimitBytes = 8 << 10
    private let limitBytes: Int
    private let state: Mutex<State>
    private let onLine: (@Sendable (String) -> Void)?

    /// - Parameter onLine: Called with each line as it is complete, already redacted, on whichever thread
    ///   wrote it.
    public init(
        redactor: Redactor = .none, limitBytes: Int = 1 << 20, onLine: (@Sendable (String) -> Void)? = nil
    ) {
        self.limitBytes = limitBytes
        self.onLine = onLine
        state = Mutex(State(redactor: redactor))
    }

    /// From now on these do not show either.
    public func hide(_ secrets: [String]) {
        state.withLock { $0.redactor = $0.redactor.adding(secrets) }
    }

    func redact(_ text: String) -> String { state.withLock(\.redactor).redact(text) }

    /// A log of its own whose lines also go here.
    func child() -> StageLog {
        StageLog(redactor: state.withLock(\.redactor), limitBytes: 256 << 10) { [self] in note($0) }
    }

    /// A line of our own.
    public func note(_ text: String) { write([UInt8](text.utf8), endsLine: true) }

    /// Output of a program, cut anywhere.
    func append(_ bytes: [UInt8]) { write(bytes, endsLine: false) }

    /// Ends a line that a program did not end.
    func endLine() {
        if state.withLock({ !$0.partial.isEmpty }) { write([], endsLine: true) }
    }

    /// Everything so far, a line feed after each line.
    public var bytes: [UInt8] {
        state.withLock { state in
            var result: [UInt8] = []
            for line in state.head { result += line + [0x0A] }
            if state.leftOut > 0 { result += "… \(state.leftOut) lines left out …\n".utf8 }
            for line in state.tail { result += line + [0x0A] }
            if !state.partial.isEmpty { result += state.redactor.redact(state.partial) + [0x0A] }
            return result
        }
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    private func write(_ bytes: [UInt8], endsLine: Bool) {
        let lines = state.withLock { state -> [[UInt8]] in
            var complete: [[UInt8]] = []
            for byte in bytes {
                if byte == 0x0A {
                    complete.append(take(&state))
                } else if byte == 0x0D {
                    continue
                } else if state.partial.count < Self.lineLimitBytes {
                    state.partial.append(byte)
                } else {
                    state.isCut = true
                }
            }
            if endsLine { complete.append(take(&state)) }
            for line in complete { keep(line, in: &state) }
            return complete
        }
        guard let onLine else { return }
        for line in lines { onLine(String(decoding: line, as: UTF8.self)) }
    }

    private func take(_ state: inout State) -> [UInt8] {
        var line = state.redactor.redact(state.partial)
        // twine fills its lines up to the width of the terminal that it is told.
        while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
        if state.isCut {
            // The beginning of a secret may stand where the line was cut.
            line.removeLast(min(line.count, state.redactor.longestBytes))
            line += " … cut".utf8
        }
        // What a build prints may be made to drive the terminal of whoever reads it.
        for index in line.indices where (line[index] < 0x20 && line[index] != 0x09) || line[index] == 0x7F {
            line[index] = UInt8(ascii: "?")
        }
        state.partial.removeAll(keepingCapacity: true)
        state.isCut = false
        return line
    }

    private func keep(_ line: [UInt8], in state: inout State) {
        let size = line.count + 1
        if state.tail.isEmpty, state.headBytes + size <= limitBytes / 2 {
            state.head.append(line)
            state.headBytes += size
            return
        }
        state.tail.append(line)
        state.tailBytes += size
        while state.tailBytes > limitBytes / 2, state.tail.count > 1 {
            state.tailBytes -= state.tail.removeFirst().count + 1
            state.leftOut += 1
        }
    }
}
