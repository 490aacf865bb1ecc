import LedgerProof
import LedgerTesting
import Testing

@Suite struct NamesTests {
    private static func times(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    @Test(arguments: ["person:alice", "a:b", "executor:A-Z_a.z+0@9/x", "github:" + times("n", 128)])
    func actors(text: String) { #expect(Actor(text)?.text == text) }

    @Test(arguments: [
        "", ":", "a:", ":b", "ab", "A:b", "a1:b", "a-b:c", "a:b c", "a:b:c", "a:é", "a:b\n", "a:b,c",
        "a:" + times("n", 129),
    ])
    func notActors(text: String) { #expect(Actor(text) == nil) }

    @Test(arguments: [
        "ledger", "roster", "pipeline/a", "pipeline/python-package", "pipeline/0-1-a", "release/a/1",
        "release/autocli/v0.1.0", "release/a-b/V1.0_x+y-z", "release/a/" + times("1", 245),
    ])
    func streams(text: String) {
        #expect(StreamName(text)?.text == text)
        #expect(StreamName(text)?.isRelease == text.hasPrefix("release/"))
    }

    @Test(arguments: [
        "", "Ledger", "ledgers", "ledger/", "roster/a", "pipeline", "pipeline/", "pipeline/A", "pipeline/a_b",
        "pipeline/-a", "pipeline/a-", "pipeline/a--b", "pipeline/a/b", "release", "release/", "release/a",
        "release/a/",
        "release//1", "release/A/1", "release/a/.1", "release/a/-1", "release/a/1/2", "release/a/1@2",
        "release/a/1 2",
        "release/a/é", "other/a", "/ledger", "release/a/" + times("1", 246),
    ])
    func notStreams(text: String) { #expect(StreamName(text) == nil) }

    @Test func streamsAreMadeFromParts() {
        #expect(StreamName.release("autocli", tag: "v1")?.subject == "autocli/v1")
        #expect(StreamName.pipeline("python")?.subject == "python")
        #expect(StreamName.release("Auto", tag: "v1") == nil)
        #expect(StreamName.release("a", tag: "v/1") == nil)
        #expect(StreamName.pipeline("a/b") == nil)
    }

    @Test(arguments: ["tag.pushed", "a.b", "-.-", "gate-x.re-opened"])
    func eventTypes(text: String) { #expect(EventType(text)?.text == text) }

    @Test(arguments: ["", ".", "a.", ".b", "ab", "a.b.c", "A.b", "a.B", "a1.b", "a_b.c", "a .b", "a.é"])
    func notEventTypes(text: String) { #expect(EventType(text) == nil) }

    @Test(arguments: [
        "a", "ledger.example", "ledger.example/autocli", "a-b.c/D_e.f-1/2", "0", times("a", 128),
    ])
    func origins(text: String) {
        #expect(Origin(text)?.text == text)
        #expect(Origin(text)?.seed == Hash.sha256(Array(text.utf8)))
    }

    @Test(arguments: ["", "A", "a_b", "a/", "/a", "a//b", "a b", "a/é", "a\n", "a+b", times("a", 129)])
    func notOrigins(text: String) { #expect(Origin(text) == nil) }

    @Test(arguments: ["00000000-0000-0000-0000-000000000000", "0199f3c2-7a40-7c11-9c3e-2f6d0a1b5c77"])
    func eventIDs(text: String) throws {
        let id = try #require(EventID(text))
        #expect(id.text == text)
        #expect(EventID(bytes: id.bytes) == id)
    }

    @Test(arguments: [
        "", "0199F3C2-7a40-7c11-9c3e-2f6d0a1b5c77", "0199f3c27a407c119c3e2f6d0a1b5c77",
        "0199f3c2-7a40-7c11-9c3e-2f6d0a1b5c7", "0199f3c2-7a40-7c11-9c3e-2f6d0a1b5c777",
        "0199f3c2-7a40-7c11-9c3e2-f6d0a1b5c77", "g199f3c2-7a40-7c11-9c3e-2f6d0a1b5c77",
        "0199f3c2_7a40_7c11_9c3e_2f6d0a1b5c77",
    ])
    func notEventIDs(text: String) { #expect(EventID(text) == nil) }

    @Test func newIDsAreVersion7AndInOrderOfTime() {
        var random = SeededGenerator(seed: 1)
        var last = EventID(bytes: [UInt8](repeating: 0, count: 16))!
        for millisecond: Int64 in 0..<300 {
            let time = Timestamp(microsecondsSince1970: (1_790_000_000_000 + millisecond * 7919) * 1000)
            let id = EventID.make(at: time, using: &random)
            #expect(id.bytes[6] >> 4 == 7 && id.bytes[8] >> 6 == 2)
            #expect(last.bytes.lexicographicallyPrecedes(id.bytes))
            last = id
        }
    }

    @Test func onlySixteenBytesAreAnID() {
        for count in 0...40 where count != 16 {
            #expect(EventID(bytes: [UInt8](repeating: 0, count: count)) == nil)
        }
    }
}
