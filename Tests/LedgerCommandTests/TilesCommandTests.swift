import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerTesting
import Testing

@Suite struct TilesCommandTests {
    /// What is under a folder: each file's bytes, and when it was written.
    private struct Tree {
        var files: [String: [UInt8]] = [:]
        private var times: [String: [Int]] = [:]

        init(_ folder: String) throws {
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                    continue
                }
                files[name] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
                times[name] = [
                    Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec),
                    Int(bitPattern: UInt(status.st_ino)),
                ]
            }
        }

        /// Files that are in both, and that somebody wrote again.
        func rewritten(in other: Tree) -> Set<String> {
            Set(times.keys.filter { other.times[$0] != nil && other.times[$0] != times[$0] })
        }
    }

    /// Reads the published log as a stranger would: the checkpoint, then every tile that it needs.
    private func check(_ ledger: LivedInLedger, _ folder: String) throws {
        let tree = try Tree(folder)
        let note = try SignedNote(parsing: try #require(tree.files["checkpoint"]))
        let records = try ledger.read { reader in
            try (0..<reader.head().size.value).map { try reader.record(at: LogIndex($0))! }
        }
        let key = try NoteVerifierKey(try #require(records[0].what["key"]?.string))
        let checkpoint = try Checkpoint(note: note, signedWith: key)
        var leaves: [Hash] = []
        for tile in TileID.all(in: checkpoint.size) {
            let bytes = try #require(tree.files[tile.path], "\(tile)")
            switch tile.content {
            case .entries:
                let entries = try #require(EntryBundle.decode(bytes))
                #expect(entries.count == tile.width)
                leaves += entries.map { Hash.leaf(Array($0)) }
            case .hashes(0):
                let first = tile.number * 256
                #expect(bytes == leaves[first..<(first + tile.width)].flatMap(\.bytes))
            case .hashes:
                #expect(Array(bytes.prefix(32)) == ReferenceTree.root(leaves.prefix(256)).bytes)
                #expect(bytes.count == 32 * tile.width)
            }
        }
        #expect(leaves == records.prefix(leaves.count).map(\.leaf))
        #expect(ReferenceTree.root(leaves) == checkpoint.root)
    }

    @Test func theLogIsPublishedAndGrowsWithoutRewriting() throws {
        let ledger = try LivedInLedger()
        let folder = "\(ledger.folder)/www"
        try ledger.done("tiles", "www")
        try check(ledger, folder)
        let first = try Tree(folder)

        let again = try ledger.run("tiles", "www")
        #expect(again.code == 0 && again.output.contains("nothing is new"), "\(again)")
        let same = try Tree(folder)
        #expect(same.files == first.files && first.rewritten(in: same) == [])

        try ledger.pushTags(1...280)
        let json = try #require(try ledger.json("tiles", "www").first)
        try check(ledger, folder)
        let grown = try Tree(folder)
        #expect(first.rewritten(in: grown) == ["checkpoint"])
        // The partial tiles of the first time went when the full ones came.
        #expect(grown.files.keys.contains("tile/0/000"))
        #expect(
            !grown.files.keys.contains { $0.hasPrefix("tile/0/000.p") || $0.hasPrefix("tile/entries/000.p") })
        #expect(json["removed"]?.integer == 2)

        try ledger.pushTags(281...300)
        try ledger.done("tiles", "www")
        try check(ledger, folder)
        let last = try Tree(folder)
        #expect(grown.rewritten(in: last) == ["checkpoint"])
        // A reader may still hold the checkpoint before: its partial tiles stay until there are full ones.
        #expect(Set(grown.files.keys).isSubset(of: last.files.keys))
        #expect(last.files.count == grown.files.count + 2)
    }

    @Test func aFolderOfSomethingElseIsRefused() throws {
        let (ledger, other) = (try LivedInLedger(), try LivedInLedger("other"))
        try other.done("tiles", "\(ledger.folder)/www")
        let before = try Tree("\(ledger.folder)/www")

        let foreign = try ledger.run("tiles", "www")

        #expect(foreign.code == 2 && foreign.notes.contains("holds another log"), "\(foreign)")
        let after = try Tree("\(ledger.folder)/www")
        #expect(after.files == before.files && before.rewritten(in: after) == [])
        let source = try ledger.run("tiles", ".")
        #expect(source.code == 2 && source.notes.contains("holds something else"), "\(source)")
        #expect(try ledger.run("tiles", "alice").code == 1)
    }

    /// The same key and origin, but what was published is not what the log now has.
    @Test func aRewrittenLogIsNotPublishedOverTheOldOne() throws {
        let ledger = try LivedInLedger()
        try ledger.done("tiles", "www")
        let copy = "\(ledger.folder)/old"
        try FileManager.default.copyItem(atPath: ledger.path, toPath: copy)
        try ledger.pushTags(1...3)
        try ledger.done("tiles", "www")
        let published = try Tree("\(ledger.folder)/www")
        try FileManager.default.removeItem(atPath: ledger.path)
        try FileManager.default.moveItem(atPath: copy, toPath: ledger.path)

        // On a machine that has kept no checkpoint of it.
        let state = ["LEDGER_STATE": "\(ledger.folder)/elsewhere"]
        let cut = try ledger.run("tiles", "www", environment: state)
        #expect(cut.code == 5, "\(cut)")
        try ledger.pushTags(4...9)
        let rewritten = try ledger.run("tiles", "www", environment: state)

        #expect(rewritten.code == 5 && rewritten.notes.contains("history was rewritten"), "\(rewritten)")
        #expect(try Tree("\(ledger.folder)/www").files == published.files)
    }

    @Test func onePublishesToAFolderAtATime() throws {
        let ledger = try LivedInLedger()
        try ledger.done("tiles", "www")
        let descriptor = open("\(ledger.folder)/www", O_RDONLY | O_DIRECTORY)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)

        let result = try ledger.run("tiles", "www")
        close(descriptor)

        #expect(result.code == 9 && result.notes.contains("somebody else publishes"), "\(result)")
        try ledger.done("tiles", "www")
    }

    /// A run that was ended before its checkpoint leaves tiles that nobody vouches for.
    @Test func whatNoCheckpointVouchesForIsWrittenAgain() throws {
        let ledger = try LivedInLedger()
        try ledger.done("tiles", "www")
        let whole = try Tree("\(ledger.folder)/www")
        let tile = try #require(whole.files.keys.first { $0.hasPrefix("tile/0/") })
        try FileManager.default.removeItem(atPath: "\(ledger.folder)/www/checkpoint")
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(ledger.folder)/www/checkpoint.1.tmp"))
        try Data(repeating: 7, count: whole.files[tile]!.count).write(
            to: URL(fileURLWithPath: "\(ledger.folder)/www/\(tile)"))

        try ledger.done("tiles", "www")

        #expect(try Tree("\(ledger.folder)/www").files == whole.files)
        // And what was lost is there again.
        try FileManager.default.removeItem(atPath: "\(ledger.folder)/www/\(tile)")
        try ledger.done("tiles", "www")
        #expect(try Tree("\(ledger.folder)/www").files == whole.files)
    }
}
