public import LedgerEvents

extension Sequencer: LedgerDoor {
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LogWriter) throws -> Result
    ) async throws -> Result {
        try await submit(body)
    }
}
