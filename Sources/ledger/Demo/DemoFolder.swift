import Foundation
import LedgerRuntime

/// What the demo leaves behind, and where in it.
struct DemoFolder {
    let path: String

    /// The repository of the package, as commands in the folder name it.
    static let repository = "autocli"
    static let pipeline = "pipeline.yml"
    static let bundle = "bundle"
    static let forgery = "forged-bundle"
    /// The log's key, as the auditor had it from outside.
    static let logKey = "autocli.vkey"

    static func key(of person: String) -> String { "keys/\(person)" }

    var servers: String { "\(path)/servers" }

    /// - Parameter named: nil: the first of `ledger-demo`, `ledger-demo-2`, … here that is free.
    /// - Throws: ``UsageFault`` where the named folder is there: nothing is overwritten.
    static func make(_ named: String?) throws -> DemoFolder {
        let candidates =
            named.map { [$0] } ?? ["ledger-demo"] + (2...99).map { "ledger-demo-\($0)" }
        let free = candidates.map(LedgerFolder.absolute).first { !FileManager.default.fileExists(atPath: $0) }
        guard let free else {
            throw UsageFault(
                named == nil
                    ? "there are 99 demos here already. Remove some, or name a folder with --to."
                    : "'\(Terminal.safe(named!))' is there already, and the demo overwrites nothing. Name a new folder."
            )
        }
        do {
            let folder = DemoFolder(path: free)
            try FileManager.default.createDirectory(
                atPath: "\(free)/keys", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            return folder
        } catch {
            throw RuntimeFault("cannot make the folder '\(free)'", error)
        }
    }

    func write(_ text: String, to name: String) throws {
        let full = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: full))
    }

    func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// A demo that stopped before there was a ledger leaves nothing to look at.
    func removeUnlessStarted() {
        if !FileManager.default.fileExists(atPath: "\(path)/.ledger") {
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
