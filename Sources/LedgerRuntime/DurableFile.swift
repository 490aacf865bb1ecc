public import Foundation

#if canImport(Glibc)
    internal import Glibc
#endif

/// Files that are there whole or not at all, also after a power cut.
public enum DurableFile {
    /// Writes, syncs, gives it its name, syncs the folder. What was there under that name is replaced.
    ///
    /// Until it is whole the file has no name where the file system allows that (`O_TMPFILE`), so that
    /// nothing is left if we are killed; elsewhere, and where a file is replaced, it has another one.
    ///
    /// - Throws: ``SystemFault``. What was there is as it was then.
    public static func write(_ content: some DataProtocol, to path: String, mode: Int = 0o644) throws {
        let folder = folder(of: path)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            let fault = SystemFault(error) ?? .init(code: EIO)
            // What has the folder's name is none.
            throw fault.code == EEXIST ? SystemFault(code: ENOTDIR) : fault
        }
        if try !writeNameless(content, to: path, in: folder, mode: mode_t(mode)) {
            try writeBeside(content, to: path, mode: mode_t(mode))
        }
        guard syncFolder(of: path) else { throw SystemFault.last }
    }

    /// - Returns: false where this cannot be done: nothing has changed then.
    private static func writeNameless(
        _ content: some DataProtocol, to path: String, in folder: String, mode: mode_t
    ) throws -> Bool {
        let descriptor = open(folder, namelessFile | O_WRONLY | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        try fill(descriptor, with: content)
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw SystemFault.last }
        // As linkat(2) has it for who may not name a file by its descriptor alone.
        return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    private static func fill(_ descriptor: Int32, with content: some DataProtocol) throws {
        for region in content.regions {
            let fault = region.withUnsafeBytes { bytes -> SystemFault? in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = UnsafeRawBufferPointer(rebasing: rest)
                    let count = Glibc.write(descriptor, piece.baseAddress, piece.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return .last }
                    rest = rest.dropFirst(count)
                }
                return nil
            }
            if let fault { throw fault }
        }
    }

    /// `O_TMPFILE` of open(2), which Swift does not see.
    private static let namelessFile = 0o20_000_000 | O_DIRECTORY

    private static func writeBeside(_ content: some DataProtocol, to path: String, mode: mode_t) throws {
        let temporary = "\(path).\(UUID().uuidString).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemFault.last }
        defer { close(descriptor) }
        do {
            try fill(descriptor, with: content)
            guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
                throw SystemFault.last
            }
        } catch {
            unlink(temporary)
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
