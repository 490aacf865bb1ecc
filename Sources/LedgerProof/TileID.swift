/// One file of C2SP `tlog-tiles`: up to 256 neighbouring hashes of one level, or the entries of 256 leaves.
///
/// ```
/// path   = "tile/" ( level / "entries" ) "/" number [ ".p/" width ]
/// level  = 0 to 63           hash i is the root over 256^level leaves
/// number = *( "x" 3DIGIT "/" ) 3DIGIT       1234067 is x001/x234/067
/// width  = 1 to 255          of a partial tile; a full one has no such part
/// ```
///
/// Always true: a width is from 1 to 256, and only the last tile of a level is partial.
public struct TileID: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case hashes(level: Int)
        case entries
    }

    public let content: Content
    /// From 0, within the level.
    public let number: Int
    public let width: Int

    public static let fullWidth = 256
    private static let levelWidth = 8
    private static let maximumLevel = 63
    /// Six groups of three digits: what fits.
    private static let maximumNumber = 999_999_999_999_999_999

    /// - Returns: nil for what has no path.
    public init?(_ content: Content, number: Int, width: Int = fullWidth) {
        if case .hashes(let level) = content, !(0...Self.maximumLevel).contains(level) { return nil }
        guard (0...Self.maximumNumber).contains(number), (1...Self.fullWidth).contains(width) else {
            return nil
        }
        (self.content, self.number, self.width) = (content, number, width)
    }

    public var isFull: Bool { width == Self.fullWidth }

    /// The full tile that this is, or becomes.
    public var whole: TileID { TileID(content, number: number)! }

    /// The size of the smallest tree that has it.
    public var requiredSize: TreeSize {
        let level = if case .hashes(let level) = content { level } else { 0 }
        let (before, isTooLarge) = number.multipliedReportingOverflow(by: Self.fullWidth)
        guard !isTooLarge, before <= Int.max - width, level * Self.levelWidth < Int.bitWidth - 1 else {
            return TreeSize(Int.max)
        }
        let (size, overflow) = (before + width).multipliedReportingOverflow(
            by: 1 << (level * Self.levelWidth))
        return TreeSize(overflow ? Int.max : size)
    }

    /// The full subtrees whose roots are in a tile of hashes.
    ///
    /// - Precondition: a tree can have it; a path may name any.
    public var subtrees: [SubtreeID] {
        guard case .hashes(let level) = content else { return [] }
        return (0..<width).map {
            SubtreeID(level: level * Self.levelWidth, place: number * Self.fullWidth + $0)
        }
    }

    /// Every tile of a tree, full ones and the partial one of each level; empty ones are none.
    public static func all(in size: TreeSize) -> [TileID] {
        var (count, level) = (size.value, 0)
        var tiles = row(.entries, of: count)
        while count > 0 {
            tiles += row(.hashes(level: level), of: count)
            (count, level) = (count / fullWidth, level + 1)
        }
        return tiles
    }

    private static func row(_ content: Content, of count: Int) -> [TileID] {
        (0..<(count + fullWidth - 1) / fullWidth).map {
            TileID(content, number: $0, width: min(fullWidth, count - $0 * fullWidth))!
        }
    }
}

extension TileID {
    public var path: String {
        let kind = if case .hashes(let level) = content { "\(level)" } else { "entries" }
        return "tile/\(kind)/\(Self.path(of: number))" + (isFull ? "" : ".p/\(width)")
    }

    /// - Returns: nil unless `path` is exactly what ``path`` would write for some tile.
    public init?(path: String) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "tile", let kind = parts.popFirst() else { return nil }
        let content: Content
        if kind == "entries" {
            content = .entries
        } else {
            guard let level = Int(kind) else { return nil }
            content = .hashes(level: level)
        }
        var width = Self.fullWidth
        if parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p") {
            guard let partial = Int(parts.removeLast()), partial < Self.fullWidth else { return nil }
            width = partial
            parts[parts.endIndex - 1].removeLast(2)
        }
        guard let number = Self.number(parts), let tile = TileID(content, number: number, width: width),
            tile.path == path
        else { return nil }
        self = tile
    }

    private static func path(of number: Int) -> String {
        var groups: [String] = []
        var rest = number
        repeat {
            let digits = String(rest % 1000)
            groups.append(String(repeating: "0", count: 3 - digits.count) + digits)
            rest /= 1000
        } while rest > 0
        return groups.reversed().enumerated().map { $0 < groups.count - 1 ? "x\($1)" : $1 }
            .joined(separator: "/")
    }

    private static func number(_ groups: ArraySlice<Substring>) -> Int? {
        guard (1...6).contains(groups.count) else { return nil }
        return Int(groups.map { $0.hasPrefix("x") ? $0.dropFirst() : $0 }.joined())
    }
}

extension TileID: CustomStringConvertible { public var description: String { path } }
