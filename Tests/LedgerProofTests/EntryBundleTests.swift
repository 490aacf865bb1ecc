import LedgerProof
import Testing

@Suite struct EntryBundleTests {
    private func bundle(_ entries: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries { entry.withUnsafeBytes { EntryBundle.append($0, to: &bytes) } }
        return bytes
    }

    @Test func entriesOfAnyLengthARecordCanHaveAreReadBack() {
        let entries = [0, 1, 2, 255, 256, 257, 65_534, 65_535].map { [UInt8](repeating: 7, count: $0) }

        let bytes = bundle(entries)

        #expect(bytes.count == entries.reduce(0) { $0 + 2 + $1.count })
        #expect(EntryBundle.decode(bytes)?.map { Array($0) } == entries)
    }

    @Test func anEntryLargerThanARecordIsOurMistake() async {
        await #expect(processExitsWith: .failure) {
            var bytes: [UInt8] = []
            [UInt8](repeating: 7, count: 65_536).withUnsafeBytes { EntryBundle.append($0, to: &bytes) }
        }
    }

    @Test func aBundleThatIsCutIsRefused() {
        let whole = bundle([[1, 2, 3], [], [4]])
        let ends = [5, 7, 10]

        for count in 0..<whole.count {
            #expect((EntryBundle.decode(Array(whole.prefix(count))) != nil) == ends.contains(count))
        }
    }

    @Test func moreThan256EntriesAreNoBundle() {
        #expect(EntryBundle.decode(bundle(Array(repeating: [1], count: 256)))?.count == 256)
        #expect(EntryBundle.decode(bundle(Array(repeating: [1], count: 257))) == nil)
    }

    private struct Log: Decodable {
        let entriesUTF8: [String]
        let entryBundleHex: String
        enum CodingKeys: String, CodingKey {
            case entriesUTF8 = "entries_utf8", entryBundleHex = "entry_bundle_hex"
        }
    }

    @Test(.enabled(if: SharedFolder.has("vectors/tlog-tiles/tessera-log15.json"), "\(SharedFolder.absence)"))
    func theBundlesOfOthersAreOurs() throws {
        let log: Log = try SharedFolder.json("vectors/tlog-tiles/tessera-log15.json")
        let entries = log.entriesUTF8.map { Array($0.utf8) }

        #expect(bundle(entries).lowercaseHex == log.entryBundleHex)
        for size in 1...15 {
            let tile = try #require(TileID(.entries, number: 0, width: size))
            let file = try SharedFolder.bytes("vectors/tlog-tiles/tessera-log15/\(tile.path)")
            #expect(EntryBundle.decode(file)?.map { Array($0) } == Array(entries.prefix(size)))
        }
        let mirror = "vectors/tlog-tiles/sunlight-mirror300/"
        for (number, width) in [(0, 256), (1, 44)] {
            let tile = try #require(TileID(.entries, number: number, width: width))
            let decoded = EntryBundle.decode(try SharedFolder.bytes(mirror + tile.path))
            let leaves = try #require(TileID(.hashes(level: 0), number: number, width: width))
            #expect(
                decoded?.flatMap { Hash.leaf(Array($0)).bytes }
                    == (try SharedFolder.bytes(mirror + leaves.path)))
        }
    }
}
