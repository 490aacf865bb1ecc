internal import FoundationEssentials
internal import LedgerPipeline
internal import LedgerProof

/// A file as an index lists it.
struct IndexFile: Hashable, Sendable {
    let name: String
    let address: HTTPAddress
    /// Nil where the index does not say.
    let digest: Hash?
    let size: Int?
}

/// What an index says about one version of one project.
enum IndexAnswer: Hashable, Sendable {
    /// Every file of exactly that version; may be empty.
    case files([IndexFile])
    /// It could not be read, or makes no sense. This never means that nothing is there.
    case unreadable(String)
}

/// Reads a package index through the Simple API: JSON (PEP 691) where it is offered, else HTML (PEP 503).
struct SimpleIndex: Sendable {
    let address: HTTPAddress
    let client: HTTPClient
    let log: StageLog

    /// Distributions larger than this are not fetched. PyPI's own limit, unless raised for a project, is 100
    /// MB.
    static let fileLimitBytes = 2 << 30

    init(url: String, client: HTTPClient, log: StageLog) throws(RuntimeFault) {
        address = try HTTPAddress(url.hasSuffix("/") ? url : url + "/")
        self.client = client
        self.log = log
    }

    /// The page of a project.
    func page(of project: String) -> String { address.text + project + "/" }

    func read(project: String, version: PythonVersion) async -> IndexAnswer {
        do throws(RuntimeFault) {
            let response = try await get(try HTTPAddress(page(of: project)))
            switch response.0.status {
            case 200: break
            case 404, 410: return .files([])
            default:
                return .unreadable(
                    "\(page(of: project)) answered \(response.0.status): \(response.0.text.prefix(200))")
            }
            let isJSON = response.0.headers["content-type"]?.lowercased().contains("json") == true
            let all =
                isJSON
                ? try Self.parseJSON(response.0.body, page: response.1)
                : try Self.parseHTML(response.0.body, page: response.1)
            let files = all.filter {
                guard let named = PythonFileName($0.name, project: project) else { return false }
                return named.project == project && named.version == version
            }
            return .files(files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        } catch { return .unreadable(error.description) }
    }

    /// Follows the few redirects that indexes make (names that are not normalised, moved hosts). No
    /// credentials go along.
    private func get(_ start: HTTPAddress) async throws(RuntimeFault) -> (HTTPResponse, HTTPAddress) {
        var address = start
        for _ in 0..<5 {
            let response = try await client.send(
                HTTPRequest(
                    address: address,
                    headers: [
                        "Accept":
                            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
                            + "text/html;q=0.01", "Cache-Control": "no-cache",
                    ]))
            guard [301, 302, 303, 307, 308].contains(response.status), let next = response.headers["location"]
            else { return (response, address) }
            address = try address.resolving(next)
        }
        throw RuntimeFault(.network, "'\(start.text)' redirects without end.")
    }

    /// Fetches a file and hashes what is really served.
    func download(_ file: IndexFile, to path: String? = nil) async throws(RuntimeFault) -> ArtifactFile {
        var address = file.address
        for _ in 0..<5 {
            let response = try await client.send(
                HTTPRequest(address: address, limitBytes: Self.fileLimitBytes, timeout: .seconds(1200)))
            if [301, 302, 303, 307, 308].contains(response.status), let next = response.headers["location"] {
                address = try address.resolving(next)
                continue
            }
            guard response.status == 200 else {
                throw RuntimeFault(.network, "\(address.text) answered \(response.status).")
            }
            let found = try Files.describe(response.bodyPath)
            guard let named = ArtifactFile(name: file.name, digest: found.digest, size: found.size) else {
                throw RuntimeFault(
                    .badInput, "the index serves a file with an unsafe name: \(file.name.debugDescription).")
            }
            return named
        }
        throw RuntimeFault(.network, "'\(file.address.text)' redirects without end.")
    }

    // MARK: - The two forms

    private struct Page: Decodable {
        struct File: Decodable {
            let filename: String
            let url: String
            let hashes: [String: String]?
            let size: Int?
        }
        struct Meta: Decodable {
            let version: String
            enum CodingKeys: String, CodingKey { case version = "api-version" }
        }
        let meta: Meta?
        let files: [File]
    }

    static func parseJSON(_ bytes: [UInt8], page: HTTPAddress) throws(RuntimeFault) -> [IndexFile] {
        let parsed: Page
        do { parsed = try JSONDecoder().decode(Page.self, from: Data(bytes)) } catch {
            throw RuntimeFault(.network, "'\(page.text)' is not Simple API JSON.")
        }
        // PEP 629: another major version may mean something else by the same words.
        guard parsed.meta?.version.hasPrefix("1.") ?? true else {
            throw RuntimeFault(
                .network, "'\(page.text)' speaks version \(parsed.meta?.version ?? "") of the API.")
        }
        var files: [IndexFile] = []
        for file in parsed.files {
            let digest = file.hashes?["sha256"].flatMap { Hash(hex: $0.lowercased()) }
            files.append(
                IndexFile(
                    name: file.filename, address: try page.resolving(file.url), digest: digest,
                    size: file.size))
        }
        return files
    }

    /// `<a href="URL#sha256=HEX">NAME</a>`: the name is the last part of the URL's path.
    static func parseHTML(_ bytes: [UInt8], page: HTTPAddress) throws(RuntimeFault) -> [IndexFile] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.lowercased().contains("<html") || text.lowercased().contains("<a ") else {
            throw RuntimeFault(.network, "'\(page.text)' is not a page of a package index.")
        }
        var files: [IndexFile] = []
        for piece in text.replacing("<A", with: "<a").split(separator: "<a", omittingEmptySubsequences: false)
            .dropFirst()
        {
            guard piece.first?.isWhitespace == true,
                let href = attribute("href", in: piece.prefix { $0 != ">" })
            else { continue }
            let address = try page.resolving(href)
            let path = address.text.prefix { $0 != "?" }
            let name = percentDecoded(String(path.split(separator: "/").last ?? ""))
            let digest = address.fragment.split(separator: "&").first { $0.hasPrefix("sha256=") }
                .flatMap { Hash(hex: $0.dropFirst(7).lowercased()) }
            files.append(IndexFile(name: name, address: address, digest: digest, size: nil))
        }
        return files
    }

    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard let start = tag.lowercased().firstRange(of: name + "=") else { return nil }
        let offset = tag.lowercased().distance(from: tag.lowercased().startIndex, to: start.upperBound)
        let rest = tag.dropFirst(offset)
        guard let quote = rest.first else { return nil }
        let value =
            quote == "\"" || quote == "'"
            ? rest.dropFirst().prefix { $0 != quote } : rest.prefix { !$0.isWhitespace }
        var result = String(value)
        for (entity, character) in [
            ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"),
        ] { result = result.replacing(entity, with: character) }
        return result
    }

    private static func percentDecoded(_ text: String) -> String {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = [UInt8](
                    lowercaseHex: String(decoding: bytes.prefix(2), as: UTF8.self).lowercased())
            {
                result += value
                bytes = bytes.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
