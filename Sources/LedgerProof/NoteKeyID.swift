/// What a signature line names its key by: the name, and four bytes of a hash over name and key.
///
/// Four bytes are a hint, not a proof: they find the key whose signature is then checked. Names are compared
/// as bytes, never normalised.
public struct NoteKeyID: Sendable {
    /// Not empty; no white space, no control character, no `+`.
    public let name: String
    public let hash: UInt32

    /// - Returns: nil if `name` is not in its form.
    init?(name: String, hash: UInt32) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.hash = hash
    }

    /// SHA-256(name ‖ 0x0A ‖ type ‖ key), the first four bytes (C2SP signed-note).
    static func hash(name: String, type: UInt8, key: [UInt8]) -> UInt32 {
        Self.prefix(of: Hash.sha256([UInt8](name.utf8) + [0x0A, type] + key).bytes)
    }

    /// The first four of `bytes`, big-endian.
    static func prefix(of bytes: some Collection<UInt8>) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace
            }
    }

    var hashBytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> UInt32($0)) }
    }
}

extension NoteKeyID: Hashable {
    public static func == (left: NoteKeyID, right: NoteKeyID) -> Bool {
        left.hash == right.hash && left.name.utf8.elementsEqual(right.name.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

extension NoteKeyID: CustomStringConvertible {
    /// `name+hash`, as keys begin in text.
    public var description: String { "\(name)+\(hashBytes.lowercaseHex)" }
}
