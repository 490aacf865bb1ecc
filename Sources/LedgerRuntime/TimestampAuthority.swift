internal import FoundationEssentials
public import LedgerProof

/// Time stamps of a third party (RFC 3161): that these bytes were there at that time. `openssl` makes the
/// requests and checks the answers.
///
/// Always true: a token that this type calls good is of exactly these bytes, was granted, and is signed with
/// a certificate for time stamping that was valid at the time it tells, under an authority that the caller
/// or this machine trusts.
public struct TimestampAuthority: Sendable {
    private let runner: ProgramRunner
    private let temporary: String
    /// A PEM file with the certificates of the authorities to trust; nil for those that this machine trusts.
    private let trusted: String?

    /// What a token is worth.
    public enum Judgement: Hashable, Sendable {
        case good(Timestamp)
        /// It is no token, or one of other bytes.
        case bad(String)
        /// Nobody that is trusted vouches for who signed it.
        case untrusted(Timestamp?, String)
    }

    public static let limitBytes = 1 << 20
    private static let timeout = Duration.seconds(60)
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// - Parameter temporary: where a folder for the requests can be made.
    public init(host: HostEnvironment, temporary: String, trusted: String?) {
        runner = ProgramRunner(host: host)
        (self.temporary, self.trusted) = (temporary, trusted)
    }

    /// - Throws: ``RuntimeFault`` with `.badInput` if no request can go there.
    public static func check(_ url: String) throws(RuntimeFault) { _ = try HTTPAddress(url) }

    /// Asks the authority at `url` for a token of `bytes`.
    ///
    /// - Returns: the token, verified, and its time.
    /// - Throws: ``RuntimeFault``: `.network` if it gives none, `.refused` if it gives one that is not good.
    public func stamp(_ bytes: [UInt8], at url: String) async throws(RuntimeFault) -> (
        token: [UInt8], time: Timestamp
    ) {
        let address = try HTTPAddress(url)
        let scratch = try Files.makeFreshFolder("\(temporary)/ledger-timestamp")
        defer { Files.remove(scratch) }
        let (data, query) = ("\(scratch)/data", "\(scratch)/request.tsq")
        try Files.write(bytes, to: data)
        let made = try await openssl(["-query", "-data", data, "-sha256", "-cert", "-out", query], scratch)
        guard made.isSuccess else {
            throw RuntimeFault(
                .programFailed, "openssl makes no request for a time stamp.", cause: made.text.trimmed)
        }
        let client = HTTPClient(runner: runner, scratch: scratch)
        let response = try await client.send(
            HTTPRequest(
                method: "POST", address: address, headers: ["Content-Type": "application/timestamp-query"],
                body: .bytes(try Files.read(query, limitBytes: Self.limitBytes)),
                limitBytes: Self.limitBytes, timeout: Self.timeout))
        guard response.status == 200 else {
            throw RuntimeFault(
                .network, "'\(url)' gives no time stamp: it answers with \(response.status).",
                cause: response.text)
        }
        // Against the request first: its nonce tells that the answer is to this one.
        switch try await judge(response.body, of: bytes, ["-queryfile", query], scratch) {
        case .good(let time): return (response.body, time)
        case .bad(let words):
            throw RuntimeFault(.refused, "what '\(url)' gives is no time stamp of this.", cause: words)
        case .untrusted(_, let words):
            throw RuntimeFault(
                .refused,
                "the time stamp of '\(url)' is not signed by an authority that is trusted here. Name its "
                    + "certificate with --tsa-ca FILE.", cause: words)
        }
    }

    /// - Throws: ``RuntimeFault`` if it could not be looked at.
    public func check(_ token: [UInt8], of bytes: [UInt8]) async throws(RuntimeFault) -> Judgement {
        let scratch = try Files.makeFreshFolder("\(temporary)/ledger-timestamp")
        defer { Files.remove(scratch) }
        try Files.write(bytes, to: "\(scratch)/data")
        return try await judge(token, of: bytes, ["-data", "\(scratch)/data"], scratch)
    }

    // MARK: openssl

    private func judge(
        _ token: [UInt8], of bytes: [UInt8], _ subject: [String], _ scratch: String
    ) async throws(RuntimeFault) -> Judgement {
        let reply = "\(scratch)/reply.tsr"
        try Files.write(token, to: reply)
        let shown = try await openssl(["-reply", "-in", reply, "-text"], scratch)
        guard shown.isSuccess, let time = Self.time(in: shown.text) else {
            return .bad("it cannot be read as one that was granted")
        }
        // Openssl looks at this last; whoever trusts nobody yet learns it all the same.
        if let imprint = Self.imprint(in: shown.text), imprint != Hash.sha256(bytes).hex {
            return .bad("it is of other bytes")
        }
        guard
            let trusted = trusted ?? runner.host.certificateFile
                ?? Self.systemFiles.first(where: Files.exists)
        else { return .untrusted(time, "this machine has no certificates of authorities") }
        guard Files.exists(trusted) else {
            throw RuntimeFault(.badInput, "cannot read the certificates '\(trusted)'. Check the name.")
        }
        // As of the time that it tells: a certificate that has ended since was good then.
        let seconds = time.microsecondsSince1970 / 1_000_000
        let verified = try await openssl(
            ["-verify"] + subject + ["-in", reply, "-CAfile", trusted, "-attime", "\(seconds)"], scratch)
        if verified.isSuccess { return .good(time) }
        let words = verified.text
        // What openssl finds before it looks at who signed, or beside that.
        for reason in ["imprint mismatch", "nonce mismatch", "wrong signature", "digest failure"]
        where words.contains(reason) { return .bad(reason) }
        return .untrusted(time, Self.reason(in: words))
    }

    private func openssl(
        _ arguments: [String], _ scratch: String
    ) async throws(RuntimeFault) -> ProgramResult {
        let openssl = try runner.host.find("openssl", package: "openssl")
        // Its words come on standard error; they are wanted here.
        let log = StageLog(limitBytes: Self.limitBytes)
        let result = try await runner.run(
            Program(
                executable: openssl, arguments: ["ts"] + arguments,
                environment: runner.host.forTools(home: scratch), timeout: Self.timeout), log: log)
        return ProgramResult(end: result.end, output: log.bytes, isOutputCut: false)
    }

    /// The first of openssl's lines that gives a reason, such as `…:certificate verify error:…:self-signed`.
    private static func reason(in words: String) -> String {
        let line = words.split(separator: "\n").first {
            $0.contains("Verify error:") || $0.contains("error:")
        }
        return line.map { String($0.suffix(200)).trimmed } ?? "it does not verify"
    }

    /// The digest that it is of, in hex, where that is a SHA-256: of lines `0000 - 98 ea … b4-b6 … 2c   …`.
    static func imprint(in text: String) -> String? {
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        guard lines.contains("Hash Algorithm: sha256"), let start = lines.firstIndex(of: "Message data:")
        else { return nil }
        let digits = lines[(start + 1)...].prefix { $0.dropFirst(4).hasPrefix(" - ") }
            .map { $0.dropFirst(7).prefix(47).filter(\.isHexDigit) }.joined()
        return digits.count == 64 ? digits : nil
    }

    /// Of `Time stamp: Nov 25 06:08:24.5 2026 GMT`; the second that it lies in.
    static func time(in text: String) -> Timestamp? {
        let label = "Time stamp: "
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else { return nil }
        let words = line.dropFirst(label.count).split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 5, words[4] == "GMT", let month = months.firstIndex(of: String(words[0])),
            let clock = words[2].split(separator: ".").first
        else { return nil }
        func two(_ text: some StringProtocol) -> String { text.count < 2 ? "0\(text)" : String(text) }
        return Timestamp("\(words[3])-\(two(String(month + 1)))-\(two(words[1]))T\(clock).000000Z")
    }
}
