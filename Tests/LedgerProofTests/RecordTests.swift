import LedgerProof
import LedgerTesting
import Testing

@Suite struct RecordTests {
    private static let golden = Array(
        (#"{"actor":"person:alice","cause":44,"id":"0199f3c2-7a40-7c11-9c3e-2f6d0a1b5c77","#
            + #""index":57,"prev":""#
            + String(repeating: "0a", count: 32)
            + #"","revision":7,"stream":"release/autocli/v0.1.0","time":"2026-11-22T20:33:15.123456Z","#
            + #""type":"gate.approved","v":1,"what":{"comment":"\"gut\" \u0001 é","files":[{"size":1}]}}"#)
            .utf8)

    private static let draft = RecordDraft(
        actor: Actor("person:alice")!, cause: LogIndex(44),
        id: EventID("0199f3c2-7a40-7c11-9c3e-2f6d0a1b5c77")!,
        stream: StreamName("release/autocli/v0.1.0")!, type: EventType("gate.approved")!,
        what: ["files": [["size": 1]], "comment": "\"gut\" \u{1} é"])

    private static let previous = Hash(bytes: [UInt8](repeating: 10, count: 32))!

    private func links(_ bytes: [UInt8]) -> RecordLinks? {
        bytes.withUnsafeBytes { try? RecordLinks(scanning: $0) }
    }

    @Test func aLinkedDraftIsTheGoldenRecord() throws {
        let time = Timestamp("2026-11-22T20:33:15.123456Z")!
        let bytes = Self.draft.linked(index: LogIndex(57), previous: Self.previous, revision: 7, time: time)

        #expect(bytes == Self.golden)
        let record = try Record(bytes)
        #expect(Self.draft.isSame(as: record))
        #expect(record.index == LogIndex(57) && record.revision == 7 && record.time == time)
        #expect(record.previous == Self.previous && record.leaf == Hash.leaf(Self.golden))
        #expect(record.what == ["files": [["size": 1]], "comment": "\"gut\" \u{1} é"])
        #expect(links(bytes) == links(Self.golden))
    }

    @Test func draftsOfEveryFormComeBack() throws {
        for (number, draft) in EventGenerator(seed: 3).prefix(200).enumerated() {
            let bytes = draft.linked(
                index: LogIndex(number), previous: Hash.sha256([UInt8(number)]), revision: number + 1,
                time: Timestamp(microsecondsSince1970: Int64(number) * 1_234_567_891_011))
            let record = try Record(bytes)
            #expect(draft.isSame(as: record) && record.bytes == bytes)
            #expect(links(bytes)?.index == record.index && links(bytes)?.previous == record.previous)
        }
    }

    /// Each member with a value that its form does not allow, and the members in other ways wrong.
    @Test(arguments: [
        (#""person:alice""#, #""person""#), (#""person:alice""#, "1"), (#""cause":44"#, #""cause":57"#),
        (#""cause":44"#, #""cause":-1"#), (#""cause":44"#, #""cause":"44""#),
        (#""cause":44"#, #""cause":nulL"#),
        ("5c77", "5C77"), ("5c77\"", "5c7\""), (#""index":57"#, #""index":-57"#),
        (#""index":57"#, #""index":057"#),
        (#""index":57"#, #""index":"57""#), ("0a0a\"", "0a0A\""), ("0a0a\"", "0a0\""), ("0a0a\"", "0a0a0a\""),
        (#""revision":7"#, #""revision":0"#), (#""revision":7"#, #""revision":-7"#),
        (#""revision":7"#, #""revision":7.0"#),
        ("release/autocli", "Release/autocli"), ("release/autocli/v0.1.0", "release/autocli"),
        ("20:33:15", "24:33:15"), (".123456Z", ".12345Z"), ("gate.approved", "gate"),
        ("gate.approved", "Gate.approved"),
        (#""v":1"#, #""v":0"#), (#""v":1"#, #""v":null"#), (#""what":{"#, #""what":[{"#),
        (#"{"size":1}"#, #"{"size":01}"#),
        (#""actor""#, #""Actor""#), (#","v":1"#, ""), (#","v":1"#, #","u":1,"v":1"#), (#""cause":44,"#, ""),
        (#"}]}}"#, #"}]},"x":1}"#), (#"}]}}"#, #"}]}} "#), (#"}]}}"#, #"}]}"#), (#"{"actor"#, #" {"actor"#),
        (#""what":{"comment":"#, #""what":{"a":1,"a":1,"comment":"#), (#"\u0001"#, "\u{1}"),
        (#"\u0001"#, #"\u0041"#),
    ])
    func aRecordThatBreaksARuleIsRefused(part: String, replacement: String) {
        let text = String(decoding: Self.golden, as: UTF8.self)
        let changed = Self.replacing(part, in: text, by: replacement)
        #expect(changed != text)
        #expect(throws: RecordFault.self) { try Record(Array(changed.utf8)) }
    }

    private static func replacing(_ part: String, in text: String, by replacement: String) -> String {
        guard let range = text.firstRange(of: part) else { return text }
        return text[..<range.lowerBound] + replacement + text[range.upperBound...]
    }

    /// Every byte at every place of `prev`: only the 16 digits are taken, each for what it says.
    @Test func onlyLowerCaseHexIsAHash() throws {
        let start = try #require(Self.golden.firstRange(of: Array("\"prev\":\"".utf8))).upperBound
        for place in [0, 1, 7, 8, 31, 62, 63] {
            for byte in UInt8.min...UInt8.max {
                var bytes = Self.golden
                bytes[start + place] = byte
                let text = bytes[start..<(start + 64)]
                let expected = [UInt8](lowercaseHex: String(decoding: text, as: UTF8.self)).flatMap {
                    Hash(bytes: $0)
                }
                #expect(links(bytes)?.previous == expected, "\(byte) at \(place)")
            }
        }
    }

    /// Every byte at every place of `id`.
    @Test func onlyALowerCaseUUIDIsAnID() throws {
        let start = try #require(Self.golden.firstRange(of: Array("\"id\":\"".utf8))).upperBound
        for place in 0..<36 {
            for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\"") {
                var bytes = Self.golden
                bytes[start + place] = byte
                let expected = EventID(String(decoding: bytes[start..<(start + 36)], as: UTF8.self))
                let found = bytes.withUnsafeBytes { try? RecordView(scanning: $0).id }
                #expect(found == expected, "\(byte) at \(place)")
            }
        }
    }

    @Test func anyBytesAreSafeToAsk() {
        for offset in Self.golden.indices {
            _ = links(Array(Self.golden.prefix(offset)))
            #expect(throws: RecordFault.self) { try Record(Array(Self.golden.prefix(offset))) }
            for bit in 0..<8 {
                var bytes = Self.golden
                bytes[offset] ^= 1 << bit
                // What is accepted is another record, and says so in its hash; links never differ from the
                // record's.
                guard let record = try? Record(bytes) else { continue }
                #expect(record.leaf != Hash.leaf(Self.golden))
                #expect(links(bytes)?.index == record.index && links(bytes)?.previous == record.previous)
            }
        }
    }

    @Test func randomBytesAreSafeToAsk() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        let parts = [
            Self.golden, Array("{\"actor\":\"".utf8), Array("\",\"cause\":null,\"id\":\"".utf8), [0x22],
            [0xFF, 0xC0], Array("\\u00".utf8),
        ]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let part = parts.randomElement(using: &random)!
                bytes += part.prefix(Int.random(in: 0...part.count, using: &random))
            }
            let record = try? Record(bytes)
            let found = links(bytes)
            if let record { #expect(found?.index == record.index, "seed \(seed)") }
        }
    }

    @Test func thereAreAtMost65535Bytes() throws {
        func bytes(_ padding: Int) -> [UInt8] {
            RecordDraft(
                actor: .ledger, cause: nil, id: Self.draft.id, stream: .ledger, type: EventType("a.b")!,
                what: ["p": .string(String(repeating: "x", count: padding))]
            ).linked(
                index: LogIndex(0), previous: Self.previous, revision: 1, time: Timestamp.writable.lowerBound)
        }
        let room = RecordView.maximumByteCount - bytes(0).count
        #expect(try Record(bytes(room)).bytes.count == 65_535)
        #expect(links(bytes(room)) != nil && links(bytes(room + 1)) == nil)
        let fault = #expect(throws: RecordFault.self) { try Record(bytes(room + 1)) }
        #expect(fault == .tooLarge(byteCount: 65_536))
    }

    /// The record is level 1, `what` level 2.
    @Test func thereAreAtMost32Levels() {
        func bytes(_ levels: Int) -> [UInt8] {
            var value: JSONValue = [:]
            for _ in 2..<levels { value = .array([value]) }
            return RecordDraft(
                actor: .ledger, cause: nil, id: Self.draft.id, stream: .ledger, type: EventType("a.b")!,
                what: ["a": value]
            ).linked(
                index: LogIndex(0), previous: Self.previous, revision: 1, time: Timestamp.writable.lowerBound)
        }
        #expect((try? Record(bytes(31))) != nil)
        #expect((try? Record(bytes(32))) == nil)
    }
}
