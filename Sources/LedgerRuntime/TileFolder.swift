internal import FoundationEssentials
public import LedgerEvents
public import LedgerProof

#if canImport(Glibc)
    internal import Glibc
#endif

/// A folder that any static web server can serve as the log: C2SP `tlog-tiles`.
///
/// Always true, also if we are killed at any moment:
/// - each file is there whole or not at all;
/// - all that the folder's checkpoint needs is there: it is written last;
/// - what was published under a checkpoint is never written again. A partial tile goes when the full one is
///   there, as the standard allows.
public struct TileFolder: Sendable {
    public let path: String

    /// What publishing changed.
    public struct Changes: Hashable, Sendable {
        public internal(set) var writtenCount = 0
        /// Partial tiles, of one place each, that full ones took the place of.
        public internal(set) var removedCount = 0
    }

    private static let checkpointLimitBytes = SignedNote.maximumByteCount

    public init(_ path: String) { self.path = path }

    /// Adds what is new up to `note`, and then the note itself.
    ///
    /// - Parameters:
    ///   - checkpoint: what `note` says; of the log that `reader` reads.
    ///   - key: the log's key for a tree of that size.
    /// - Throws: ``RuntimeFault`` with `.badInput` if something else is in the folder, such as another log;
    ///   ``LogError`` with `.broken` if the log does not continue what was published from it, `.busy` while
    ///   somebody else publishes there.
    public func publish(
        _ note: SignedNote, _ checkpoint: Checkpoint, from reader: any LogReader,
        key: (TreeSize) -> NoteVerifierKey?
    ) throws -> Changes {
        try Files.makeFolder(path)
        let lock = try FolderLock(path)
        defer { lock.release() }
        try removeAbandoned()
        let published = try published(by: checkpoint.origin, reader, key: key)
        guard published.size <= checkpoint.size else {
            throw LogError(
                .broken,
                "'\(path)' has \(published.size) records of this log, which has only \(checkpoint.size): its "
                    + "tail was cut, or an old backup was restored. Run `ledger verify`.")
        }
        var changes = Changes()
        // A tile's own folder is synced with it; those above may be as new.
        var folders: Set<String> = [path]
        try reader.makeTiles(
            of: checkpoint,
            // What lies beyond the published checkpoint may be half of a run that never ended.
            unless: { $0.requiredSize <= published.size && isThere($0) },
            write: { tile, bytes in
                try write(bytes, to: tile.path)
                var folder = DurableFile.folder(of: "\(path)/\(tile.path)")
                while folder.count > path.count, folders.insert(folder).inserted {
                    folder = DurableFile.folder(of: folder)
                }
                changes.writtenCount += 1
            })
        for tile in TileID.all(in: checkpoint.size) where tile.isFull && tile.requiredSize > published.size {
            if try removePartials(of: tile) { changes.removedCount += 1 }
        }
        if published.note != note.bytes {
            for folder in folders { DurableFile.syncFolder(of: folder) }
            try write(note.bytes, to: Self.checkpointName)
            changes.writtenCount += 1
        }
        return changes
    }

    public static let checkpointName = "checkpoint"

    // MARK: What is there

    private struct Published {
        var size = TreeSize.empty
        var note: [UInt8]?
    }

    /// What of this log is in the folder; nothing in a new one.
    private func published(
        by origin: Origin, _ reader: any LogReader, key: (TreeSize) -> NoteVerifierKey?
    ) throws -> Published {
        let file = "\(path)/\(Self.checkpointName)"
        guard Files.exists(file) else {
            // Without a checkpoint there may be tiles of a first run that never ended.
            if let other = try Files.names(in: path).first(where: { $0 != "tile" }) {
                throw RuntimeFault(
                    .badInput, "'\(path)' holds something else, such as '\(other)'. Name a new folder.")
            }
            return Published()
        }
        let bytes = try Files.read(file, limitBytes: Self.checkpointLimitBytes)
        guard let note = try? SignedNote(parsing: bytes), let found = try? Checkpoint(parsing: note.text),
            found.origin == origin, let key = key(found.size),
            (try? Checkpoint(note: note, signedWith: key)) != nil
        else {
            throw RuntimeFault(
                .badInput, "'\(path)' holds another log than '\(origin)'. Name a new folder.")
        }
        if found.size <= (try reader.head().size), try reader.root(at: found.size) != found.root {
            throw LogError(
                .broken,
                "'\(path)' has other records of this log (\(found)): history was rewritten. Nothing was "
                    + "published. Run `ledger verify`.")
        }
        return Published(size: found.size, note: bytes)
    }

    /// Files are written whole, so one of the right kind and size is the one that was written.
    private func isThere(_ tile: TileID) -> Bool {
        var status = stat()
        guard stat("\(path)/\(tile.path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return switch tile.content {
        case .hashes: status.st_size == tile.width * Hash.byteCount
        case .entries: status.st_size > 0
        }
    }

    // MARK: Changing it

    private func write(_ bytes: [UInt8], to name: String) throws {
        do { try DurableFile.write(Data(bytes), to: "\(path)/\(name)") } catch {
            throw RuntimeFault("cannot write '\(path)/\(name)'", error)
        }
    }

    /// Drafts of a checkpoint, from a run that was ended: nobody else is here now.
    private func removeAbandoned() throws(RuntimeFault) {
        for name in try Files.names(in: path)
        where name.hasPrefix("\(Self.checkpointName).") && name.hasSuffix(".tmp") {
            Files.remove("\(path)/\(name)")
        }
    }

    /// - Returns: whether there were any.
    private func removePartials(of tile: TileID) throws(RuntimeFault) -> Bool {
        let folder = "\(path)/\(tile.path).p"
        guard Files.exists(folder) else { return false }
        do { try FileManager.default.removeItem(atPath: folder) } catch {
            throw RuntimeFault("cannot remove '\(folder)'", error)
        }
        return true
    }
}

/// One publisher at a time, without a file of its own that would be served.
private struct FolderLock: ~Copyable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RuntimeFault("cannot open the folder '\(path)'", SystemFault.last)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw LogError(.busy, "somebody else publishes to '\(path)'. Wait until they are done.")
        }
    }

    func release() { close(descriptor) }
}
