/// Forms of the names that a pipeline file makes up.
public enum NameRules {
    /// `[A-Za-z0-9_][A-Za-z0-9_-]{0,63}`: stages, gates, roles, targets.
    public static func isPlain(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// A person: `[a-z0-9][a-z0-9._-]{0,63}`.
    public static func isPerson(_ text: String) -> Bool {
        func isInner(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard let first = text.utf8.first, (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isInner)
        else {
            return false
        }
        return ![UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(first)
    }

    /// `<n>(m|h|d)` in microseconds; nil for anything else, for 0, and for more than 100 years.
    public static func duration(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 10,
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }), text.first != "0",
            let count = Int64(text.dropLast()), count * unit <= 36_525 * 86_400
        else { return nil }
        return count * unit * 1_000_000
    }
}
