import Foundation
import LedgerPipeline

/// A bundle in a folder. Links are not followed: a bundle is plain files.
struct FolderFiles: BundleFiles {
    let folder: String

    func read(_ path: String, limitBytes: Int) -> [UInt8]? {
        let descriptor = open("\(folder)/\(path)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= limitBytes
        else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            guard more > 0 else { return nil }
            count += more
        }
        return bytes
    }
}
