import Foundation
import Yams
import LedgerProof

/// `config.yml` of a ledger: settings, never truth.
struct LedgerConfig {
    var project: String
    /// Runs after a commit that makes someone's turn come.
    var notify: String? = nil
    /// The folder in which checkpoints are kept, outside of the ledger; `none` to keep none, nil for the
    /// user's own.
    var checkpoints: String? = nil
    /// Signs checkpoints where the log's private key lies; nil where that is `keys/log.key`.
    var signer: String? = nil
    /// Made from a bundle without the log's private key: nothing is appended.
    var isCopy = false

    /// - Throws: ``Ending`` if the file cannot be read or says something unknown.
    static func read(_ path: String) throws -> LedgerConfig {
        guard let data = FileManager.default.contents(atPath: path) else {
            let isForbidden = access(path, R_OK) != 0 && errno != ENOENT
            throw Ending(
                .couldNotLook,
                "ledger: cannot read '\(path)'"
                    + (isForbidden
                        ? ": permission is denied; it belongs to \(FileOwner.name(of: path) ?? "somebody else"). Ask them."
                        : ". Write it again: it holds `project: NAME`."))
        }
        let file = YAMLFile(String(decoding: data, as: UTF8.self), path: path)
        let object = try file.object()
        let known = ["project", "notify", "checkpoints", "signer", "copy"]
        for name in object.names where !known.contains(name) {
            throw Ending(
                .usage,
                "ledger: \(path):\(file.line(of: [name])): unknown key '\(name)'. Known: \(known.joined(separator: ", "))."
            )
        }
        guard let project = object["project"]?.string else {
            throw Ending(.usage, "ledger: \(path): 'project' is missing. Write `project: NAME`.")
        }
        return LedgerConfig(
            project: project, notify: object["notify"]?.string, checkpoints: object["checkpoints"]?.string,
            signer: object["signer"]?.string, isCopy: object["copy"].map { $0.bool != false } ?? false)
    }

    var text: String {
        """
        # Settings of this ledger. The truth is in ledger.db.
        project: \(project)
        \(notify.map { "notify: \(Self.quoted($0))" } ?? Self.aboutNotify)
        \(checkpoints.map { "checkpoints: \(Self.quoted($0))" } ?? Self.aboutCheckpoints)
        \(signer.map { "signer: \(Self.quoted($0))" } ?? Self.aboutSigner)
        \(isCopy ? "# A copy to look at: nothing is appended to it.\ncopy: true\n" : "")
        """
    }

    private static let aboutNotify =
        "# notify: COMMAND        runs when someone's turn has come, with LEDGER_RELEASE, LEDGER_GATE, LEDGER_WAITS_FOR and LEDGER_ACT set"

    private static let aboutCheckpoints =
        "# checkpoints: FOLDER    where the newest checkpoint is kept outside of the ledger; `none` keeps none"

    private static let aboutSigner =
        "# signer: COMMAND        signs checkpoints where the log's key is elsewhere: `ledger init --help`"

    /// A JSON string is a YAML string.
    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).canonicalBytes, as: UTF8.self)
    }
}
