import LedgerProof
import Testing

@Suite struct TimestampTests {
    @Test func everyDayOfFourCenturiesIsWrittenAndReadAlike() throws {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var day: Int64 = 0
        for year in 1970...2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for month in 1...12 {
                for date in 1...(lengths[month - 1] + (month == 2 && isLeap ? 1 : 0)) {
                    let time = Timestamp(microsecondsSince1970: day * 86_400_000_000 + 86_399_999_999)
                    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
                    let text = "\(year)-\(two(month))-\(two(date))T23:59:59.999999Z"
                    if time.description != text || Timestamp(text) != time {
                        Issue.record("\(text): \(time)")
                    }
                    day += 1
                }
            }
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (-86_400_000_000, "1969-12-31T00:00:00.000000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_795_379_595_123_456, "2026-11-22T20:33:15.123456Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func knownInstants(micros: Int64, text: String) {
        #expect(Timestamp(microsecondsSince1970: micros).description == text)
        #expect(Timestamp(text)?.microsecondsSince1970 == micros)
        #expect(Timestamp.writable.contains(Timestamp(microsecondsSince1970: micros)))
    }

    @Test(arguments: [
        "", "2026-11-22T20:33:15.123456", "2026-11-22T20:33:15.12345Z", "2026-11-22T20:33:15.1234567Z",
        "2026-11-22T20:33:15Z", "2026-11-22 20:33:15.123456Z", "2026-11-22t20:33:15.123456Z",
        "2026-11-22T20:33:15.123456z",
        "2026-11-22T20:33:15,123456Z", "2026/11/22T20:33:15.123456Z", "2026-11-22T20.33.15.123456Z",
        "2026-00-22T20:33:15.123456Z", "2026-13-22T20:33:15.123456Z", "2026-11-00T20:33:15.123456Z",
        "2026-11-31T20:33:15.123456Z", "2026-02-29T20:33:15.123456Z", "1900-02-29T20:33:15.123456Z",
        "2026-11-22T24:33:15.123456Z", "2026-11-22T20:60:15.123456Z", "2026-11-22T20:33:60.123456Z",
        "+026-11-22T20:33:15.123456Z", "2026-11-22T20:33:15.12345+Z", "２026-11-22T20:33:15.123456Z",
        "2026-11-22T20:33:15.123456+00:00", "٢026-11-22T20:33:15.12345Z",
    ])
    func otherFormsAreRefused(text: String) { #expect(Timestamp(text) == nil) }

    @Test func everyCharacterCounts() {
        let text = Array("2026-11-22T20:33:15.123456Z".utf8)
        for offset in text.indices {
            for byte in UInt8.min...UInt8.max where byte != text[offset] {
                var other = text
                other[offset] = byte
                guard let found = Timestamp(String(decoding: other, as: UTF8.self)) else { continue }
                // What is still accepted is another digit.
                let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
                #expect(digits.contains(byte) && digits.contains(text[offset]))
                #expect(Array(found.description.utf8) == other)
            }
        }
    }

    @Test func addingStopsAtTheEnds() {
        let time = Timestamp(microsecondsSince1970: 5)
        #expect(time.adding(microseconds: -7).microsecondsSince1970 == -2)
        #expect(time.adding(microseconds: .max).microsecondsSince1970 == .max)
        #expect(Timestamp(microsecondsSince1970: -5).adding(microseconds: .min).microsecondsSince1970 == .min)
    }

    @Test func opensshTakesWholeSeconds() {
        #expect(Timestamp("2026-11-22T20:33:15.999999Z")?.openSSHTime == "20261122203315Z")
    }
}
