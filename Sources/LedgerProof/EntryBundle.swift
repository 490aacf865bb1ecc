/// The entries of up to 256 leaves in one file: C2SP `tlog-tiles`.
///
/// | bytes | what |
/// |---|---|
/// | 2 | how many bytes the entry has, big-endian |
/// | that many | the entry: a record, as stored |
///
/// A record has at most 65,535 bytes (`FORMAT.md` §1), which is just what the two can say.
public enum EntryBundle {
    /// - Precondition: the entry has at most 65,535 bytes.
    public static func append(_ entry: UnsafeRawBufferPointer, to bundle: inout [UInt8]) {
        precondition(entry.count <= RecordView.maximumByteCount, "an entry has at most 65,535 bytes")
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 255))
        bundle += entry
    }

    /// - Returns: nil unless `bundle` is entries, whole ones, and from 1 to 256 of them.
    public static func decode(_ bundle: [UInt8]) -> [ArraySlice<UInt8>]? {
        var entries: [ArraySlice<UInt8>] = []
        var rest = bundle[...]
        while !rest.isEmpty {
            guard rest.count >= 2, entries.count < TileID.fullWidth else { return nil }
            let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            guard rest.count >= count else { return nil }
            entries.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return entries.isEmpty ? nil : entries
    }
}
