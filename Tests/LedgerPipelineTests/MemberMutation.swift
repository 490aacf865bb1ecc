import LedgerProof
import LedgerTesting

/// Another value for one member, somewhere in a JSON value: dropped, null, of another type, or off by one.
struct MemberMutation {
    private var random: SeededGenerator
    /// Where, and what is there now.
    private(set) var told = ""

    init(using random: SeededGenerator) { self.random = random }

    mutating func change(_ object: inout JSONObject) {
        let paths = Self.paths(in: .object(object)).filter { !$0.isEmpty }
        guard let path = paths.randomElement(using: &random) else { return }
        var value = JSONValue.object(object)
        change(&value, at: path[...])
        object = value.object!
    }

    private static func paths(in value: JSONValue) -> [[String]] {
        var inner: [(String, JSONValue)] = []
        if let object = value.object { inner = object.names.map { ($0, object[$0]!) } }
        if let array = value.array { inner = array.enumerated().map { ("\($0.offset)", $0.element) } }
        return [[]] + inner.flatMap { name, child in paths(in: child).map { [name] + $0 } }
    }

    private mutating func change(_ value: inout JSONValue, at path: ArraySlice<String>) {
        let (name, rest) = (path.first!, path.dropFirst())
        if var object = value.object {
            object[name] = changed(object[name]!, at: rest, name)
            value = .object(object)
        } else if var array = value.array, let place = Int(name) {
            if let element = changed(array[place], at: rest, name) {
                array[place] = element
            } else {
                array.remove(at: place)
            }
            value = .array(array)
        }
    }

    private mutating func changed(_ value: JSONValue, at path: ArraySlice<String>, _ name: String)
        -> JSONValue?
    {
        guard path.isEmpty else {
            var inner = value
            change(&inner, at: path)
            told = "\(name).\(told)"
            return inner
        }
        let new = other(than: value)
        told = "\(name): \(new.map { String(decoding: $0.canonicalBytes, as: UTF8.self) } ?? "dropped")"
        return new
    }

    /// nil to drop it.
    private mutating func other(than value: JSONValue) -> JSONValue? {
        let kinds: [JSONValue?] = [nil, .null, "x", "", 7, [], [:], true, false, ["x"], -1, "person:carol"]
        if random.oneIn(2) { return kinds.randomElement(using: &random)! }
        switch value {
        case .integer(let number): return .integer(number + (random.oneIn(2) ? 1 : -1))
        case .string(let text):
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty, !random.oneIn(4) else { return .string(text + "0") }
            let place = Int.random(in: bytes.indices, using: &random)
            bytes[place] = bytes[place] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
            return .string(String(decoding: bytes, as: UTF8.self))
        case .array(let elements):
            return .array(random.oneIn(2) ? elements.reversed() : elements + elements.prefix(1))
        case .object(var object):
            object["extra"] = 1
            return .object(object)
        case .bool(let flag): return .bool(!flag)
        case .null: return random.oneIn(2) ? "2026-11-22T20:00:30.000000Z" : 0
        }
    }
}
