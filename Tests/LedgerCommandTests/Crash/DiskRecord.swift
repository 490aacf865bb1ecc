import Foundation

/// What programs did to the files of a folder, in order, as `crash-point --record` wrote it down.
struct DiskRecord: Sendable {
    enum Step: Hashable, Sendable {
        case write(path: String, offset: Int, bytes: [UInt8])
        case truncate(path: String, size: Int)
        case create(path: String)
        case name(path: String, new: String)
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

    private var durable: [String: [UInt8]]
    private var pending: [DiskRecord.Step] = []
    private var printed = ""
    /// No disk knows them: the next program makes them anew.
    private static func isWorkingState(_ path: String) -> Bool {
        path.hasSuffix("-shm") || path.hasSuffix(".lock")
    }

    /// - Parameter folder: everything in it is on the disk.
    init(_ folder: String) throws {
        durable = [:]
        let all = FileManager.default.enumerator(atPath: folder)
        while let name = all?.nextObject() as? String {
            guard all?.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                !Self.isWorkingState(name)
            else { continue }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            durable["\(folder)/\(name)"] = [UInt8](bytes)
        }
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

    private var worst: Image { Image(files: durable, printed: printed, words: "only what was synced") }

    /// Whether what may be there changes with this step for the worse: a moment to cut the power.
    private func take(_ step: DiskRecord.Step) -> Bool {
        switch step {
        case .sync(let path): return pending.contains { Self.isSynced($0, by: path) }
        case .print: return false
        default: return false
        }
    }

    private mutating func apply(_ step: DiskRecord.Step) {
        switch step {
        case .print(let text): printed += text
        case .sync(let path):
            for step in pending where Self.isSynced(step, by: path) { Self.apply(step, to: &durable) }
            pending.removeAll { Self.isSynced($0, by: path) }
        case .lost(let path): pending.removeAll { Self.isSynced($0, by: path) }
        case .write(let path, _, _), .truncate(let path, _), .create(let path), .unlink(let path),
            .name(_, let path):
            if case .create = step, durable[path] != nil { return }
            if !Self.isWorkingState(path) { pending.append(step) }
        }
    }

    /// A file's sync brings its content, and its first name; a folder's sync the names in it.
    private static func isSynced(_ step: DiskRecord.Step, by path: String) -> Bool {
        func isIn(_ name: String) -> Bool { (name as NSString).deletingLastPathComponent == path }
        return switch step {
        case .write(let file, _, _), .truncate(let file, _): file == path
        case .create(let file): file == path || isIn(file)
        case .unlink(let file): isIn(file)
        case .name(_, let new): isIn(new)
        default: false
        }
    }

    private func images(at moment: String) -> [Image] {
        var result: [Image] = []
        func add(_ steps: [DiskRecord.Step], _ words: String) {
            var files = durable
            for step in steps { Self.apply(step, to: &files) }
            result.append(Image(files: files, printed: printed, words: "\(moment): \(words)"))
        }
        for count in 0...pending.count {
            let steps = Array(pending[..<count])
            add(steps, "the first \(count) of \(pending.count) steps")
            guard case .write(let path, let offset, let bytes) = steps.last, bytes.count > 1 else { continue }
            let half = Array(bytes[..<(bytes.count / 2)])
            add(
                steps.dropLast() + [.write(path: path, offset: offset, bytes: half)],
                "the first \(count) of \(pending.count) steps, the last one torn")
        }
        for place in pending.indices where pending.count > 1 {
            var steps = pending
            steps.remove(at: place)
            add(steps, "all but step \(place + 1) of \(pending.count)")
        }
        return result
    }

    private static func apply(_ step: DiskRecord.Step, to files: inout [String: [UInt8]]) {
        switch step {
        case .write(let path, let offset, let bytes):
            var content = files[path] ?? []
            if content.count < offset + bytes.count {
                content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
            }
            content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            files[path] = content
        case .truncate(let path, let size):
            let content = files[path] ?? []
            files[path] =
                content.prefix(size) + [UInt8](repeating: 0, count: max(0, size - content.count))
        case .create(let path): files[path] = files[path] ?? []
        case .unlink(let path): files[path] = nil
        case .name(let path, let new):
            files[new] = files[path] ?? []
            files[path] = nil
        case .sync, .lost, .print: break
        }
    }
}

extension DiskModel.Image {
    /// Puts the image into another folder.
    func write(from folder: String, to new: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: new)
        try files.createDirectory(atPath: new, withIntermediateDirectories: true)
        for (path, bytes) in self.files where path.hasPrefix(folder + "/") && !path.contains(" (deleted)") {
            let name = new + path.dropFirst(folder.count)
            try files.createDirectory(
                atPath: (name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: name))
        }
    }
}
