/// An inclusion proof that stands alone: C2SP `tlog-proof`, version 1.
///
/// ```
/// c2sp.org/tlog-proof@v1
/// [ extra <base64> ]          not covered by the proof
/// index <n>
/// <base64 hash>               0 or more lines, the leaf's sibling first
///
/// <checkpoint, with its signatures>
/// ```
public struct TlogProof: Hashable, Sendable {
    public let index: LogIndex
    public let hashes: [Hash]
    public let checkpoint: SignedNote

    private static let header = "c2sp.org/tlog-proof@v1"

    public init(index: LogIndex, hashes: [Hash], checkpoint: SignedNote) {
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// - Parameter droppingExtra: passes over a line of extra data, which nobody signed. A bundle's proofs
    ///   have none.
    /// - Returns: nil unless `bytes` are exactly such a file.
    public init?(parsing bytes: [UInt8], droppingExtra: Bool = false) {
        guard var lines = ProofLines(bytes), lines.take() == Self.header else { return nil }
        if droppingExtra, let line = lines.peek, line.hasPrefix("extra ") {
            guard [UInt8](base64: line.dropFirst(6)) != nil else { return nil }
            _ = lines.take()
        }
        guard let index = lines.number(after: "index "), let hashes = lines.hashes(), let note = lines.note()
        else { return nil }
        self.init(index: LogIndex(index), hashes: hashes, checkpoint: note)
    }

    public var bytes: [UInt8] {
        var text = "\(Self.header)\nindex \(index)\n"
        for hash in hashes { text += hash.bytes.base64 + "\n" }
        return Array((text + "\n").utf8) + checkpoint.bytes
    }
}

/// That a log of a known size is the beginning of the log of a checkpoint, as a file: the body of
/// `add-checkpoint` in C2SP `tlog-witness`, so a witness takes it as it is.
///
/// ```
/// old <size>
/// <base64 hash>               0 or more lines, as RFC 6962, section 2.1.2 orders them
///
/// <checkpoint, with its signatures>
/// ```
public struct ConsistencyProof: Hashable, Sendable {
    public let old: TreeSize
    public let hashes: [Hash]
    public let checkpoint: SignedNote

    public init(old: TreeSize, hashes: [Hash], checkpoint: SignedNote) {
        self.old = old
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// - Returns: nil unless `bytes` are exactly such a file.
    public init?(parsing bytes: [UInt8]) {
        guard var lines = ProofLines(bytes), let old = lines.number(after: "old "),
            let hashes = lines.hashes(), let note = lines.note()
        else { return nil }
        self.init(old: TreeSize(old), hashes: hashes, checkpoint: note)
    }

    public var bytes: [UInt8] {
        SeenProof(size: old, hashes: hashes).bytes + [UInt8(ascii: "\n")] + checkpoint.bytes
    }
}

/// The consistency proof of a size that a signer saw, as a bundle holds it: `old <size>` and the hashes, a
/// line each.
public struct SeenProof: Hashable, Sendable {
    public let size: TreeSize
    public let hashes: [Hash]

    public init(size: TreeSize, hashes: [Hash]) {
        self.size = size
        self.hashes = hashes
    }

    /// - Returns: nil unless `bytes` are exactly such a file.
    public init?(parsing bytes: [UInt8]) {
        guard bytes.count <= 8192, bytes.last == UInt8(ascii: "\n") else { return nil }
        let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let first = lines.first, first.hasPrefix("old "), let size = Int(first.dropFirst(4)), size >= 0,
            String(size) == first.dropFirst(4)
        else { return nil }
        var hashes: [Hash] = []
        for line in lines.dropFirst() {
            guard let hash = [UInt8](base64: line).flatMap({ Hash(bytes: $0) }) else { return nil }
            hashes.append(hash)
        }
        self.init(size: TreeSize(size), hashes: hashes)
    }

    public var bytes: [UInt8] {
        Array((["old \(size)"] + hashes.map(\.bytes.base64)).joined(separator: "\n").utf8) + [
            UInt8(ascii: "\n")
        ]
    }
}

/// The lines of a proof file, from its first one to its checkpoint.
private struct ProofLines {
    /// As many as a witness takes (C2SP tlog-witness); no tree of ours needs more.
    private static let maximumHashCount = 63
    private let bytes: [UInt8]
    private var lines: ArraySlice<ArraySlice<UInt8>>

    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 1 << 20 else { return nil }
        self.bytes = bytes
        lines = bytes[...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    }

    var peek: String? { lines.first.map { String(decoding: $0, as: UTF8.self) } }

    mutating func take() -> String? {
        defer { lines = lines.dropFirst() }
        return peek
    }

    /// A number without sign or leading zeros, behind `label`.
    mutating func number(after label: String) -> Int? {
        guard let line = take(), line.hasPrefix(label), let number = Int(line.dropFirst(label.count)),
            number >= 0, String(number) == line.dropFirst(label.count)
        else { return nil }
        return number
    }

    /// Up to the empty line, which is taken too.
    mutating func hashes() -> [Hash]? {
        var hashes: [Hash] = []
        while let line = take() {
            if line.isEmpty { return hashes }
            guard hashes.count < Self.maximumHashCount,
                let hash = [UInt8](base64: line).flatMap({ Hash(bytes: $0) })
            else { return nil }
            hashes.append(hash)
        }
        return nil
    }

    /// All that is left.
    func note() -> SignedNote? {
        lines.first.flatMap { try? SignedNote(parsing: bytes[$0.startIndex...]) }
    }
}
