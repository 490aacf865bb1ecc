internal import LedgerProof

/// One request. What is secret goes into `authorization` only.
struct HTTPRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// The path of a file.
        case file(String)
    }

    var method = "GET"
    var address: HTTPAddress
    var headers: [String: String] = [:]
    /// The value of the `Authorization` header.
    var authorization: String? = nil
    var body = Body.none
    /// A longer answer is an error.
    var limitBytes = 32 << 20
    var timeout: Duration = .seconds(60)
}

struct HTTPResponse: Sendable {
    let status: Int
    /// Names in lower case; of several with one name, the last.
    let headers: [String: String]
    /// Where the body lies, until the next request of the same client.
    let bodyPath: String
    let body: [UInt8]

    var text: String { String(decoding: body.prefix(2000), as: UTF8.self).trimmed }
}

/// Speaks HTTP by running `curl`; `docs/decisions/http-client.md` says why.
///
/// Always true: the address and every header travel through standard input, so nothing shows in an argument
/// list; no `.curlrc` and no `.netrc` are read; a redirect is an answer, never followed here.
struct HTTPClient: Sendable {
    let runner: ProgramRunner
    /// An own folder for bodies.
    let scratch: String

    private static let keptBytes = 32 << 20

    /// - Throws: ``RuntimeFault`` with `.network` or `.timedOut` if there was no whole answer.
    func send(_ request: HTTPRequest) async throws(RuntimeFault) -> HTTPResponse {
        let curl = try runner.host.find("curl", package: "curl")
        let folder = scratch + "/http"
        try Files.makeFolder(folder)
        let (bodyPath, headersPath) = (folder + "/body", folder + "/headers")
        for path in [bodyPath, headersPath] { try Files.write([], to: path, mode: 0o600) }
        let log = StageLog(limitBytes: 4 << 10)
        let config = try configuration(request, bodyPath: bodyPath, headersPath: headersPath)
        let result = try await runner.run(
            Program(
                executable: curl, arguments: ["-q", "--config", "-"],
                environment: runner.host.forTools(home: folder), input: [UInt8](config.utf8),
                timeout: request.timeout + .seconds(10), captureLimitBytes: 1 << 10,
                fileLimitBytes: max(request.limitBytes, 1 << 20)), log: log)
        guard result.isSuccess else {
            throw fault(request, result, words: log.text.trimmed)
        }
        let (status, headers) = try parseHeaders(path: headersPath, request.address)
        let isSmall = request.limitBytes <= Self.keptBytes
        let body = isSmall ? try Files.read(bodyPath, limitBytes: request.limitBytes) : []
        return HTTPResponse(status: status, headers: headers, bodyPath: bodyPath, body: body)
    }

    /// The lines of a curl configuration file. Every value is quoted, and holds no line breaks.
    private func configuration(
        _ request: HTTPRequest, bodyPath: String, headersPath: String
    ) throws(RuntimeFault) -> String {
        var lines = ["silent", "show-error", "globoff", "suppress-connect-headers"]
        func set(_ name: String, _ value: String) throws(RuntimeFault) {
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw RuntimeFault(
                    .badInput, "a request to '\(request.address.text)' would hold control characters.")
            }
            let escaped = value.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : "\($0)" }.joined()
            lines.append("\(name) = \"\(escaped)\"")
        }
        try set("url", request.address.text)
        try set("proto", request.address.isPlain ? "=http" : "=https")
        if request.address.isLoopback { try set("noproxy", "*") }
        if request.method == "HEAD" { lines.append("head") } else { try set("request", request.method) }
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            try set("header", "\(name): \(value)")
        }
        if let authorization = request.authorization { try set("header", "Authorization: \(authorization)") }
        try set("header", "Expect:")
        switch request.body {
        case .none:
            if request.method == "POST" || request.method == "PUT" { try set("data", "") }
        case .file(let path): try set("upload-file", path)
        case .bytes(let bytes):
            let path = scratch + "/http/request"
            try Files.write(bytes, to: path, mode: 0o600)
            try set("data-binary", "@" + path)
        }
        if let file = runner.host.certificateFile { try set("cacert", file) }
        // curl writes the headers where the body would go, if there can be no body.
        try set("output", request.method == "HEAD" ? "/dev/null" : bodyPath)
        try set("dump-header", headersPath)
        try set("max-filesize", String(request.limitBytes))
        try set("max-time", String(request.timeout.components.seconds))
        try set("connect-timeout", "20")
        return lines.joined(separator: "\n") + "\n"
    }

    /// curl's exit codes: 28 too slow, 63 and the signal of `prlimit` too large; all others are the
    /// network's.
    private func fault(_ request: HTTPRequest, _ result: ProgramResult, words: String) -> RuntimeFault {
        let place = "\(request.method) \(request.address.text)"
        switch result.end {
        case .timedOut, .exited(28):
            return RuntimeFault(.timedOut, "no answer in time from \(place). Try again later.", cause: words)
        case .exited(63), .exited(23), .signalled:
            return RuntimeFault(
                .network, "the answer to \(place) is larger than \(request.limitBytes) bytes.", cause: words)
        default:
            return RuntimeFault(
                .network, "no answer from \(place). Check the address and the network.", cause: words)
        }
    }

    /// The last block counts: earlier ones are `100 Continue`.
    private func parseHeaders(
        path: String, _ address: HTTPAddress
    ) throws(RuntimeFault) -> (Int, [String: String]) {
        let text = String(decoding: try Files.read(path, limitBytes: 1 << 20), as: UTF8.self)
        var status = 0
        var headers: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("HTTP/") {
                let words = line.split(separator: " ")
                status = words.count > 1 ? Int(words[1]) ?? 0 : 0
                headers = [:]
            } else if let colon = line.firstIndex(of: ":") {
                headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...]).trimmed
            }
        }
        guard (100...599).contains(status) else {
            throw RuntimeFault(.network, "'\(address.text)' does not answer as an HTTP server.")
        }
        return (status, headers)
    }
}
