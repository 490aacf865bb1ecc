internal import GRDB
internal import Glibc
internal import LedgerEvents

/// What SQLite says, in words that tell what to do.
extension LogError {
    /// - Parameter systemError: `errno` of the call that failed, where SQLite knows it.
    static func sqlite(
        _ code: ResultCode, message: String, systemError: Int32 = 0, path: String, doing verb: String
    ) -> LogError {
        let name = "ledger '\(path)'"
        switch code.primaryResultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: return .busy(path: path, doing: verb)
        case .SQLITE_NOTADB: return .notALedger(path: path)
        case .SQLITE_CORRUPT:
            return LogError(
                .broken,
                "cannot \(verb) \(name): the file is damaged (\(message)). Keep a copy of it as it is, then run "
                    + "`ledger verify`, and restore a backup.")
        case .SQLITE_FULL:
            return LogError(
                .storage,
                "cannot \(verb) \(name): the disk is full. Nothing was recorded. Free some space, then try again."
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return LogError(
                .storage,
                "cannot \(verb) \(name): it is read-only here. Make the file and its folder writable, then try "
                    + "again.")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            let cause = systemError == 0 ? message : String(cString: strerror(systemError))
            return LogError(
                .storage,
                "cannot \(verb) \(name): the file system says '\(cause)'. Nothing was recorded. Look at the disk "
                    + "and its limits, then try again.")
        case .SQLITE_CONSTRAINT:
            return LogError(
                .broken,
                "cannot \(verb) \(name): \(message). What is derived from the records may be damaged: run "
                    + "`ledger verify`.")
        default:
            return LogError(.storage, "cannot \(verb) \(name): \(message) (SQLite code \(code.rawValue)).")
        }
    }

    static func sqlite(_ error: DatabaseError, path: String, doing verb: String) -> LogError {
        sqlite(
            error.extendedResultCode, message: error.message ?? "no message", path: path, doing: verb)
    }

    static func busy(path: String, holder: Int? = nil, doing verb: String) -> LogError {
        let who = holder.map { " (pid \($0))" } ?? ""
        return LogError(
            .busy, "cannot \(verb) ledger '\(path)': it is locked by another writer\(who). Wait, or stop it.")
    }

    static func notABackup(path: String) -> LogError {
        LogError(.wrongFormat, "'\(path)' is not a backup. `ledger backup FILE` writes one.")
    }

    static func notALedger(path: String, isBackup: Bool = false) -> LogError {
        LogError(
            .wrongFormat,
            isBackup
                ? "'\(path)' is a backup, not a ledger. Make a ledger of it with `ledger restore`."
                : "'\(path)' is not a ledger. Name the folder of a ledger with --ledger, or run `ledger init` to start one."
        )
    }

    static func missing(path: String) -> LogError {
        LogError(.storage, "there is no ledger '\(path)': run `ledger init` to start one.")
    }
}
