public import LedgerProof

extension LogVerifier {
    /// The same as ``verify(_:depth:progress:)``, on several views of the log at once.
    ///
    /// Links are stored bytes, so a part of the log can be checked by itself and be joined to the part before
    /// it afterwards. Where something is wrong the log is read again on one view, to say what and where.
    ///
    /// - Parameters:
    ///   - viewCount: how many views, each in a task of its own.
    ///   - progress: told how many records are done, from any of the tasks, one at a time.
    ///   - open: opens the log once more.
    /// - Throws: ``LogError`` if the log could not be looked at.
    public static func verify(
        depth: Depth, viewCount: Int, progress: (@Sendable (TreeSize) -> Void)? = nil,
        opening open: @escaping @Sendable () throws -> any EventLog
    ) async throws -> VerificationResult {
        try await verify(
            depth: depth, viewCount: viewCount, partSize: progressInterval, progress: progress, opening: open)
    }

    static func verify(
        depth: Depth, viewCount: Int, partSize: Int, progress: (@Sendable (TreeSize) -> Void)? = nil,
        opening open: @escaping @Sendable () throws -> any EventLog
    ) async throws -> VerificationResult {
        let size = try open().read { try $0.head().size }
        let parts = LogParts(below: size, partSize: partSize, depth: depth, progress: progress)
        if viewCount > 1, parts.count > 1 {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { parts.attempt { try open().read { try parts.lead(reading: $0) } } }
                for _ in 1..<viewCount {
                    group.addTask { parts.attempt { try open().read { try parts.work(reading: $0) } } }
                }
            }
            if let result = try open().read({ try parts.joined(reading: $0) }) { return result }
        }
        return try verify(open(), depth: depth, progress: progress)
    }
}
