internal import FoundationEssentials
public import LedgerProof

/// Asks witnesses for cosignatures: the client of C2SP tlog-witness.
public struct WitnessClient: Sendable {
    private let host: HostEnvironment
    private let temporary: String

    /// What a witness answered. Nothing of it is verified.
    public enum Answer: Hashable, Sendable {
        /// Signature lines, each with its line end.
        case lines([UInt8])
        /// It has cosigned another size than the request begins at.
        case conflict(TreeSize)
        case refused(status: Int, words: String)
    }

    static let limitBytes = 64 << 10
    static let timeout = Duration.seconds(30)

    /// - Parameter temporary: where a folder for the requests can be made.
    public init(host: HostEnvironment, temporary: String) {
        (self.host, self.temporary) = (host, temporary)
    }

    /// - Throws: ``RuntimeFault`` with `.badInput` if no request can go there.
    public static func check(_ url: String) throws(RuntimeFault) { _ = try address(url) }

    private static func address(_ url: String) throws(RuntimeFault) -> HTTPAddress {
        try HTTPAddress(url + (url.hasSuffix("/") ? "" : "/") + "add-checkpoint")
    }

    /// - Parameter url: where `add-checkpoint` is, without that word.
    /// - Throws: ``RuntimeFault`` if the address cannot be used, or there was no answer that makes sense.
    public func addCheckpoint(
        _ request: ConsistencyProof, at url: String
    ) async throws(RuntimeFault) -> Answer {
        let address = try Self.address(url)
        let scratch = try Files.makeFreshFolder("\(temporary)/ledger-witness")
        defer { Files.remove(scratch) }
        let client = HTTPClient(runner: ProgramRunner(host: host), scratch: scratch)
        let response = try await client.send(
            HTTPRequest(
                method: "POST", address: address, headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: .bytes(request.bytes), limitBytes: Self.limitBytes, timeout: Self.timeout))
        switch response.status {
        case 200: return .lines(response.body)
        case 409:
            guard let size = Self.size(response.body) else {
                throw RuntimeFault(
                    .network, "'\(url)' answers with a conflict, but with no size. Is it a witness?")
            }
            return .conflict(size)
        case let status: return .refused(status: status, words: response.text)
        }
    }

    /// `<size>` and a line end.
    private static func size(_ body: [UInt8]) -> TreeSize? {
        guard body.last == UInt8(ascii: "\n") else { return nil }
        let text = String(decoding: body.dropLast(), as: UTF8.self)
        guard let size = Int(text), size >= 0, size <= 1 << 53, String(size) == text else { return nil }
        return TreeSize(size)
    }
}
