import LedgerProof
import Testing

@testable import LedgerRuntime

@Suite struct TimestampAuthorityTests {
    private static let shown = """
        Status: Granted.
        Hash Algorithm: sha256
        Message data:
            0000 - 98 ea 6e 4f 21 6f 2f b4-b6 9f ff 9b 3a 44 84 2c   ..nO!o/.....:D.,
            0010 - 38 68 6c a6 85 f3 f5 5d-c4 8c 5d 3f b1 10 7b e4   8hl....]..]?..{.
        Serial number: 0x02
        Time stamp: Nov  5 04:27:28.125 2026 GMT
        """

    @Test func theTimeIsTheSecondOfTheToken() {
        #expect(
            TimestampAuthority.time(in: Self.shown) == Timestamp("2026-11-05T04:27:28.000000Z"))
        for other in ["Time stamp: Nov 5 2026 GMT", "Time stamp: Nov 31 04:27:28 2026 GMT", "Time stamp: "] {
            #expect(TimestampAuthority.time(in: other) == nil)
        }
        #expect(TimestampAuthority.time(in: "Time stamp: Dec 31 23:59:59 2027 GMT") != nil)
        #expect(TimestampAuthority.time(in: "Time stamp: Dec 31 23:59:59 2027 CET") == nil)
    }

    @Test func theImprintIsReadWithoutItsText() {
        let digest = Hash.sha256([UInt8]("hi\n".utf8)).hex

        #expect(TimestampAuthority.imprint(in: Self.shown) == digest)
        #expect(TimestampAuthority.imprint(in: Self.shown.replacing("sha256", with: "sha512")) == nil)
        #expect(TimestampAuthority.imprint(in: Self.shown.replacing("98 ea", with: "98   ")) == nil)
    }
}
