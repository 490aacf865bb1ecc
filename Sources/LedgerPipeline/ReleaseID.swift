public import LedgerProof

/// A release: the project's normalised name and the tag. Written `autocli/v0.1.0`.
public struct ReleaseID: Hashable, Sendable {
    public let project: String
    public let tag: String
    public let stream: StreamName

    /// - Returns: nil if `project` is not a normalised name, or `tag` not a tag.
    public init?(project: String, tag: String) {
        guard let stream = StreamName.release(project, tag: tag) else { return nil }
        self.project = project
        self.tag = tag
        self.stream = stream
    }

    /// - Returns: nil if `stream` is not a release's.
    public init?(stream: StreamName) {
        guard stream.isRelease else { return nil }
        let parts = stream.subject.split(separator: "/", maxSplits: 1)
        self.init(project: String(parts[0]), tag: String(parts[1]))
    }

    public var text: String { "\(project)/\(tag)" }
}

extension ReleaseID: CustomStringConvertible { public var description: String { text } }
