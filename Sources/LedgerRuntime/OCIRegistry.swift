internal import FoundationEssentials
internal import LedgerPipeline
internal import LedgerProof

/// Speaks the distribution protocol (OCI distribution-spec 1.1) for one repository of one registry.
///
/// Always true: tokens go to the registry's own host and port, the credentials to its host, nothing goes
/// elsewhere; a redirect, as blobs may have, is followed without them.
actor OCIRegistry {
    let repository: OCIRepository
    private let client: HTTPClient
    private let credentials: TargetCredentials?
    private let log: StageLog
    private var authorization: String?

    init(
        repository: OCIRepository, client: HTTPClient, credentials: TargetCredentials?, log: StageLog
    ) {
        self.repository = repository
        self.client = client
        self.credentials = credentials
        self.log = log
    }

    /// The manifest under a tag, byte for byte; nil where there is none.
    func manifest(_ tag: String) async throws(RuntimeFault) -> [UInt8]? {
        let response = try await send(
            HTTPRequest(
                address: try repository.api.resolving("manifests/\(tag)"),
                headers: [
                    "Accept": OCIManifest.mediaType + ", application/vnd.oci.image.index.v1+json, "
                        + "application/vnd.docker.distribution.manifest.v2+json, "
                        + "application/vnd.docker.distribution.manifest.list.v2+json"
                ], limitBytes: 4 << 20))
        switch response.status {
        case 200: break
        case 404: return nil
        default: throw refusal(of: "the manifest of '\(tag)'", response)
        }
        let digest = "sha256:" + Hash.sha256(response.body).hex
        if let said = response.headers["docker-content-digest"], said != digest {
            throw RuntimeFault(
                .network, "the registry says \(said) for a manifest whose bytes have \(digest).")
        }
        return response.body
    }

    func hasBlob(_ digest: Hash) async throws(RuntimeFault) -> Bool {
        let response = try await send(
            HTTPRequest(method: "HEAD", address: try blob(digest), limitBytes: SimpleIndex.fileLimitBytes))
        switch response.status {
        case 200, 307: return true
        case 404: return false
        default: throw refusal(of: "a blob", response)
        }
    }

    /// Sends a blob in one piece; `path` holds its bytes.
    func push(_ digest: Hash, path: String) async throws(RuntimeFault) {
        let start = try await send(
            HTTPRequest(method: "POST", address: try repository.api.resolving("blobs/uploads/")))
        guard start.status == 202, let location = start.headers["location"] else {
            throw refusal(of: "starting an upload", start)
        }
        let separator = location.contains("?") ? "&" : "?"
        let response = try await send(
            HTTPRequest(
                method: "PUT",
                address: try repository.api.resolving("\(location)\(separator)digest=sha256:\(digest.hex)"),
                headers: ["Content-Type": "application/octet-stream"], body: .file(path),
                timeout: .seconds(1200)))
        guard response.status == 201 else { throw refusal(of: "a blob", response) }
    }

    /// - Returns: the digest that the registry says it stored.
    func put(_ manifest: OCIManifest, tag: String) async throws(RuntimeFault) -> String? {
        let response = try await send(
            HTTPRequest(
                method: "PUT", address: try repository.api.resolving("manifests/\(tag)"),
                headers: ["Content-Type": OCIManifest.mediaType], body: .bytes(manifest.bytes)))
        guard response.status == 201 else { throw refusal(of: "the manifest", response) }
        return response.headers["docker-content-digest"]
    }

    /// Fetches a blob and says what its bytes really are.
    func fetch(_ file: ArtifactFile) async throws(RuntimeFault) -> ArtifactFile? {
        let response = try await send(
            HTTPRequest(
                address: try blob(file.digest), limitBytes: SimpleIndex.fileLimitBytes,
                timeout: .seconds(1200)))
        guard response.status == 200 else { throw refusal(of: "a blob", response) }
        let found = try Files.describe(response.bodyPath)
        return ArtifactFile(name: file.name, digest: found.digest, size: found.size)
    }

    private func blob(_ digest: Hash) throws(RuntimeFault) -> HTTPAddress {
        try repository.api.resolving("blobs/sha256:\(digest.hex)")
    }

    // MARK: - Who we are

    /// Sends with what we are allowed, asks for a token once where the registry wants one, follows a blob's
    /// redirect.
    private func send(_ request: HTTPRequest) async throws(RuntimeFault) -> HTTPResponse {
        var response = try await client.send(signed(request))
        if response.status == 401, request.address.authority == repository.api.authority {
            authorization = try await authorize(response.headers["www-authenticate"] ?? "")
            response = try await client.send(signed(request))
        }
        var address = request.address
        for _ in 0..<5 where request.method == "GET" && [301, 302, 303, 307, 308].contains(response.status) {
            guard let location = response.headers["location"] else { return response }
            address = try address.resolving(location)
            var next = request
            next.address = address
            response = try await client.send(next)
        }
        return response
    }

    private func signed(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        let isOwnHost = request.address.authority == repository.api.authority
        request.authorization = isOwnHost ? authorization : nil
        return request
    }

    private struct Grant: Decodable {
        let token: String?
        let access_token: String?
    }

    /// Answers a challenge: `Basic`, or `Bearer realm="…",service="…",scope="…"` by fetching a token there.
    private func authorize(_ challenge: String) async throws(RuntimeFault) -> String? {
        if challenge.lowercased().hasPrefix("basic") { return credentials?.basic }
        let parameters = Self.parameters(of: challenge)
        guard challenge.lowercased().hasPrefix("bearer"), let realm = parameters["realm"] else {
            throw RuntimeFault(.network, "the registry asks for a kind of login that is not known here.")
        }
        let address = try HTTPAddress(realm)
        guard address.host == repository.api.host else {
            throw RuntimeFault(
                .network,
                "the registry sends us to '\(address.host)' for a token; the credentials go to "
                    + "'\(repository.api.host)' only.")
        }
        var query = "scope=" + Redactor.percentEncoded("repository:\(repository.name):pull,push")
        if let service = parameters["service"] { query += "&service=" + Redactor.percentEncoded(service) }
        let separator = realm.contains("?") ? "&" : "?"
        let response = try await client.send(
            HTTPRequest(
                address: try HTTPAddress(realm + separator + query), authorization: credentials?.basic,
                limitBytes: 1 << 20))
        guard response.status == 200,
            let grant = try? JSONDecoder().decode(Grant.self, from: Data(response.body)),
            let token = grant.token ?? grant.access_token
        else { throw refusal(of: "a token", response) }
        log.hide([token])
        return "Bearer " + token
    }

    /// `name="value"` pairs in any order; a value may hold commas.
    static func parameters(of challenge: String) -> [String: String] {
        var result: [String: String] = [:]
        var rest = challenge.drop { $0 != " " }
        while let equals = rest.firstIndex(of: "=") {
            let name = String(rest[..<equals]).trimmed.lowercased()
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                let value = rest.dropFirst().prefix { $0 != "\"" }
                result[name] = String(value)
                rest = rest[value.endIndex...].dropFirst()
            } else {
                let value = rest.prefix { $0 != "," }
                result[name] = String(value).trimmed
                rest = rest[value.endIndex...]
            }
            rest = rest.drop { $0 == "," || $0 == " " }
        }
        return result
    }

    private func refusal(of what: String, _ response: HTTPResponse) -> RuntimeFault {
        let code: RuntimeFault.Code =
            [401, 403].contains(response.status)
            ? .refused : response.status < 500 ? .programFailed : .network
        return RuntimeFault(
            code, "the registry answered \(response.status) to \(what): \(response.text.prefix(300))")
    }
}
