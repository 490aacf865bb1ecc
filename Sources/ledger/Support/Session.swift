import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// The folder that holds one ledger.
struct LedgerFolder {
    let path: String

    var database: String { "\(path)/ledger.db" }
    var views: String { "\(path)/views.db" }
    var evidence: String { "\(path)/evidence" }
    var keys: String { "\(path)/keys" }
    var logKey: String { "\(keys)/log.key" }
    /// The log's next key, until the record that names it is there.
    var nextLogKey: String { "\(keys)/log.key.next" }
    var config: String { "\(path)/config.yml" }

    /// The folder that was named, or `.ledger` here or in the nearest parent.
    ///
    /// - Throws: ``UsageFault`` if there is none.
    static func find(_ named: String?) throws -> LedgerFolder {
        if let named = named ?? Terminal.environment["LEDGER_DIR"] {
            guard try holdsLedger(named) else {
                throw Ending(
                    .couldNotLook,
                    "ledger: there is no ledger in '\(named)'. Make one with `ledger init`, or name another with --ledger."
                )
            }
            return LedgerFolder(path: absolute(named))
        }
        var folder = FileManager.default.currentDirectoryPath
        while true {
            let candidate = folder == "/" ? "/.ledger" : "\(folder)/.ledger"
            if try holdsLedger(candidate) {
                return LedgerFolder(path: candidate)
            }
            guard folder != "/" else { break }
            folder = (folder as NSString).deletingLastPathComponent
        }
        throw Ending(
            .couldNotLook,
            "ledger: there is no ledger here. Make one with `ledger init`, or name one with --ledger.")
    }

    /// - Throws: ``NoAccess`` where this user may not look.
    private static func holdsLedger(_ path: String) throws -> Bool {
        var facts = stat()
        if stat("\(path)/ledger.db", &facts) == 0 {
            guard access("\(path)/ledger.db", R_OK) == 0 else { throw forbidden("\(path)/ledger.db") }
            return true
        }
        guard errno == EACCES else { return false }
        // The first folder on the way that may not be entered.
        var folder = absolute(path)
        while stat(folder, &facts) != 0, folder != "/" {
            folder = (folder as NSString).deletingLastPathComponent
        }
        throw forbidden(folder)
    }

    private static func forbidden(_ path: String) -> NoAccess {
        let owner = FileOwner.name(of: path).map { "it belongs to \($0). Ask them for access" }
        return NoAccess(
            message: "you (\(FileOwner.mine)) may not read '\(Terminal.safe(path))': "
                + "\(owner ?? "nobody says whose it is. Ask for access"), or name another ledger with --ledger."
        )
    }

    /// Where a new ledger is made: the folder that was named, or `.ledger` here.
    static func forNew(_ named: String?) throws -> LedgerFolder {
        LedgerFolder(path: absolute(named ?? Terminal.environment["LEDGER_DIR"] ?? ".ledger"))
    }

    /// - Parameter flag: what to say to take its place.
    /// - Throws: ``Ending`` if something is there.
    func checkIsNew(orSay flag: String? = nil) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        throw Ending(
            .usage,
            "ledger: '\(path)' is there already. One project, one ledger; name another folder with --ledger\(flag.map { ", or say \($0)" } ?? "")."
        )
    }

    /// A name that is free, for the ledger that is there now.
    func nameAside() -> String {
        let time = Session.clock.now().description.prefix(19).filter { $0.isNumber }
        return (1...).lazy.map { "\(path).aside-\(time)\($0 == 1 ? "" : "-\($0)")" }
            .first { !FileManager.default.fileExists(atPath: $0) }!
    }

    /// Makes what is in a ledger's folder beside its log.
    func furnish(_ settings: LedgerConfig) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try FileManager.default.createDirectory(atPath: evidence, withIntermediateDirectories: true)
            try DurableFile.write(Data("*\n".utf8), to: "\(path)/.gitignore")
            try DurableFile.write(Data(settings.text.utf8), to: config)
        } catch {
            throw RuntimeFault("cannot make the folder '\(path)'", error)
        }
    }

    static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        return (full as NSString).standardizingPath
    }
}

/// One open ledger with all its parts.
struct Session {
    let folder: LedgerFolder
    let sequencer: Sequencer
    let handler: CommandHandler
    let output: OutputFormat
    let config: LedgerConfig
    let origin: Origin

    static let clock = LedgerClock.system

    /// For commands that append.
    static func open(_ options: GlobalOptions) throws -> Session {
        let session = try openToSign(options)
        guard !session.config.isCopy else {
            throw Ending(
                .usage,
                "ledger: this is a copy to look at, made from a bundle; nothing can be appended to it. Append to the log's own ledger; to go on with it here, import it with --log-key-file."
            )
        }
        return session
    }

    /// For commands that sign what is there, and append nothing.
    static func openToSign(_ options: GlobalOptions) throws -> Session {
        try open(
            try LedgerFolder.find(options.folder), output: options.output, mode: .readWrite, isChecked: true)
    }

    /// For recording that history was lost: whatever was kept of it outside.
    static func openUnchecked(_ folder: LedgerFolder, output: OutputFormat) throws -> Session {
        try open(folder, output: output, mode: .readWrite)
    }

    /// For looking at a ledger whose folder is known.
    static func openToRead(_ folder: LedgerFolder) throws -> Session {
        try open(folder, output: .table, mode: .readOnly)
    }

    /// For commands that only look: works on read-only media, and beside any writer.
    static func openToRead(_ options: GlobalOptions) throws -> Session {
        try open(try LedgerFolder.find(options.folder), output: options.output, mode: .readOnly)
    }

    /// - Parameter isChecked: against what was kept of it outside.
    private static func open(
        _ folder: LedgerFolder, output: OutputFormat, mode: SQLiteLog.Mode, isChecked: Bool = false
    ) throws -> Session {
        let config = try LedgerConfig.read(folder.config)
        let log = try SQLiteLog.open(at: folder.database, mode: mode, clock: clock)
        if isChecked {
            try OutsideMemory(folder, config)?.check(log, evidence: EvidenceStore(folder: folder.evidence))
        }
        return Session(folder: folder, log: log, config: config, output: output)
    }

    init(folder: LedgerFolder, log: sending SQLiteLog, config: LedgerConfig, output: OutputFormat) {
        origin = log.origin
        sequencer = Sequencer(log)
        handler = CommandHandler(
            door: sequencer, clock: Self.clock, evidence: EvidenceStore(folder: folder.evidence))
        self.folder = folder
        self.config = config
        self.output = output
    }

    /// Answers what waits and lets go of the file.
    func close() async { await sequencer.close() }

    /// `autocli/v0.1.0`, or the tag alone where only one project has it.
    func release(_ text: String) async throws -> ReleaseID {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        if parts.count == 2 {
            guard let release = ReleaseID(project: parts[0], tag: parts[1]) else { throw Self.notAName(text) }
            return release
        }
        let matching = try await handler.door.read { reader in
            try reader.streams(withPrefix: "release/").filter { $0.text.hasSuffix("/\(text)") }
                .compactMap { ReleaseID(stream: $0) }
        }
        guard let release = matching.first else {
            throw Refusal(
                .notFound, "there is no release '\(Terminal.safe(text))'. `ledger status` lists them.")
        }
        guard matching.count == 1 else {
            throw Refusal(
                .notFound,
                "'\(text)' is a tag of several projects: \(matching.map(\.text).joined(separator: ", ")). Name one of them whole."
            )
        }
        return release
    }

    private static func notAName(_ text: String) -> Refusal {
        Refusal(
            .notFound, "'\(Terminal.safe(text))' is not the name of a release. It looks like autocli/v0.1.0.")
    }

    /// Where the prepared Python environments of this user are.
    static var toolsFolder: String {
        if let named = Terminal.environment["LEDGER_TOOLS"] { return LedgerFolder.absolute(named) }
        let cache = Terminal.environment["XDG_CACHE_HOME"] ?? "\(NSHomeDirectory())/.cache"
        return "\(cache)/ledger/tools"
    }
}
