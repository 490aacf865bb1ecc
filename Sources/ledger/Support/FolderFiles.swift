import Foundation
import LedgerPipeline
import LedgerRuntime

/// A bundle in a folder. Links are not followed: a bundle is plain files.
struct FolderFiles: BundleFiles {
    let folder: String

    init(folder: String) { self.folder = folder }

    /// - Throws: ``Ending`` where there is no such folder, or it may not be read.
    init(named folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let fault = SystemFault.last
            throw Ending(
                .couldNotLook,
                fault.code == ENOENT
                    ? "ledger: there is no folder '\(Terminal.safe(folder))'. Name the bundle's folder."
                    : "ledger: cannot read the bundle '\(Terminal.safe(folder))': \(fault.words). \(fault.remedy)"
            )
        }
        close(descriptor)
        self.folder = folder
    }

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
