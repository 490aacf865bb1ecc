internal import Hummingbird
public import LedgerEvents
internal import LedgerProof

/// A witness over HTTP: C2SP tlog-witness.
///
/// ```
/// POST /add-checkpoint                          the cosignature, or why there is none
/// GET  /<hex SHA-256 of an origin>/checkpoint   the newest cosigned checkpoint of that log
/// ```
///
/// Requests are answered one after the other, and nothing of a request is kept that is not cosigned.
public struct WitnessServer: Sendable {
    /// Where it listens.
    public struct Address: Hashable, Sendable {
        public let host: String
        /// 0: any that is free.
        public let port: Int

        public init(host: String, port: Int) { (self.host, self.port) = (host, port) }
    }

    /// A checkpoint of a hundred signatures and 63 hashes has less.
    static let bodyLimitBytes = 128 << 10

    private let desk: WitnessDesk
    private let address: Address

    public init(_ witness: sending Witness, at address: Address, note: @escaping @Sendable (String) -> Void) {
        desk = WitnessDesk(witness, note: note)
        self.address = address
    }

    /// Answers requests until the process is asked to end (SIGINT, SIGTERM).
    ///
    /// - Parameter onStart: is told the port, once it listens.
    public func run(onStart: @escaping @Sendable (Int) -> Void) async throws {
        let desk = desk
        let router = Router()
        router.post("/add-checkpoint") { request, _ in
            let body = try await request.body.collect(upTo: Self.bodyLimitBytes)
            return await desk.addCheckpoint(Array(body.readableBytesView))
        }
        router.get("/:digest/checkpoint") { _, context in
            await desk.checkpoint(ofOriginDigest: context.parameters.get("digest") ?? "")
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "ledger-witness"),
            onServerRunning: { channel in onStart(channel.localAddress?.port ?? 0) })
        try await application.runService()
    }
}

/// Where requests queue: a witness is used by one at a time.
private actor WitnessDesk {
    private let witness: Witness
    private let note: @Sendable (String) -> Void

    init(_ witness: sending Witness, note: @escaping @Sendable (String) -> Void) {
        (self.witness, self.note) = (witness, note)
    }

    func addCheckpoint(_ body: [UInt8]) -> Response {
        do {
            let (checkpoint, lines) = try witness.addCheckpoint(body)
            note("cosigned \(checkpoint)")
            return Self.response(200, lines)
        } catch let refusal as WitnessRefusal {
            note("refused (\(refusal.status)): \(refusal.body.dropLast())")
            return Self.response(refusal.status, refusal.body, type: refusal.contentType)
        } catch {
            return failed(error)
        }
    }

    func checkpoint(ofOriginDigest digest: String) -> Response {
        do {
            guard let note = try witness.checkpoint(ofOriginDigest: digest) else {
                return Self.response(404, "no checkpoint of such a log was cosigned\n")
            }
            return Self.response(200, note)
        } catch {
            return failed(error)
        }
    }

    /// The client learns that it may try again; the operator, why.
    private func failed(_ error: any Error) -> Response {
        note("nothing was cosigned: \((error as? LogError)?.message ?? "\(error)")")
        return Self.response(503, "the witness cannot remember anything now: nothing was cosigned\n")
    }

    private static func response(
        _ status: Int, _ body: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: HTTPResponse.Status(code: status), headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
