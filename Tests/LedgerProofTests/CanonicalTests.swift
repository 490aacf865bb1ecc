import LedgerProof
import LedgerTesting
import Testing

@Suite struct CanonicalTests {
    private func value(_ text: String) throws -> JSONValue { try JSONValue(canonical: Array(text.utf8)) }

    @Test(arguments: [
        "null", "true", "false", "0", "1", "-1", "10", "9007199254740991", "-9007199254740991", "\"\"", "[]",
        "{}",
        #"{"a":1}"#, #"{"a":1,"b":2}"#, #"{"A":1,"a":2}"#, #"{"a":1,"aa":2}"#, #"{"!":1,"~":2}"#,
        #"[1,[2,[3]],{"a":[]}]"#,
        #""\"\\\b\f\n\r\t""#, #""\u0000\u0001\u001f""#,
        "\"/\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
        "\"e\u{301}\"", "\"\u{E9}\"", #"{"\"":1,"\\":2}"#,
        "{\"" + String(repeating: "n", count: 128) + "\":1}",
    ])
    func canonicalTextComesBackAsItWas(text: String) throws {
        #expect(try value(text).canonicalBytes == Array(text.utf8))
    }

    /// One text or more for each rule of the grammar that is broken.
    @Test(arguments: [
        ("", CanonicalFault.Reason.unexpectedByte), (" 1", .unexpectedByte), ("1 ", .trailingBytes),
        ("1\n", .trailingBytes), ("[1, 2]", .unexpectedByte), ("[1,]", .unexpectedByte),
        ("[,1]", .unexpectedByte),
        ("[1", .unexpectedByte), ("[", .unexpectedByte), ("{", .unexpectedByte), (#"{"a""#, .unexpectedByte),
        (#"{"a":"#, .unexpectedByte), (#"{"a":1"#, .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte),
        (#"{"a" :1}"#, .unexpectedByte), (#"{"a": 1}"#, .unexpectedByte), (#"{a:1}"#, .unexpectedByte),
        (#"{"b":1,"a":2}"#, .namesNotAscending), (#"{"a":1,"a":2}"#, .namesNotAscending),
        (#"{"aa":1,"a":2}"#, .namesNotAscending), (#"{"\\":1,"\"":2}"#, .namesNotAscending),
        (#"{"":1}"#, .badName), (#"{"a b":1}"#, .badName), ("{\"\u{E9}\":1}", .badName),
        (#"{"\n":1}"#, .badName),
        (#"{"\u0001":1}"#, .badName), ("{\"\u{7F}\":1}", .badName),
        ("{\"" + String(repeating: "n", count: 129) + "\":1}", .badName),
        ("01", .trailingBytes), ("-0", .badNumber), ("+1", .unexpectedByte), ("-", .unexpectedByte),
        ("1.0", .trailingBytes), ("1e3", .trailingBytes), ("9007199254740992", .badNumber),
        ("-9007199254740992", .badNumber), ("99999999999999999999999", .badNumber), ("NaN", .unexpectedByte),
        ("True", .unexpectedByte), ("nul", .unexpectedByte), ("truex", .trailingBytes),
        ("'a'", .unexpectedByte),
        ("\"", .unexpectedEnd), ("\"a", .unexpectedEnd), ("\"\\", .badEscape), ("\"\\\"", .unexpectedEnd),
        ("\"\u{1}\"", .badEscape), ("\"\t\"", .badEscape), (#""\/""#, .badEscape), (#""\a""#, .badEscape),
        (#""\u0009""#, .badEscape), (#""\u000a""#, .badEscape), (#""\u0008""#, .badEscape),
        (#""\u000c""#, .badEscape),
        (#""\u000d""#, .badEscape), (#""\u001F""#, .badEscape), (#""\u0020""#, .badEscape),
        (#""\u0041""#, .badEscape), (#""\u00"#, .badEscape), (#""\ud83d\ude00""#, .unexpectedByte),
        (#""\u2028""#, .unexpectedByte),
    ])
    func textThatBreaksARuleIsRefused(text: String, reason: CanonicalFault.Reason) {
        let fault = #expect(throws: CanonicalFault.self) { try value(text) }
        #expect(fault?.reason == reason, "\(text)")
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF],
            [0xE0, 0xA0],
            [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xF1, 0x80, 0x41, 0x80],
        ] as [[UInt8]])
    func bytesThatAreNotUnicodeAreRefused(bytes: [UInt8]) {
        for padding in 0..<9 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: padding) + bytes + [0x22]
            let fault = #expect(throws: CanonicalFault.self) { try JSONValue(canonical: text) }
            #expect(fault?.reason == .badUTF8)
        }
    }

    @Test func thereAreAtMost32Levels() throws {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let inner = open == "[" ? "" : "1"
            let deepest = String(repeating: open, count: 32) + inner + String(repeating: close, count: 32)
            #expect(try value(deepest).canonicalBytes == Array(deepest.utf8))
            let fault = #expect(throws: CanonicalFault.self) { try value(open + deepest + close) }
            #expect(fault?.reason == .tooDeep)
        }
    }

    /// Whatever the value, its text is accepted, gives the value again, and no other text is near it.
    @Test func randomValuesSurviveTheirText() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = Self.randomValue(&random, depth: 0)
            let bytes = value.canonicalBytes
            #expect(try JSONValue(canonical: bytes) == value, "seed \(seed)")
            for offset in bytes.indices.shuffled(using: &random).prefix(20) {
                var damaged = bytes
                damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                // Refused, or another value with exactly that text.
                guard let other = try? JSONValue(canonical: damaged) else { continue }
                #expect(other != value && other.canonicalBytes == damaged, "seed \(seed)")
            }
        }
    }

    private static func randomValue(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2, 3: return .integer(Int64.random(in: -(1 << 53) + 1..<(1 << 53), using: &random))
        case 4: return .string(randomText(&random))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(&random, depth: depth + 1)
                })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                let name =
                    String(UnicodeScalar(UInt8.random(in: 0x21...0x7E, using: &random))) + ["", "a", "\\"]
                    .randomElement(using: &random)!
                object[name] = randomValue(&random, depth: depth + 1)
            }
            return .object(object)
        }
    }

    private static func randomText(_ random: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<24, using: &random) {
            let limit: UInt32 = [0x20, 0x80, 0x800, 0x11_0000].randomElement(using: &random)!
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
