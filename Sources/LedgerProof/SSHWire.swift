/// Reads the SSH wire encoding (RFC 4251, section 5) from bytes that are already in memory.
///
/// ```
/// uint32 = 4 bytes, big-endian
/// string = uint32 count, count bytes
/// mpint  = string; two's complement, big-endian, shortest form; here never negative
/// ```
///
/// Always true: a length is compared with what is left before anything is taken, so no input can trap or make
/// us allocate more than it holds.
struct SSHWireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ count: Int) throws(SSHFault) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .truncated }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    mutating func byte() throws(SSHFault) -> UInt8 {
        guard let first = rest.popFirst() else { throw .truncated }
        return first
    }

    mutating func uint32() throws(SSHFault) -> UInt32 {
        try take(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string() throws(SSHFault) -> ArraySlice<UInt8> {
        try take(Int(try uint32()))
    }

    /// - Returns: the magnitude, big-endian, without leading zeros; empty for 0.
    mutating func mpint() throws(SSHFault) -> [UInt8] {
        let bytes = try string()
        guard let first = bytes.first else { return [] }
        guard first < 0x80 else { throw .malformed(.number) }
        guard first == 0 else { return [UInt8](bytes) }
        // A leading zero is there only to keep the next bit from being a sign.
        let magnitude = bytes.dropFirst()
        guard let next = magnitude.first, next >= 0x80 else { throw .malformed(.number) }
        return [UInt8](magnitude)
    }

    /// - Throws: ``SSHFault/trailingBytes`` unless everything was read.
    func finish() throws(SSHFault) {
        guard rest.isEmpty else { throw .trailingBytes }
    }
}

/// Writes what ``SSHWireReader`` reads.
struct SSHWireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(raw: some Collection<UInt8>) { bytes += raw }

    mutating func append(uint32 value: UInt32) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    /// - Precondition: fewer than 2^32 bytes.
    mutating func append(string: some Collection<UInt8>) {
        append(uint32: UInt32(string.count))
        bytes += string
    }
}
