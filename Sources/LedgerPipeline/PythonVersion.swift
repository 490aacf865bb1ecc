/// A version as PEP 440 reads it, for comparing: `1.0` is `1.0.0`, `v1.0-RC.1` is `1.0rc1`.
///
/// ```
/// version = ["v"] [epoch "!"] release [pre] [post] [dev] ["+" local]
/// ```
///
/// As in PEP 440, appendix B, in ASCII of any case. Local versions are refused, because indexes refuse them.
public struct PythonVersion: Hashable, Sendable {
    /// Without trailing zeros.
    private let release: [String]
    private let epoch: String
    private let suffix: String
    /// Normalised as PEP 440 writes it, trailing zeros kept.
    public let normalized: String

    /// - Returns: nil if `text` is no public version.
    public init?(_ text: some StringProtocol) {
        var reader = Reader(Array(text.lowercased().utf8))
        guard text.utf8.count <= 128, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        _ = reader.take("v")
        guard var first = reader.number() else { return nil }
        var epoch = "0"
        if reader.take("!") {
            epoch = first
            guard let number = reader.number() else { return nil }
            first = number
        }
        var release = [first]
        while reader.peek("."), let next = reader.numberAfterDot() { release.append(next) }
        guard let suffix = reader.suffixes(), reader.isAtEnd else { return nil }
        normalized = (epoch == "0" ? "" : epoch + "!") + release.joined(separator: ".") + suffix
        while release.count > 1, release.last == "0" { release.removeLast() }
        self.release = release
        self.epoch = epoch
        self.suffix = suffix
    }

    public static func == (left: PythonVersion, right: PythonVersion) -> Bool {
        left.epoch == right.epoch && left.release == right.release && left.suffix == right.suffix
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(release)
        hasher.combine(suffix)
    }
}

/// Reads the parts of a version in lower case.
private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    func peek(_ byte: UnicodeScalar) -> Bool {
        position < bytes.count && bytes[position] == UInt8(ascii: byte)
    }

    mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    /// Digits without leading zeros; nil if there are none.
    mutating func number() -> String? {
        let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        position += digits.count
        let shortest = digits.drop { $0 == UInt8(ascii: "0") }
        return shortest.isEmpty ? "0" : String(decoding: shortest, as: UTF8.self)
    }

    mutating func numberAfterDot() -> String? {
        let start = position
        position += 1
        if let number = number() { return number }
        position = start
        return nil
    }

    private mutating func separator() -> Bool { take(".") || take("-") || take("_") }

    /// `sep? word sep? number?`; the number is 0 where it is not written.
    private mutating func part(_ words: [String]) -> String? {
        let start = position
        _ = separator()
        for word in words where take(word) {
            let afterWord = position
            _ = separator()
            if let number = number() { return number }
            position = afterWord
            return "0"
        }
        position = start
        return nil
    }

    mutating func suffixes() -> String? {
        var suffix = ""
        for (words, canonical) in [
            (["alpha", "a"], "a"), (["beta", "b"], "b"), (["preview", "pre", "rc", "c"], "rc"),
        ] {
            if let number = part(words) {
                suffix += canonical + number
                break
            }
        }
        let start = position
        if take("-"), let number = number() {
            suffix += ".post" + number
        } else {
            position = start
            if let number = part(["post", "rev", "r"]) { suffix += ".post" + number }
        }
        if let number = part(["dev"]) { suffix += ".dev" + number }
        return suffix
    }
}

/// PEP 503: runs of `-`, `_` and `.` become one `-`, in lower case.
public enum ProjectName {
    /// - Returns: nil unless `name` is a valid project name (letters, digits, `.`, `_`, `-`; letters or
    ///   digits at the ends).
    public static func normalized(_ name: String) -> String? {
        let bytes = Array(name.lowercased().utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last),
            bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
        else { return nil }
        var result: [UInt8] = []
        for byte in bytes {
            let isAlphanumeric = isAlphanumeric(byte)
            if isAlphanumeric { result.append(byte) } else if result.last != 0x2D { result.append(0x2D) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
