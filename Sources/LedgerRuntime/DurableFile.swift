public import Foundation

/// Files that are there whole or not at all, also after a power cut.
public enum DurableFile {
    /// Writes, syncs, gives it its name, syncs the folder. What was there under that name is replaced.
    ///
    /// Until it is whole the file has no name where the file system allows that (`O_TMPFILE`), so that
    /// nothing is left if we are killed; elsewhere, and where a file is replaced, it has another one.
    ///
    /// - Throws: `CocoaError`.
    public static func write(_ content: some DataProtocol, to path: String, mode: Int = 0o644) throws {
        let folder = folder(of: path)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if try !writeNameless(content, to: path, in: folder, mode: mode_t(mode)) {
            try writeBeside(content, to: path, mode: mode)
        }
        guard syncFolder(of: path) else { throw CocoaError(.fileWriteUnknown) }
    }

    /// - Returns: false where this cannot be done: nothing has changed then.
    private static func writeNameless(
        _ content: some DataProtocol, to path: String, in folder: String, mode: mode_t
    ) throws -> Bool {
        let descriptor = open(folder, namelessFile | O_WRONLY | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return false }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        defer { try? handle.close() }
        try handle.write(contentsOf: content)
        guard fchmod(descriptor, mode) == 0 else { throw CocoaError(.fileWriteNoPermission) }
        try handle.synchronize()
        // As linkat(2) has it for who may not name a file by its descriptor alone.
        return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    /// `O_TMPFILE` of open(2), which Swift does not see.
    private static let namelessFile = 0o20_000_000 | O_DIRECTORY

    private static func writeBeside(_ content: some DataProtocol, to path: String, mode: Int) throws {
        let temporary = "\(path).\(UUID().uuidString).tmp"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: nil, attributes: [.posixPermissions: mode]),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw CocoaError(.fileWriteUnknown) }
        do {
            try handle.write(contentsOf: content)
            try handle.synchronize()
            try handle.close()
            guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
    }

    /// The folder that a path lies in. Foundation's own way ends the program for a name of one character.
    static func folder(of path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        _ = parts.popLast()
        let folder = parts.joined(separator: "/")
        return path.hasPrefix("/") ? "/" + folder : folder.isEmpty ? "." : folder
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    @discardableResult
    static func syncFolder(of path: String) -> Bool {
        let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
