import Foundation

/// What programs did to the files of a folder, in order, as `crash-point --record` wrote it down.
struct DiskRecord: Sendable {
    enum Step: Hashable, Sendable {
        case write(path: String, offset: Int, bytes: [UInt8])
        case truncate(path: String, size: Int)
        case create(path: String)
        /// Replaces what has that name.
        case name(path: String, new: String)
        /// Does nothing where something has that name.
        case link(path: String, new: String)
        case unlink(path: String)
        /// A file's content, or a folder's names, are on the disk.
        case sync(path: String)
        /// A sync that failed.
        case lost(path: String)
        case print(String)
    }

    private(set) var steps: [Step] = []

    mutating func keep(_ isKept: (Step) -> Bool) { steps = steps.filter(isKept) }

    /// Adds what the next program did.
    ///
    /// - Throws: ``Missing`` where the record cannot be read.
    mutating func add(_ file: String) throws {
        var rest = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            let words = line.split(separator: " ", maxSplits: 1).map { String($0) }
            guard words.count == 2 else { throw Missing("a record says '\(line)'") }
            func bytes(_ count: Int) -> [UInt8] {
                defer { rest = rest.dropFirst(count) }
                return Array(rest.prefix(count))
            }
            switch words[0] {
            case "write":
                let parts = words[1].split(separator: " ", maxSplits: 2)
                guard parts.count == 3, let offset = Int(parts[0]), let count = Int(parts[1]) else {
                    throw Missing("a record says '\(line)'")
                }
                steps.append(.write(path: String(parts[2]), offset: offset, bytes: bytes(count)))
            case "truncate":
                let parts = words[1].split(separator: " ", maxSplits: 1)
                steps.append(.truncate(path: String(parts[1]), size: Int(parts[0]) ?? 0))
            case "name":
                let parts = words[1].split(separator: "\t")
                steps.append(.name(path: String(parts[0]), new: String(parts[1])))
            case "link":
                let parts = words[1].split(separator: "\t")
                steps.append(.link(path: String(parts[0]), new: String(parts[1])))
            case "create": steps.append(.create(path: words[1]))
            case "unlink": steps.append(.unlink(path: words[1]))
            case "sync": steps.append(.sync(path: words[1]))
            case "lost": steps.append(.lost(path: words[1]))
            case "print":
                steps.append(.print(String(decoding: bytes(Int(words[1]) ?? 0), as: UTF8.self)))
            default: throw Missing("a record says '\(line)'")
            }
        }
    }
}

/// The files of a folder as a power cut may leave them.
///
/// What was synced is there. Of the rest, in the order in which it was asked for, any beginning may be there,
/// or all but one step, or all with the last write torn. What a sync failed on may never come.
struct DiskModel: Sendable {
    /// An image of the disk, and what had been printed by then.
    struct Image: Sendable {
        let files: [String: [UInt8]]
        let printed: String
        let words: String
    }

    /// A file, whatever its names.
    private typealias Inode = Int

    /// What may be on the disk already, or not.
    private enum Change {
        case write(Inode, offset: Int, bytes: [UInt8])
        case truncate(Inode, size: Int)
        /// Nil where the name is taken away.
        case name(String, Inode?)
    }

    private struct Disk {
        var names: [String: Inode] = [:]
        var content: [Inode: [UInt8]] = [:]

        var files: [String: [UInt8]] { names.mapValues { content[$0] ?? [] } }
    }

    private var durable = Disk()
    /// As programs see it.
    private var names: [String: Inode] = [:]
    private var inodeCount = 0
    private var pending: [Change] = []
    private var printed = ""

    /// No disk knows them: the next program makes them anew.
    private static func isWorkingState(_ path: String) -> Bool {
        path.hasSuffix("-shm") || path.hasSuffix(".lock")
    }

    /// - Parameter folder: everything in it is on the disk.
    init(_ folder: String) throws {
        let all = FileManager.default.enumerator(atPath: folder)
        while let name = all?.nextObject() as? String {
            guard all?.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                !Self.isWorkingState(name)
            else { continue }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            let inode = inode(of: "\(folder)/\(name)")
            durable.names["\(folder)/\(name)"] = inode
            durable.content[inode] = [UInt8](bytes)
        }
    }

    private mutating func inode(of path: String) -> Inode {
        if let inode = names[path] { return inode }
        inodeCount += 1
        names[path] = inodeCount
        return inodeCount
    }

    /// - Returns: every image that a power cut may leave, at any moment.
    static func images(of record: DiskRecord, from start: DiskModel) -> [Image] {
        var (model, images) = (start, [Image]())
        for (number, step) in record.steps.enumerated() {
            if model.take(step) { images += model.images(at: "step \(number)") }
            model.apply(step)
        }
        return images + model.images(at: "the end") + [model.worst]
    }

    /// All that was synced, and nothing else.
    static func worst(of record: DiskRecord, from start: DiskModel) -> Image {
        var model = start
        for step in record.steps { model.apply(step) }
        return model.worst
    }

    private var worst: Image {
        Image(files: durable.files, printed: printed, words: "only what was synced")
    }

    /// Whether the step brings something onto the disk: the moment before it is one to cut the power.
    private func take(_ step: DiskRecord.Step) -> Bool {
        guard case .sync(let path) = step else { return false }
        return pending.contains { isSynced($0, by: path) }
    }

    private mutating func apply(_ step: DiskRecord.Step) {
        switch step {
        case .print(let text): printed += text
        case .sync(let path):
            for change in pending where isSynced(change, by: path) { Self.apply(change, to: &durable) }
            pending = pending.filter { !isSynced($0, by: path) }
        case .lost(let path): pending = pending.filter { !isSynced($0, by: path) }
        case .write(let path, let offset, let bytes):
            if !Self.isWorkingState(path) {
                pending.append(.write(inode(of: path), offset: offset, bytes: bytes))
            }
        case .truncate(let path, let size):
            if !Self.isWorkingState(path) { pending.append(.truncate(inode(of: path), size: size)) }
        case .create(let path):
            guard names[path] == nil, !Self.isWorkingState(path) else { return }
            pending.append(.name(path, inode(of: path)))
        case .unlink(let path):
            names[path] = nil
            pending.append(.name(path, nil))
        case .link(let path, let new):
            guard names[new] == nil else { return }
            names[new] = inode(of: path)
            pending.append(.name(new, names[new]))
        case .name(let path, let new):
            names[new] = inode(of: path)
            names[path] = nil
            pending += [.name(new, names[new]), .name(path, nil)]
        }
    }

    /// A file's sync brings its content; a folder's the names in it.
    private func isSynced(_ change: Change, by path: String) -> Bool {
        switch change {
        case .write(let inode, _, _), .truncate(let inode, _): names[path] == inode
        case .name(let name, _): (name as NSString).deletingLastPathComponent == path
        }
    }

    private func images(at moment: String) -> [Image] {
        var result: [Image] = []
        func add(_ changes: [Change], _ words: String) {
            var disk = durable
            for change in changes { Self.apply(change, to: &disk) }
            result.append(Image(files: disk.files, printed: printed, words: "\(moment): \(words)"))
        }
        for count in 0...pending.count {
            let changes = Array(pending[..<count])
            add(changes, "the first \(count) of \(pending.count) changes")
            guard case .write(let inode, let offset, let bytes) = changes.last, bytes.count > 1 else {
                continue
            }
            let half = Array(bytes[..<(bytes.count / 2)])
            add(
                changes.dropLast() + [.write(inode, offset: offset, bytes: half)],
                "the first \(count) of \(pending.count) changes, the last one torn")
        }
        for place in pending.indices where pending.count > 1 {
            var changes = pending
            changes.remove(at: place)
            add(changes, "all but change \(place + 1) of \(pending.count)")
        }
        return result
    }

    private static func apply(_ change: Change, to disk: inout Disk) {
        switch change {
        case .write(let inode, let offset, let bytes):
            var content = disk.content[inode] ?? []
            if content.count < offset + bytes.count {
                content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
            }
            content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            disk.content[inode] = content
        case .truncate(let inode, let size):
            let content = disk.content[inode] ?? []
            disk.content[inode] =
                content.prefix(size) + [UInt8](repeating: 0, count: max(0, size - content.count))
        case .name(let name, let inode): disk.names[name] = inode
        }
    }
}

extension DiskModel.Image {
    /// Puts the image into another folder.
    func write(from folder: String, to new: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: new)
        try files.createDirectory(atPath: new, withIntermediateDirectories: true)
        for (path, bytes) in self.files where path.hasPrefix(folder + "/") {
            let name = new + path.dropFirst(folder.count)
            try files.createDirectory(
                atPath: (name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            let isMade = files.createFile(
                atPath: name, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
            if !isMade { throw Missing("cannot write '\(name)'") }
        }
    }
}
