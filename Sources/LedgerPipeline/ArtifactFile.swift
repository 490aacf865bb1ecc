public import LedgerProof

/// One file of the artifact: `{"name","sha256","size"}` in records (`FORMAT.md` §5).
public struct ArtifactFile: Hashable, Sendable {
    /// `[A-Za-z0-9_][A-Za-z0-9._+!-]{0,127}`.
    public let name: String
    public let digest: Hash
    /// Bytes.
    public let size: Int

    /// - Returns: nil if `name` is not a file name or `size` is negative.
    public init?(name: String, digest: Hash, size: Int) {
        guard Self.isName(name), size >= 0, size <= 1 << 53 - 1 else { return nil }
        self.name = name
        self.digest = digest
        self.size = size
    }

    public init?(json: JSONValue) {
        guard let object = json.object, object.count == 3, let name = object["name"]?.string,
            let digest = object["sha256"]?.string.flatMap({ Hash(hex: $0) }),
            let size = object["size"]?.integer
        else { return nil }
        self.init(name: name, digest: digest, size: Int(size))
    }

    public var json: JSONValue {
        ["name": .string(name), "sha256": .string(digest.hex), "size": .integer(Int64(size))]
    }

    /// Names of files and of evidence. `FORMAT.md` §2.
    public static func isName(_ text: String) -> Bool {
        func isInner(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "+"),
                UInt8(ascii: "!"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let bytes = text.utf8
        guard let first = bytes.first, (1...128).contains(bytes.count), bytes.allSatisfy(isInner) else {
            return false
        }
        return ![UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "!"), UInt8(ascii: "-")].contains(first)
    }
}

extension [ArtifactFile] {
    /// A list as records hold it: sorted by name, no name twice.
    ///
    /// - Returns: nil if `json` is not such a list.
    public init?(json: JSONValue?) {
        guard let elements = json?.array else { return nil }
        self = []
        for element in elements {
            guard let file = ArtifactFile(json: element) else { return nil }
            if let last, !last.name.utf8.lexicographicallyPrecedes(file.name.utf8) { return nil }
            append(file)
        }
    }

    public var sortedByName: [ArtifactFile] {
        sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    public var json: JSONValue { .array(map(\.json)) }
}
