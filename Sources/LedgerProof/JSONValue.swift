/// A JSON value as records hold them: integers only, strings compared as bytes.
///
/// Encoding gives the canonical form (RFC 8785 as narrowed by `FORMAT.md` §1); decoding accepts nothing else.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object. Names are unique; their order is that of the encoding.
public struct JSONObject: Hashable, Sendable {
    private var members: [String: JSONValue]

    public init(_ members: [String: JSONValue] = [:]) { self.members = members }

    public subscript(name: String) -> JSONValue? {
        get { members[name] }
        set { members[name] = newValue }
    }

    public var count: Int { members.count }

    /// Ascending.
    public var names: [String] { members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    public func removing(_ names: String...) -> JSONObject {
        JSONObject(members.filter { !names.contains($0.key) })
    }

    public func merging(_ other: JSONObject) -> JSONObject {
        JSONObject(members.merging(other.members) { _, new in new })
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = Dictionary(uniqueKeysWithValues: elements)
    }
}

extension JSONValue: Hashable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        // As bytes: Swift's own == holds "é" and "e\u{301}" for the same.
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .string(let value): for byte in value.utf8 { hasher.combine(byte) }
        case .array(let values): hasher.combine(values)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(Dictionary(uniqueKeysWithValues: elements)))
    }
}

extension JSONValue {
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }
}

// MARK: - Canonical form

extension JSONObject {
    /// - Throws: ``CanonicalFault`` unless `bytes` are one object in canonical form and nothing else.
    public init(canonical bytes: some Collection<UInt8>) throws(CanonicalFault) {
        guard case .object(let object) = try JSONValue(canonical: bytes) else {
            throw CanonicalFault(reason: .unexpectedByte, offset: 0)
        }
        self = object
    }

    public var canonicalBytes: [UInt8] { JSONValue.object(self).canonicalBytes }
}

extension JSONValue {
    /// - Throws: ``CanonicalFault`` unless `bytes` are one value in canonical form and nothing else.
    public init(canonical bytes: some Collection<UInt8>) throws(CanonicalFault) {
        let copy = [UInt8](bytes)
        let result = copy.withUnsafeBufferPointer { buffer -> Result<JSONValue, CanonicalFault> in
            do throws(CanonicalFault) {
                var scanner = CanonicalScanner(buffer)
                let value = try JSONValue(from: &scanner, depth: 1)
                guard scanner.position == scanner.end else { throw scanner.fault(.trailingBytes) }
                return .success(value)
            } catch { return .failure(error) }
        }
        self = try result.get()
    }

    init(from scanner: inout CanonicalScanner, depth: Int) throws(CanonicalFault) {
        switch scanner.peek() {
        case UInt8(ascii: "\""): self = .string(scanner.text(try scanner.string()))
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try scanner.object(depth: depth) { scanner, name throws(CanonicalFault) in
                members[scanner.text(name)] = try JSONValue(from: &scanner, depth: depth + 1)
            }
            self = .object(JSONObject(members))
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.array(depth: depth) { scanner throws(CanonicalFault) in
                elements.append(try JSONValue(from: &scanner, depth: depth + 1))
            }
            self = .array(elements)
        case UInt8(ascii: "t"):
            try scanner.expect("true")
            self = .bool(true)
        case UInt8(ascii: "f"):
            try scanner.expect("false")
            self = .bool(false)
        case UInt8(ascii: "n"):
            try scanner.expect("null")
            self = .null
        default: self = .integer(try scanner.integer())
        }
    }

    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        appendCanonical(to: &bytes)
        return bytes
    }

    public func appendCanonical(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .string(let value): bytes.appendCanonicalString(value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                element.appendCanonical(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (position, name) in object.names.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.appendCanonicalString(name)
                bytes.append(UInt8(ascii: ":"))
                object[name]!.appendCanonical(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension [UInt8] {
    /// A JSON string as RFC 8785, section 3.2.2.2 writes it.
    mutating func appendCanonicalString(_ text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 8: self += #"\b"#.utf8
            case 9: self += #"\t"#.utf8
            case 10: self += #"\n"#.utf8
            case 12: self += #"\f"#.utf8
            case 13: self += #"\r"#.utf8
            case 0..<0x20: self += (#"\u00"# + [byte].lowercaseHex).utf8
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
