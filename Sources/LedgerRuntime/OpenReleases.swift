import LedgerEvents
public import LedgerPipeline

/// Where a worker finds the releases that may need something.
///
/// It finds, and decides nothing: what is due is asked of the log, and asked again inside the transaction
/// that acts.
public protocol OpenReleases: Sendable {
    /// Every release that is not over; one that is does no harm.
    func open(in context: LedgerContext) throws -> [ReleaseID]
}

/// Every release that was ever started, by its stream: right for any ledger, slow for one with thousands.
public struct ScannedReleases: OpenReleases {
    public init() {}

    public func open(in context: LedgerContext) throws -> [ReleaseID] {
        try context.reader.streams(withPrefix: "release/").compactMap { ReleaseID(stream: $0) }
    }
}
