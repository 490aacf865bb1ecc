/// The names in a record, each with its form from `FORMAT.md` §1. A value of these types is always
/// well-formed.

/// Which bytes may stand where in a name.
enum NameBytes {
    static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }

    static func isActorName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "/"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: isAlphanumeric(byte)
        }
    }

    /// `[a-z]+:` and 1-128 of `A-Z a-z 0-9 . _ @ / + -`.
    static func isActor(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        let name = text[(colon + 1)...]
        return text[..<colon].allSatisfy(isLower) && (1...128).contains(name.count)
            && name.allSatisfy(isActorName)
    }

    /// `[a-z-]+\.[a-z-]+`.
    static func isEventType(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let dot = text.firstIndex(of: UInt8(ascii: ".")), dot > 0, dot + 1 < text.count else {
            return false
        }
        func isPart(_ byte: UInt8) -> Bool { isLower(byte) || byte == UInt8(ascii: "-") }
        return text[..<dot].allSatisfy(isPart) && text[(dot + 1)...].allSatisfy(isPart)
    }

    /// `[a-z0-9]+(-[a-z0-9]+)*`.
    static func isProject(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = text.first, first != UInt8(ascii: "-"), text.last != UInt8(ascii: "-") else {
            return false
        }
        var previous = first
        for byte in text {
            guard isLower(byte) || isDigit(byte) || byte == UInt8(ascii: "-") else { return false }
            if byte == UInt8(ascii: "-"), previous == UInt8(ascii: "-") { return false }
            previous = byte
        }
        return true
    }

    /// `[A-Za-z0-9][A-Za-z0-9._+-]*`.
    static func isTag(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first, isAlphanumeric(first) else { return false }
        return text.allSatisfy { isActorName($0) && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "/") }
    }

    /// Exactly `ledger`, `roster`, `pipeline/<name>` or `release/<project>/<tag>`, at most 255 bytes.
    static func isStream(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count <= 255 else { return false }
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else {
            return text.elementsEqual("ledger".utf8) || text.elementsEqual("roster".utf8)
        }
        let rest = text[(slash + 1)...]
        if text[..<slash].elementsEqual("pipeline".utf8) { return isProject(rest) }
        guard text[..<slash].elementsEqual("release".utf8),
            let second = rest.firstIndex(of: UInt8(ascii: "/"))
        else {
            return false
        }
        return isProject(rest[..<second]) && isTag(rest[(second + 1)...])
    }

    /// Lower-case UUID, 8-4-4-4-12.
    static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        for (offset, byte) in text.enumerated() {
            let isDash = offset == 8 || offset == 13 || offset == 18 || offset == 23
            guard isDash ? byte == UInt8(ascii: "-") : lowercaseHexValue(byte) != nil else { return false }
        }
        return true
    }

    static func check(_ text: String, _ rule: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer(rule)
    }
}

/// Who acted: `person:alice`, `executor:build`, `ledger:self`.
public struct Actor: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        guard NameBytes.check(text, NameBytes.isActor) else { return nil }
        self.text = text
    }

    public static let ledger = Actor("ledger:self")!
    public var kind: Substring { text.prefix { $0 != ":" } }
    public var name: String { String(text.drop { $0 != ":" }.dropFirst()) }
}

/// What a record is about.
public struct StreamName: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        guard NameBytes.check(text, NameBytes.isStream) else { return nil }
        self.text = text
    }

    public static let ledger = StreamName("ledger")!
    public static let roster = StreamName("roster")!

    /// - Returns: nil if `name` is not a normalised name.
    public static func pipeline(_ name: String) -> StreamName? { StreamName("pipeline/\(name)") }

    /// - Returns: nil if `project` is not a normalised name, or `tag` not a tag without a slash.
    public static func release(_ project: String, tag: String) -> StreamName? {
        StreamName("release/\(project)/\(tag)")
    }

    public var isRelease: Bool { text.hasPrefix("release/") }
    public var isPipeline: Bool { text.hasPrefix("pipeline/") }
    /// What follows `release/` or `pipeline/`.
    public var subject: String { String(text.drop { $0 != "/" }.dropFirst()) }
}

/// What kind of fact: `noun.past-tense-verb`.
public struct EventType: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        guard NameBytes.check(text, NameBytes.isEventType) else { return nil }
        self.text = text
    }
}

/// The UUID that makes an append idempotent; chosen by the caller, unique in the log.
public struct EventID: Hashable, Sendable {
    /// 16.
    public let bytes: [UInt8]

    /// - Returns: nil unless there are exactly 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// - Returns: nil unless `text` is a UUID in lower case.
    public init?(_ text: String) {
        guard NameBytes.check(text, NameBytes.isUUID) else { return nil }
        bytes = [UInt8](lowercaseHex: text.filter { $0 != "-" })!
    }

    /// - Precondition: `text` is a UUID in lower case.
    init(checked text: UnsafeRawBufferPointer) {
        // Pairs of digits, with a dash after 4, 6, 8 and 10 bytes; no string is made of them.
        let starts = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
        bytes = starts.map { lowercaseHexValue(text[$0])! << 4 | lowercaseHexValue(text[$0 + 1])! }
    }

    /// A UUID version 7 (RFC 9562, section 5.7): ordered by time, so that the index of ids grows at its end.
    public static func make(
        at time: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> EventID {
        let milliseconds = UInt64(max(0, time.microsecondsSince1970)) / 1000
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        bytes += (0..<10).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[6] = 0x70 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        return EventID(bytes: bytes)!
    }

    public var text: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(36)
        for (place, byte) in bytes.enumerated() {
            if place == 4 || place == 6 || place == 8 || place == 10 { digits.append(UInt8(ascii: "-")) }
            digits.append(RecordWriter.hexDigit(byte >> 4))
            digits.append(RecordWriter.hexDigit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// The identity of a log: its name in checkpoints, and the seed of its chain.
public struct Origin: Hashable, Sendable {
    public let text: String

    /// - Returns: nil unless `text` is `[a-z0-9.-]+(/[A-Za-z0-9._-]+)*` and at most 128 characters.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        func isHost(_ byte: UInt8) -> Bool {
            NameBytes.isLower(byte) || NameBytes.isDigit(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-")
        }
        func isPath(_ byte: UInt8) -> Bool {
            NameBytes.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-")
        }
        guard text.utf8.count <= 128, let host = parts.first, !host.isEmpty, host.utf8.allSatisfy(isHost),
            parts.dropFirst().allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isPath) })
        else { return nil }
        self.text = text
    }

    /// `prev` of the record with index 0.
    public var seed: Hash { Hash.sha256(Array(text.utf8)) }
}

extension Actor: CustomStringConvertible { public var description: String { text } }
extension StreamName: CustomStringConvertible { public var description: String { text } }
extension EventType: CustomStringConvertible { public var description: String { text } }
extension EventID: CustomStringConvertible { public var description: String { text } }
extension Origin: CustomStringConvertible { public var description: String { text } }
