/// Where a record stands in the log, from 0.
public struct LogIndex: Hashable, Comparable, Sendable {
    public let value: Int

    /// - Precondition: `value` is not negative.
    public init(_ value: Int) {
        precondition(value >= 0, "an index starts at 0")
        self.value = value
    }

    public static func < (left: LogIndex, right: LogIndex) -> Bool { left.value < right.value }
    public var next: LogIndex { LogIndex(value + 1) }
    /// The size of the tree whose last leaf this is.
    public var sizeIncluding: TreeSize { TreeSize(value + 1) }
}

/// How many leaves a tree has: one more than its last index.
public struct TreeSize: Hashable, Comparable, Sendable {
    public let value: Int

    /// - Precondition: `value` is not negative.
    public init(_ value: Int) {
        precondition(value >= 0, "a size is not negative")
        self.value = value
    }

    public static let empty = TreeSize(0)
    public static func < (left: TreeSize, right: TreeSize) -> Bool { left.value < right.value }
    public var next: TreeSize { TreeSize(value + 1) }
    /// The index of the record that comes next.
    public var nextIndex: LogIndex { LogIndex(value) }
}

extension LogIndex: CustomStringConvertible { public var description: String { String(value) } }
extension TreeSize: CustomStringConvertible { public var description: String { String(value) } }
