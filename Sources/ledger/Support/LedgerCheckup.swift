import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// One ledger: how its file is kept, who may read its keys, what was left behind. Whether its records are
/// good is `ledger verify`'s to say.
struct LedgerCheckup {
    let folder: LedgerFolder

    private static let topic = "ledger"

    /// - Returns: what was found, and the time of the last record.
    func items() -> ([Checkup.Item], Timestamp?) {
        var items = [Checkup.Item(Self.topic, "folder", .fine, folder.path)]
        var last: Timestamp?
        do {
            let log = try SQLiteLog.open(at: folder.database, mode: .readOnly, clock: Session.clock)
            items += engine(try log.engineFacts())
            (last, items) = try log.read { reader in
                let evidence = EvidenceStore(folder: folder.evidence)
                let context = try LedgerContext(
                    reader, now: Session.clock.now(), files: { evidence.read($0) })
                return (context.head.lastTime, items + recorded(context))
            }
        } catch {
            items.append(
                .init(
                    Self.topic, "ledger.db", .problem, Outcome(error).text ?? "\(error)",
                    "Keep a copy of the folder as it is; then `ledger verify`, and restore a backup."))
        }
        return (items + config + permissions + leftovers, last)
    }

    // MARK: The file

    private func engine(_ facts: EngineFacts) -> [Checkup.Item] {
        var sqlite = facts.version
        if facts.hasWALResetFault {
            sqlite +=
                "; before 3.51.3 a write and a checkpoint at the same moment can damage a file. ledger's "
                + "never meet; let no other program write to ledger.db"
        }
        let isDurable =
            facts.journalMode == "wal" && ["full", "extra"].contains(facts.synchronous)
        let settings =
            "journal \(facts.journalMode), synchronous \(facts.synchronous), pages of "
            + "\(facts.pageByteCount) bytes"
        return [
            .init(Self.topic, "SQLite", .fine, sqlite),
            .init(
                Self.topic, "durability", isDurable ? .fine : .problem, settings,
                isDurable ? nil : "A power cut may lose records. Restore the file's settings from a backup."),
            .init(
                Self.topic, "ledger.db", .fine,
                "format \(facts.formatVersion), \(Terminal.bytes(facts.pageCount * facts.pageByteCount))"),
        ]
    }

    private func recorded(_ context: LedgerContext) -> [Checkup.Item] {
        var items = [
            Checkup.Item(
                Self.topic, "records", .fine,
                context.head.lastTime.map { "\(context.head.size), the last of \(Terminal.time($0))" }
                    ?? "none")
        ]
        if let finding = context.governance.findings.first {
            items.append(
                .init(
                    Self.topic, "governance", .warning,
                    "\(context.governance.findings.count) acts without effect, the first: \(finding.text)",
                    "`ledger show \(finding.index?.value ?? 0)` shows it."))
        }
        items.append(logKey(context))
        items.append(memory(context))
        items.append(views(context))
        return items
    }

    private func logKey(_ context: LedgerContext) -> Checkup.Item {
        guard let data = FileManager.default.contents(atPath: folder.logKey) else {
            if (try? LedgerConfig.read(folder.config))?.signer != nil {
                return .init(
                    Self.topic, "log key", .fine, "elsewhere: the command in config.yml signs checkpoints")
            }
            return .init(
                Self.topic, "log key", .warning,
                "keys/log.key cannot be read here: no checkpoint can be signed",
                "Restore it from a backup, if this machine is to sign checkpoints.")
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let signer = try? NoteSigner(privateText: text) else {
            return .init(
                Self.topic, "log key", .problem, "keys/log.key is no key of a log",
                "Restore it from a backup.")
        }
        guard context.governance.identity(at: context.head.size)?.key == signer.verifierKey.text else {
            return .init(
                Self.topic, "log key", .problem, "keys/log.key is not the key that the records name",
                "Restore the right one from a backup.")
        }
        return .init(Self.topic, "log key", .fine, signer.verifierKey.id.description)
    }

    private func memory(_ context: LedgerContext) -> Checkup.Item {
        func item(_ state: Checkup.State, _ text: String, _ remedy: String? = nil) -> Checkup.Item {
            .init(Self.topic, "kept outside", state, text, remedy)
        }
        let config = (try? LedgerConfig.read(folder.config)) ?? LedgerConfig(project: "")
        guard let memory = OutsideMemory(folder, config) else {
            return item(.fine, "no checkpoint, as config.yml says")
        }
        do {
            let standing = try memory.standing(of: context.reader)
            switch standing {
            case .nothingKept: return item(.fine, "no checkpoint yet: `ledger checkpoint` keeps one")
            case .continues(let kept):
                return item(.fine, "a checkpoint of \(kept.checkpoint.size) records, in \(kept.path)")
            case .shorter(let kept, _), .other(let kept):
                guard !context.hasRestored(kept.checkpoint) else {
                    return item(.fine, "a checkpoint of a history that is recorded as lost")
                }
                return item(
                    .problem, OutsideMemory.words(standing) ?? "",
                    "Go on with the copy that has the records, or: ledger restore --acknowledge")
            }
        } catch {
            return item(.problem, Outcome(error).text ?? "\(error)", "Run `ledger verify`.")
        }
    }

    private func views(_ context: LedgerContext) -> Checkup.Item {
        func item(_ text: String, _ state: Checkup.State = .fine, _ remedy: String? = nil) -> Checkup.Item {
            .init(Self.topic, "views.db", state, text, remedy)
        }
        do {
            let store = try SQLiteViews(at: folder.views, mode: .readOnly)
            return switch try LedgerViews(store).standing(to: context.reader) {
            case .current: item("up to date")
            case .behind(let count):
                item("\(count) record\(count == 1 ? "" : "s") behind; a look takes them along")
            case .empty, .otherVersion: item("of another version; the next look makes them again")
            case .foreign:
                item(
                    "from another ledger, or from before a restore", .warning,
                    "`ledger replay` makes them again.")
            }
        } catch let fault as ViewFault {
            return fault.code == .missing
                ? item("none yet; the next look makes them")
                : item(fault.message, .warning, "`ledger replay` makes them again.")
        } catch {
            return item("cannot be compared: \(error)", .warning, "Run `ledger verify`.")
        }
    }

    private var config: [Checkup.Item] {
        do {
            let config = try LedgerConfig.read(folder.config)
            return [.init(Self.topic, "config.yml", .fine, "project \(config.project)")]
        } catch {
            return [
                .init(
                    Self.topic, "config.yml", .problem, Outcome(error).text ?? "\(error)",
                    "Mend it, or restore it from a backup.")
            ]
        }
    }

    // MARK: Permissions

    private var permissions: [Checkup.Item] {
        var items: [Checkup.Item] = []
        if let mode = mode(of: folder.path), mode & 0o022 != 0 {
            items.append(
                .init(
                    Self.topic, "permissions", .problem, "others may write into \(folder.path)",
                    "chmod go-w '\(folder.path)'"))
        }
        let keys = (try? FileManager.default.contentsOfDirectory(atPath: folder.keys)) ?? []
        let open = keys.sorted().filter { (mode(of: "\(folder.keys)/\($0)") ?? 0) & 0o077 != 0 }
        if let mode = mode(of: folder.keys), mode & 0o077 != 0 {
            items.append(
                .init(
                    Self.topic, "permissions", .problem, "others may look into the folder of keys",
                    "chmod 700 '\(folder.keys)'"))
        }
        for key in open {
            items.append(
                .init(
                    Self.topic, "permissions", .problem, "others may read keys/\(key)",
                    "chmod 600 '\(folder.keys)/\(key)'; if others could log in here, give the log a new key.")
            )
        }
        if items.isEmpty { items.append(.init(Self.topic, "permissions", .fine, "keys are yours alone")) }
        return items + [writing]
    }

    /// Whether records can be added here.
    private var writing: Checkup.Item {
        var closed: (path: String, fault: SystemFault)?
        for path in [folder.path, folder.database, folder.evidence]
        where closed == nil && access(path, W_OK) != 0 { closed = (path, .last) }
        guard let (path, fault) = closed else {
            return .init(Self.topic, "writing", .fine, "records can be added")
        }
        let isCopy = (try? LedgerConfig.read(folder.config))?.isCopy ?? false
        guard !isCopy else {
            return .init(Self.topic, "writing", .fine, "a copy to look at; nothing is added to it")
        }
        let owner = FileOwner.name(of: path).map { "; it belongs to \($0)" } ?? ""
        return .init(
            Self.topic, "writing", .problem,
            "no record can be added: '\(path)' cannot be written here (\(fault.words)\(owner))",
            fault.code == EROFS
                ? "Looking works. To add records, put the ledger where it can be written."
                : "Looking works. To add records: chmod u+w '\(path)', as its owner.")
    }

    private func mode(of path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
    }

    // MARK: Leftovers

    /// Files of runs that were killed. They do no harm.
    private var leftovers: [Checkup.Item] {
        var found = SQLiteViews.leftovers(beside: folder.views)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        found += names.filter { $0.hasPrefix("ledger.db.new-") }.map { "\(folder.path)/\($0)" }
        let evidence = "\(folder.evidence)/sha256"
        let drafts = (try? FileManager.default.contentsOfDirectory(atPath: evidence)) ?? []
        found += drafts.filter { $0.hasSuffix(".tmp") }.map { "\(evidence)/\($0)" }
        let (parent, own) = (
            (folder.path as NSString).deletingLastPathComponent, (folder.path as NSString).lastPathComponent
        )
        let beside = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        found += beside.filter { $0.hasPrefix("\(own).new-") }.map { "\(parent)/\($0)" }
        guard let first = found.sorted().first else {
            return [.init(Self.topic, "leftovers", .fine, "none")]
        }
        return [
            .init(
                Self.topic, "leftovers", .warning,
                found.count == 1
                    ? "of an interrupted run: \(first)"
                    : "\(found.count) of interrupted runs, the first: \(first)",
                "Remove them when nothing else runs here.")
        ]
    }
}
