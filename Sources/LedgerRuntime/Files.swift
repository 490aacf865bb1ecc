internal import FoundationEssentials
internal import LedgerPipeline
internal import LedgerProof

#if canImport(Glibc)
    internal import Glibc
#endif

/// The file operations of this room: small, checked, and with a word about what to do when they fail.
enum Files {
    static func makeFolder(_ path: String) throws(RuntimeFault) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw fault("cannot make the folder", path, error) }
    }

    /// A new folder of our own, `prefix` and something that nobody has.
    static func makeFreshFolder(_ prefix: String) throws(RuntimeFault) -> String {
        let path = prefix + "-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try makeFolder(path)
        return path
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: false where it did not happen; `to` is then as it was.
    static func rename(_ path: String, to target: String) -> Bool { Glibc.rename(path, target) == 0 }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Sorted by bytes.
    static func names(in folder: String) throws(RuntimeFault) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        } catch { throw fault("cannot list the folder", folder, error) }
    }

    /// - Returns: nil where there is no such path; symbolic links resolved.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A port of 127.0.0.1 on which nobody listens now.
    static func freeLoopbackPort() throws(RuntimeFault) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw errnoFault("cannot open a socket for", "127.0.0.1") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw errnoFault("cannot find a free port of", "127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(RuntimeFault) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw errnoFault("cannot write", path) }
        defer { close(descriptor) }
        try writeAll(bytes, to: descriptor, path)
    }

    /// - Throws: also where the file is larger than `limitBytes`.
    static func read(_ path: String, limitBytes: Int) throws(RuntimeFault) -> [UInt8] {
        var result: [UInt8] = []
        try forEachPiece(of: path) { piece throws(RuntimeFault) in
            guard result.count + piece.count <= limitBytes else {
                throw RuntimeFault(.badInput, "'\(path)' is larger than \(limitBytes) bytes.")
            }
            result += piece
        }
        return result
    }

    /// Name, digest and size of a plain file; its name is the last part of the path.
    static func describe(_ path: String) throws(RuntimeFault) -> ArtifactFile {
        try describe(path, copyingTo: nil)
    }

    /// Copies, and describes what was copied: the digest is that of the bytes that went by.
    static func copy(_ path: String, to target: String) throws(RuntimeFault) -> ArtifactFile {
        try describe(path, copyingTo: target)
    }

    private static func describe(_ path: String, copyingTo target: String?) throws(RuntimeFault)
        -> ArtifactFile
    {
        var hash = HashStream()
        var size = 0
        var output: Int32 = -1
        if let target {
            output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard output >= 0 else { throw errnoFault("cannot write", target) }
        }
        defer { if output >= 0 { close(output) } }
        try forEachPiece(of: path) { piece throws(RuntimeFault) in
            hash.update(piece)
            size += piece.count
            if let target { try writeAll(piece, to: output, target) }
        }
        let name = String(path.split(separator: "/").last ?? "")
        guard let file = ArtifactFile(name: name, digest: hash.finish(), size: size) else {
            throw RuntimeFault(
                .badInput,
                "'\(name)' is not a file name that a record can hold: letters, digits and . _ + ! - only.")
        }
        return file
    }

    private static func forEachPiece(
        of path: String, _ body: ([UInt8]) throws(RuntimeFault) -> Void
    ) throws(RuntimeFault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw errnoFault("cannot read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw RuntimeFault(.badInput, "'\(path)' is not a plain file.")
        }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw errnoFault("cannot read", path) }
            if count == 0 { return }
            try body(Array(buffer[..<count]))
        }
    }

    private static func writeAll(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(RuntimeFault) {
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw errnoFault("cannot write", path) }
            position += count
        }
    }

    private static func errnoFault(_ what: String, _ path: String) -> RuntimeFault {
        fault(what, path, SystemFault.last)
    }

    private static func fault(_ what: String, _ path: String, _ error: any Error) -> RuntimeFault {
        RuntimeFault("\(what) '\(path)'", error)
    }
}
