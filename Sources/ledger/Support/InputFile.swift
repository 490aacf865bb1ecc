import Foundation

/// A file that was named on the command line.
enum InputFile {
    static let limitBytes = 1 << 20

    /// - Returns: nil for what cannot be read, and for more than the limit. No more than that is read: it
    ///   may be endless.
    static func read(_ path: String, limitBytes: Int = limitBytes) -> [UInt8]? {
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: limitBytes + 1), data.count <= limitBytes
        else { return nil }
        return [UInt8](data)
    }
}
