/// How long a publish waits for a target to catch up with itself.
public struct PublishPatience: Hashable, Sendable {
    /// After an upload: until the index serves every file.
    public let visibleWithin: Duration
    /// Where a file should perhaps appear (after a crash, or a lost answer): until we believe that it will
    /// not.
    public let settle: Duration
    public let firstDelay: Duration
    public let largestDelay: Duration

    public init(visibleWithin: Duration, settle: Duration, firstDelay: Duration, largestDelay: Duration) {
        self.visibleWithin = visibleWithin
        self.settle = settle
        self.firstDelay = firstDelay
        self.largestDelay = largestDelay
    }

    /// Indexes behind a cache show an upload after seconds, sometimes after minutes.
    public static let network = PublishPatience(
        visibleWithin: .seconds(600), settle: .seconds(60), firstDelay: .seconds(2),
        largestDelay: .seconds(30))

    /// A server on this machine is as fast as its disk.
    public static let loopback = PublishPatience(
        visibleWithin: .seconds(15), settle: .seconds(2), firstDelay: .milliseconds(100),
        largestDelay: .seconds(1))

    /// The delays to sleep between looks, until their sum reaches `limit`.
    func delays(upTo limit: Duration) -> [Duration] {
        var result: [Duration] = []
        var (delay, left) = (firstDelay, limit)
        while left > .zero {
            let next = min(delay, left)
            result.append(next)
            left -= next
            delay = min(delay * 2, largestDelay)
        }
        return result
    }
}
