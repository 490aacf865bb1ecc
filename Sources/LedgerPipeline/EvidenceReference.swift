public import LedgerProof

/// A reference to content beside the log: exactly `digest`, `media`, `name`, `size` and, if salted, `salted`.
/// `FORMAT.md` §2.
public struct EvidenceReference: Hashable, Sendable {
    public let digest: Hash
    public let media: String
    public let name: String
    /// Bytes of the content, without the salt.
    public let size: Int
    public let isSalted: Bool

    /// - Precondition: `name` is a name for evidence.
    public init(digest: Hash, media: String, name: String, size: Int, isSalted: Bool = false) {
        precondition(ArtifactFile.isName(name), "evidence has a plain name")
        self.digest = digest
        self.media = media
        self.name = name
        self.size = size
        self.isSalted = isSalted
    }

    /// - Returns: nil if `json` is not exactly a reference.
    public init?(json: JSONValue?) {
        guard let object = json?.object, let digest = object["digest"]?.string.flatMap({ Digest.parse($0) }),
            let media = object["media"]?.string, let name = object["name"]?.string, ArtifactFile.isName(name),
            let size = object["size"]?.integer, size >= 0
        else { return nil }
        isSalted = object["salted"]?.bool ?? false
        guard object.count == (isSalted ? 5 : 4) else { return nil }
        self.digest = digest
        self.media = media
        self.name = name
        self.size = Int(size)
    }

    /// Whether an object is meant as a reference: one that is not exactly in its form cannot be resolved.
    static func isMeant(_ object: JSONObject) -> Bool {
        ["digest", "media", "name", "size"].allSatisfy { object[$0] != nil }
    }

    public var json: JSONValue {
        var object: JSONObject = [
            "digest": .string(Digest.text(digest)), "media": .string(media), "name": .string(name),
            "size": .integer(Int64(size)),
        ]
        if isSalted { object["salted"] = true }
        return .object(object)
    }

    /// Every reference in a record's `what`, at any depth.
    public static func all(in object: JSONObject) -> [EvidenceReference] {
        object.names.flatMap { all(in: object[$0]!) }
    }

    /// Every object in `value` that is meant as a reference and is none.
    static func malformed(in value: JSONValue) -> Int {
        let inner = value.object.map { object in object.names.map { object[$0]! } } ?? value.array ?? []
        let isMalformed = value.object.map { isMeant($0) && EvidenceReference(json: value) == nil } ?? false
        return inner.reduce(isMalformed ? 1 : 0) { $0 + malformed(in: $1) }
    }

    private static func all(in value: JSONValue) -> [EvidenceReference] {
        if let reference = EvidenceReference(json: value) { return [reference] }
        if let object = value.object { return all(in: object) }
        return value.array?.flatMap { all(in: $0) } ?? []
    }
}

/// `sha256:<hex>`.
public enum Digest {
    public static func text(_ hash: Hash) -> String { "sha256:\(hash.hex)" }

    public static func parse(_ text: String) -> Hash? {
        guard text.hasPrefix("sha256:") else { return nil }
        return Hash(hex: text.dropFirst(7))
    }
}
