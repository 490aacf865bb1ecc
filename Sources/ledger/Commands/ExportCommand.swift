import ArgumentParser
import CBundle
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// `ledger export`: the folder that an auditor is handed.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a bundle that verifies offline, without ledger.",
        discussion: """
            Examples: ledger export audit-2026/                       the whole log
                      ledger export v0.1.0/ --release v0.1.0          one release, with proofs
            Check it: ledger verify --bundle DIR --log-key FILE       or: python3 DIR/verify.py
            """)

    @Argument(help: "The folder to write; it must not be there yet.")
    var folder: String

    @Option(help: "Only what this release rests on, with a proof for each record.")
    var release: String?

    @Flag(help: "With an inclusion proof for each record of the whole log.")
    var proofs = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw Ending(.usage, "ledger: '\(Terminal.safe(folder))' is there already. Name a new folder.")
        }
        let session = try Session.openToSign(global)
        var scope = BundleWriter.Scope.whole(withProofs: proofs)
        if let release {
            let id = try await session.release(release)
            guard try await session.handler.look({ try $0.reader.revision(of: id.stream) }) > 0 else {
                throw Refusal(.notFound, "there is no release '\(id)'. `ledger status` lists them.")
            }
            scope = .release(id)
        }
        let (checkpoint, count) = try await BundleFolder.write(session, scope: scope, to: folder)
        if global.output == .json {
            Terminal.result(
                JSONText.line([
                    "bundle": .string(folder), "records": .integer(Int64(count)),
                    "size": .integer(Int64(checkpoint.size.value)),
                    "root": .string(checkpoint.root.bytes.base64),
                ]))
        } else {
            let what = release == nil ? "\(count) records" : "\(count) of \(checkpoint.size) records"
            Terminal.result(
                "wrote \(Terminal.safe(folder)): \(what) up to root \(checkpoint.root.bytes.base64)")
            Terminal.note(
                "Check it: ledger verify --bundle \(folder)    or, without ledger: python3 \(folder)/verify.py"
            )
        }
    }
}

/// Writes a bundle beside, and gives it its name when it is complete.
enum BundleFolder {
    static func write(_ session: Session, scope: BundleWriter.Scope, to folder: String) async throws
        -> (Checkpoint, recordCount: Int)
    {
        let note = try await LogKey.checkpoint(session)
        var files = texts
        files[BundlePath.timestamp] = TimestampFolder(folder: session.folder).token(of: note)
        let added = files
        let draft = Draft(of: folder)
        let count: Int
        do {
            count = try await session.handler.look { context in
                // The checkpoint may be an older one, under which a record was changed since.
                try LogKey.checkChain(context.reader, "Nothing was written.")
                let sink = try FolderSink(draft.path, shownAs: folder)
                let count = try BundleWriter(context, scope: scope, note: note).write(to: sink, texts: added)
                try sink.close()
                return count
            }
            try draft.publish()
        } catch {
            draft.discard()
            throw error
        }
        return (try Checkpoint(parsing: note.text), count)
    }

    private static var texts: [String: [UInt8]] {
        [
            BundlePath.verifier: Array(String(cString: ledger_bundle_verify_py()).utf8),
            BundlePath.readme: Array(readme.utf8),
        ]
    }

    private static let readme = """
        A ledger bundle: records of a release pipeline, and what proves them (FORMAT.md, section 6).

        Check it, offline, with Python 3.9 or newer and OpenSSH's ssh-keygen:

            python3 verify.py --log-key FILE

        or with ledger itself:

            ledger verify --bundle . --log-key FILE

        FILE holds the log's key (one line, like log.vkey here). Have it from its owner, not from this folder:
        with the bundle's own key you learn that it is consistent with itself, not whose it is. Compare the
        fingerprint of the first admin as well.

        records.jsonl      one record a line, as stored
        checkpoint         the signed head that the bundle stands on
        checkpoint.tsr     when an authority saw it (RFC 3161), where one did
        log.vkey           the log's own key
        allowed_signers    the people's SSH keys, for ssh-keygen -Y verify
        evidence/          files, statements and signatures, by SHA-256
        proofs/            inclusion and consistency proofs, where there are any
        MANIFEST.json      what is in here

        """
}

/// A bundle's files under one folder.
final class FolderSink: BundleSink {
    private let folder: String
    private let shown: String
    private var open: [String: FileHandle] = [:]

    /// - Parameter shown: the name that it will have, which is told where something goes wrong.
    init(_ folder: String, shownAs shown: String) throws {
        (self.folder, self.shown) = (folder, shown)
        do {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/evidence/sha256", withIntermediateDirectories: true)
        } catch { throw fault(error) }
    }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let full = "\(folder)/\(path)"
        do {
            try FileManager.default.createDirectory(
                atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: full))
        } catch { throw fault(error) }
    }

    func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
        let full = "\(folder)/\(path)"
        do {
            if open[path] == nil {
                guard FileManager.default.createFile(atPath: full, contents: nil),
                    let handle = FileHandle(forWritingAtPath: full)
                else { throw SystemFault.last }
                open[path] = handle
            }
            try open[path]!.write(contentsOf: Data(bytes))
        } catch { throw fault(error) }
    }

    func close() throws {
        do { for handle in open.values { try handle.close() } } catch { throw fault(error) }
    }

    private func fault(_ error: any Error) -> RuntimeFault {
        RuntimeFault("cannot write '\(shown)'", error)
    }
}
