/// A sum over rows, the same in whatever order they are added. Tables with the same sum have the same
/// rows, but for a chance of about one in 2^64.
///
/// Each row is mixed by folded multiplications with a key that is drawn for each process, so that no file
/// can be made which it would not tell from another.
public struct RowSum: Hashable, Sendable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var count = 0

    public init() {}

    @inline(__always)
    public mutating func add(_ a: UInt64, _ b: UInt64, _ c: UInt64) {
        let key = RowKey.drawn
        let left = key.fold(a ^ key.words.0, b ^ key.words.1)
        let right = key.fold(c ^ key.words.2, left ^ key.words.3)
        first &+= key.fold(left ^ key.words.4, right ^ key.words.5)
        second &+= key.fold(left &+ key.words.6, right &+ key.words.7)
        count += 1
    }

    /// Adds the rows of another sum.
    public mutating func add(_ other: RowSum) {
        first &+= other.first
        second &+= other.second
        count += other.count
    }

    /// Stands for a text in a row: as likely to be that of another text as two sums are to agree.
    public static func word(for text: UnsafeRawBufferPointer) -> UInt64 {
        let key = RowKey.drawn
        var (word, offset) = (key.words.0 ^ UInt64(text.count), 0)
        while offset < text.count {
            var part: UInt64 = 0
            withUnsafeMutableBytes(of: &part) {
                $0.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: text[offset..<min(offset + 8, text.count)]))
            }
            word = key.fold(word ^ key.words.1, part ^ key.words.2)
            offset += 8
        }
        return key.fold(word ^ key.words.3, key.words.4)
    }
}

private struct RowKey: Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    static let drawn = RowKey()

    private init() {
        func word() -> UInt64 { .random(in: .min ... .max) }
        words = (word(), word(), word(), word(), word(), word(), word(), word())
    }

    @inline(__always)
    func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return high ^ low
    }
}
