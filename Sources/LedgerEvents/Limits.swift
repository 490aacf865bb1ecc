/// How much may wait and be taken at once.
public struct Limits: Hashable, Sendable {
    /// Submissions that share one commit.
    public var submissionsPerCommit = 1024
    /// Bytes of drafts that share one commit; the first submission is taken whatever its size.
    public var bytesPerCommit = 1 << 20
    /// Submissions that may wait; one more is refused with `.busy`.
    public var waitingSubmissions = 16_384

    /// How long those who were just answered may take to come back and share the next commit, in all and from
    /// one to the next. Nobody waits where the last commit had one submission.
    public var gatherMicros = 200
    public var gatherPauseMicros = 20

    public init() {}

    public static let standard = Limits()
}
