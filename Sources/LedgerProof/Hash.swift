internal import CSHA256

/// A SHA-256 digest: 32 bytes, compared and hashed as bytes.
///
/// Source: FIPS 180-4. The words hold the bytes in memory order, so a digest is copied, never decoded.
public struct Hash: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    public static let byteCount = 32

    /// All bytes zero. Only a place to write a digest into; no record hashes to it.
    init() { words = (0, 0, 0, 0) }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        self.init()
        var count = 0
        let isWhole = withUnsafeMutableBytes(of: &words) { target in
            for byte in bytes {
                guard count < Self.byteCount else { return false }
                target[count] = byte
                count += 1
            }
            return count == Self.byteCount
        }
        guard isWhole else { return nil }
    }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(loading: bytes.baseAddress!)
    }

    /// - Precondition: `pointer` has 32 readable bytes.
    init(loading pointer: UnsafeRawPointer) {
        words = (
            pointer.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            pointer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    /// - Returns: nil unless there are exactly 64 lower-case hex digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = [UInt8](lowercaseHex: hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// The first eight bytes, as a number.
    public var firstWord: UInt64 { UInt64(bigEndian: words.0) }

    public static func == (left: Hash, right: Hash) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1
            && left.words.2 == right.words.2 && left.words.3 == right.words.3
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// Runs `body` on the 32 bytes.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// Calls `body` with 32 writable bytes, and returns the hash that it wrote.
    static func writing(_ body: (UnsafeMutablePointer<UInt8>) -> Void) -> Hash {
        var hash = Hash()
        Swift.withUnsafeMutableBytes(of: &hash.words) {
            body($0.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
        return hash
    }

    public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
    public var hex: String { withUnsafeBytes { $0.lowercaseHex } }
}

extension Hash {
    /// SHA-256 of `bytes`.
    public static func sha256(_ bytes: some Collection<UInt8>) -> Hash {
        if let hash = bytes.withContiguousStorageIfAvailable({ sha256(UnsafeRawBufferPointer($0)) }) {
            return hash
        }
        return sha256([UInt8](bytes))
    }

    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> Hash {
        writing { csha256(bytes.bytePointer, bytes.count, $0) }
    }

    /// SHA-256(0x00 ‖ record): the chain's link and the Merkle leaf. `FORMAT.md` §1; RFC 6962, section 2.1.
    public static func leaf(_ record: UnsafeRawBufferPointer) -> Hash {
        writing { csha256_leaf(record.bytePointer, record.count, $0) }
    }

    public static func leaf(_ record: some Collection<UInt8>) -> Hash {
        if let hash = record.withContiguousStorageIfAvailable({ leaf(UnsafeRawBufferPointer($0)) }) {
            return hash
        }
        return leaf([UInt8](record))
    }

    /// Two leaves side by side: about 1.5 times as fast as one after the other where there are SHA
    /// instructions.
    public static func leaves(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> (
        Hash, Hash
    ) {
        var other = Hash()
        let hash = writing { target in
            other = writing {
                csha256_leaf_pair(
                    first.bytePointer, first.count, second.bytePointer, second.count, target, $0)
            }
        }
        return (hash, other)
    }

    /// SHA-256(0x01 ‖ left ‖ right). RFC 6962, section 2.1.
    public static func node(_ left: Hash, _ right: Hash) -> Hash {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                writing { csha256_node(left.bytePointer!, right.bytePointer!, $0) }
            }
        }
    }

    /// The root over 2^n hashes that lie side by side, 32 bytes each. They are used up.
    ///
    /// - Precondition: there are 2^n of them.
    public static func root(consuming hashes: UnsafeMutableRawBufferPointer) -> Hash {
        var count = hashes.count / byteCount
        precondition(
            count.nonzeroBitCount == 1 && hashes.count % byteCount == 0, "a full subtree has 2^n leaves")
        let bytes = hashes.baseAddress!.assumingMemoryBound(to: UInt8.self)
        while count > 1 {
            count /= 2
            csha256_node_row(bytes, count, bytes)
        }
        return Hash(loading: bytes)
    }

    /// The root of the empty tree: SHA-256("").
    public static let emptyRoot = sha256([UInt8]())
}

extension Hash: CustomStringConvertible {
    public var description: String { hex }
}

/// SHA-256 over bytes that come in pieces, for files that do not fit into memory.
public struct HashStream: Sendable {
    private var state = csha256_stream()

    public init() { csha256_begin(&state) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        csha256_update(&state, bytes.bytePointer, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of what was given so far; more may follow.
    public func finish() -> Hash {
        var copy = state
        return Hash.writing { csha256_finish(&copy, $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// C reads nothing at a null pointer when the count is 0, but memcpy wants one that is not null.
    fileprivate var bytePointer: UnsafePointer<UInt8>? {
        (baseAddress ?? UnsafeRawPointer(Self.nothing)).assumingMemoryBound(to: UInt8.self)
    }

    nonisolated(unsafe) private static let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
}
