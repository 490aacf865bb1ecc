/// Writes the parts of a record into memory that is large enough, without a copy or an allocation for each.
///
/// This is one of the files that use unsafe pointers: `next` lies in a buffer of the caller, who knows its
/// size beforehand and lets nobody else have it meanwhile.
struct RecordWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private var next: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>

    /// The most digits that an index or a revision has.
    static let decimalByteCount = 20

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        start = buffer.baseAddress!
        next = start
        end = start + buffer.count
    }

    var count: Int { next - start }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(end - next >= bytes.count, "a record fits into the memory that was made for it")
        guard let base = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(next).copyMemory(from: base, byteCount: bytes.count)
        next += bytes.count
    }

    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// - Precondition: `value` is not negative.
    mutating func write(decimal value: Int) {
        precondition(value >= 0, "a place in the log is not negative")
        var rest = UInt(value)
        var digitCount = 1
        var limit: UInt = 10
        while rest >= limit, digitCount < 19 { (digitCount, limit) = (digitCount + 1, limit &* 10) }
        write(&rest, digitCount)
    }

    /// - Precondition: `value` has at most `width` digits.
    mutating func write(_ value: Int, width: Int) {
        var rest = UInt(value)
        write(&rest, width)
    }

    private mutating func write(_ rest: inout UInt, _ width: Int) {
        precondition(end - next >= width, "a record fits into the memory that was made for it")
        for offset in (0..<width).reversed() {
            next[offset] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        next += width
    }

    mutating func write(_ byte: UInt8) {
        precondition(next < end, "a record fits into the memory that was made for it")
        next.pointee = byte
        next += 1
    }

    mutating func write(hex bytes: UnsafeRawBufferPointer) {
        precondition(end - next >= 2 * bytes.count, "a record fits into the memory that was made for it")
        for byte in bytes {
            next[0] = Self.hexDigit(byte >> 4)
            next[1] = Self.hexDigit(byte & 15)
            next += 2
        }
    }

    @inline(__always)
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
