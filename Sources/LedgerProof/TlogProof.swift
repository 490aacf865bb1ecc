/// An inclusion proof that stands alone: C2SP `tlog-proof`, version 1.
///
/// ```
/// c2sp.org/tlog-proof@v1
/// [ extra <base64> ]          not covered by the proof; refused here
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

    /// - Returns: nil unless `bytes` are exactly such a file.
    public init?(parsing bytes: [UInt8]) {
        let text = bytes.prefix(1 << 20)
        guard text.count == bytes.count else { return nil }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        func take() -> String? { lines.popFirst().map { String(decoding: $0, as: UTF8.self) } }
        guard take() == Self.header, let indexLine = take(), indexLine.hasPrefix("index "),
            let index = Int(indexLine.dropFirst(6)), index >= 0, String(index) == indexLine.dropFirst(6)
        else { return nil }
        var hashes: [Hash] = []
        while let line = take(), !line.isEmpty {
            guard hashes.count < 64, let hash = [UInt8](base64: line).flatMap({ Hash(bytes: $0) }) else {
                return nil
            }
            hashes.append(hash)
        }
        guard let first = lines.first, let note = try? SignedNote(parsing: text[first.startIndex...]) else {
            return nil
        }
        self.init(index: LogIndex(index), hashes: hashes, checkpoint: note)
    }

    public var bytes: [UInt8] {
        var text = "\(Self.header)\nindex \(index)\n"
        for hash in hashes { text += hash.bytes.base64 + "\n" }
        return Array((text + "\n").utf8) + checkpoint.bytes
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
