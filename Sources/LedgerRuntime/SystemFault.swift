internal import Foundation

/// What the operating system said about a file: its number, in words that people use, and what to do.
///
/// The texts of Foundation and of `strerror` are shown to nobody: they name domains and codes, or nothing.
public struct SystemFault: Error, Hashable, Sendable {
    /// As `errno` has it.
    public let code: Int32

    public init(code: Int32) { self.code = code }

    /// Of the call that has just failed.
    public static var last: SystemFault { SystemFault(code: errno) }

    /// - Returns: nil where the error is of another kind.
    public init?(_ error: any Error) {
        switch error {
        case let error as SystemFault: self = error
        case let error as POSIXError: code = error.code.rawValue
        case let error as CocoaError: code = Self.code(of: error)
        default: return nil
        }
    }

    private static func code(of error: CocoaError) -> Int32 {
        let below = error.userInfo[NSUnderlyingErrorKey]
        if let below = below as? POSIXError { return below.code.rawValue }
        if let below = below as? NSError, below.domain == NSPOSIXErrorDomain { return Int32(below.code) }
        return switch error.code {
        case .fileWriteOutOfSpace: ENOSPC
        case .fileReadNoPermission, .fileWriteNoPermission: EACCES
        case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
        case .fileWriteFileExists: EEXIST
        case .fileWriteVolumeReadOnly: EROFS
        default: EIO
        }
    }

    public var words: String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full"
        case EACCES, EPERM: "permission is denied"
        case EROFS: "the file system is read-only"
        case ENOENT: "there is no such file or folder"
        case ENOTDIR: "a part of the path is a file, not a folder"
        case EISDIR: "it is a folder, not a file"
        case EEXIST: "something of that name is there already"
        case ENAMETOOLONG: "the name is too long"
        case EFBIG: "the file would be larger than it may be"
        case EMFILE, ENFILE: "too many files are open"
        case ELOOP: "it is a link, or a link to itself"
        case EBADF: "it is closed"
        case EINVAL, ENOTSUP: "this cannot be done there"
        default: "the disk does not do what it is told (error \(code))"
        }
    }

    public var remedy: String {
        switch code {
        case ENOSPC, EDQUOT: "Make room, or name another place."
        case EACCES, EPERM: "Have the permission given to you, or name another place."
        case EROFS: "Name a place that can be written."
        case ENOENT: "Check the name."
        case ENOTDIR: "Name a folder."
        case EISDIR: "Name a file."
        case EEXIST: "Name another one."
        case ENAMETOOLONG: "Name a shorter one."
        case EFBIG: "Raise the limit (`ulimit -f`)."
        case EMFILE, ENFILE: "Raise the limit (`ulimit -n`), or try again later."
        case ELOOP, EINVAL, ENOTSUP: "Name another place."
        case EBADF: "Give it somewhere to go."
        default: "Look at the disk."
        }
    }
}

extension RuntimeFault {
    /// A file could not be had.
    ///
    /// - Parameter what: what could not be done, for example `cannot write 'a.txt'`.
    public init(_ what: String, _ error: any Error) {
        if let fault = error as? RuntimeFault {
            self = fault
        } else {
            let fault = SystemFault(error) ?? SystemFault(code: EIO)
            self.init(.storage, "\(what): \(fault.words). \(fault.remedy)")
        }
    }
}
