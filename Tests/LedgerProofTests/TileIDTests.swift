import LedgerProof
import Testing

@Suite struct TileIDTests {
    @Test func pathsAreThoseOfTheStandard() {
        #expect(TileID(.hashes(level: 0), number: 1_234_067)?.path == "tile/0/x001/x234/067")
        #expect(TileID(.hashes(level: 1), number: 0, width: 17)?.path == "tile/1/000.p/17")
        #expect(TileID(.entries, number: 999)?.path == "tile/entries/999")
        #expect(TileID(.entries, number: 1000, width: 1)?.path == "tile/entries/x001/000.p/1")
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 999, 1000, 999_999, 1_000_000, 999_999_999_999_999_999])
    func aPathIsReadBackAsItsTile(number: Int) throws {
        for content in [TileID.Content.entries, .hashes(level: 0), .hashes(level: 63)] {
            for width in [1, 2, 10, 255, 256] {
                let tile = try #require(TileID(content, number: number, width: width))
                #expect(TileID(path: tile.path) == tile)
            }
        }
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/0/1", "tile/0/01", "tile/0/0001", "tile/00/001", "tile/64/001",
        "tile/-1/001", "tile/+1/001", "tile/x/001", "tile/0/x001", "tile/0/001/002", "tile/0/x000/001",
        "tile/0/001.p", "tile/0/001.p/", "tile/0/001.p/0", "tile/0/001.p/01", "tile/0/001.p/256",
        "tile/0/001.p/-1", "tile/0/001/255", "tile/0/001.q/1", "tile/0/.p/1", "/tile/0/001", "tile/0/001/",
        "tile//0/001", "tile/0/../../checkpoint", "tile/0/00a", "tile/0/-01",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/entries", "tile/Entries/001", "tile/entries/001.p/300",
    ])
    func whatIsNoPathIsRefused(path: String) {
        #expect(TileID(path: path) == nil)
    }

    @Test func whatHasNoPathIsNoTile() {
        for (level, number, width) in [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)] {
            #expect(TileID(.hashes(level: level), number: number, width: width) == nil)
        }
        #expect(TileID(.entries, number: 1_000_000_000_000_000_000) == nil)
    }

    /// The example of the standard, and the sizes around full tiles.
    @Test func aTreeHasTheTilesOfTheStandard() {
        #expect(shape(70_000) == [0: [273, 112], 1: [1, 17], 2: [0, 1]])
        #expect(shape(256) == [0: [1, 0], 1: [0, 1]])
        #expect(shape(255) == [0: [0, 255]])
        #expect(shape(1) == [0: [0, 1]])
        #expect(shape(65_536) == [0: [256, 0], 1: [1, 0], 2: [0, 1]])
        #expect(TileID.all(in: .empty).isEmpty)
    }

    /// By level: how many full tiles there are, and how wide the partial one is.
    private func shape(_ size: Int) -> [Int: [Int]] {
        var shape: [Int: [Int]] = [:]
        var entries = [0, 0]
        for tile in TileID.all(in: TreeSize(size)) {
            #expect(tile.requiredSize <= TreeSize(size))
            switch tile.content {
            case .hashes(let level):
                shape[level, default: [0, 0]][tile.isFull ? 0 : 1] += tile.isFull ? 1 : tile.width
            case .entries: entries[tile.isFull ? 0 : 1] += tile.isFull ? 1 : tile.width
            }
        }
        #expect(size == 0 || entries == shape[0])
        return shape
    }

    @Test func aTileNeedsTheTreeThatFirstHasIt() throws {
        for size in 1...2000 {
            let (old, new) = (
                Set(TileID.all(in: TreeSize(size - 1))), Set(TileID.all(in: TreeSize(size)))
            )
            for tile in new.subtracting(old) { #expect(tile.requiredSize.value == size, "\(tile)") }
            for tile in new.intersection(old) { #expect(tile.requiredSize.value < size, "\(tile)") }
        }
        let greatest = try #require(TileID(.hashes(level: 63), number: 999_999_999_999_999_999))
        #expect(greatest.requiredSize.value == Int.max)
    }

    // MARK: Vectors

    private struct Vectors: Decodable {
        struct Path: Decodable {
            let level: Int?
            let index, width: Int
            let path: String
        }
        struct Good: Decodable {
            let level, index: String
            let wantLevel, wantIndex, wantWidth: Int
            enum CodingKeys: String, CodingKey {
                case level, index
                case wantLevel = "want_level", wantIndex = "want_index", wantWidth = "want_width"
            }
        }
        struct Bad: Decodable { let level, index: String }
        let tilePath, entriesPath: [Path]
        let parseOK: [Good]
        let parseBad: [Bad]
        enum CodingKeys: String, CodingKey {
            case tilePath = "tile_path", entriesPath = "entries_path", parseOK = "parse_ok"
            case parseBad = "parse_bad"
        }
    }

    @Test(.enabled(if: SharedFolder.has("vectors/tlog-tiles/paths.json"), "\(SharedFolder.absence)"))
    func thePathsOfOthersAreOurs() throws {
        let vectors: Vectors = try SharedFolder.json("vectors/tlog-tiles/paths.json")
        func width(_ width: Int) -> Int { width == 0 ? TileID.fullWidth : width }

        for vector in vectors.tilePath + vectors.entriesPath {
            let content = vector.level.map { TileID.Content.hashes(level: $0) } ?? .entries
            #expect(TileID(content, number: vector.index, width: width(vector.width))?.path == vector.path)
        }
        for vector in vectors.parseOK {
            let tile = try #require(TileID(path: "tile/\(vector.level)/\(vector.index)"))
            #expect(tile.content == .hashes(level: vector.wantLevel))
            #expect(tile.number == vector.wantIndex && tile.width == width(vector.wantWidth))
        }
        for vector in vectors.parseBad {
            #expect(TileID(path: "tile/\(vector.level)/\(vector.index)") == nil, "\(vector)")
        }
    }
}
