internal import LedgerPipeline
internal import LedgerProof

/// A place in a container registry: `ghcr.io/owner/project`, or `http://127.0.0.1:5000/owner/project`.
struct OCIRepository: Hashable, Sendable {
    let host: String
    let name: String
    /// `https://ghcr.io/v2/owner/project/`
    let api: HTTPAddress

    /// The owner part of a name is lowered, as registries want it; everything else must already fit.
    ///
    /// - Throws: ``RuntimeFault`` that says what is wrong.
    init(_ registry: String) throws(RuntimeFault) {
        var rest = registry[...]
        var isPlain = false
        if let scheme = registry.firstRange(of: "://") {
            isPlain = registry[..<scheme.lowerBound].lowercased() == "http"
            rest = registry[scheme.upperBound...]
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts[0].lowercased()
        let name = parts.count > 1 ? parts[1].lowercased() : ""
        guard !host.isEmpty, TargetURL.isRepositoryName(name) else {
            throw RuntimeFault(
                .badInput, "'\(registry)' is no place in a registry. Write it like ghcr.io/owner/project.")
        }
        // A registry on this machine speaks plain HTTP, also where nobody wrote so.
        let scheme = isPlain || HTTPAddress.isLoopback(host) ? "http" : "https"
        self.host = host
        self.name = name
        api = try HTTPAddress("\(scheme)://\(host)/v2/\(name)/")
    }

    /// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`: a local version (`+`) or an epoch (`!`) does not fit and is
    /// refused.
    static func isTag(_ tag: String) -> Bool {
        ArtifactFile.isName(tag) && !tag.contains("+") && !tag.contains("!")
    }
}

/// The manifest of a release's files: one layer for each, whose digest is the file's SHA-256.
///
/// ```
/// {"schemaVersion":2,"mediaType":…,"artifactType":…,"config":{…},"layers":[{…}, …],"annotations":{…}}
/// ```
///
/// Always true: the bytes depend on the release alone, never on the clock, so a second push is the same
/// manifest. They are made once and never encoded again; the digest is over them as pushed.
struct OCIManifest: Hashable, Sendable {
    static let mediaType = "application/vnd.oci.image.manifest.v1+json"
    /// The two bytes `{}`: the empty configuration, which must be pushed like any blob.
    static let emptyConfig = [UInt8]("{}".utf8)

    let bytes: [UInt8]
    var digest: Hash { Hash.sha256(bytes) }

    init(order: StageOrder) {
        let config = Hash.sha256(Self.emptyConfig).hex
        let layers = order.files.sortedByName.map { file in
            let kind = file.name.hasSuffix(".whl") ? "wheel" : "sdist"
            let title = #""org.opencontainers.image.title":\#(Self.quoted(file.name))"#
            return #"{"mediaType":"application/vnd.pypa.\#(kind)","digest":"sha256:\#(file.digest.hex)","#
                + #""size":\#(file.size),"annotations":{\#(title)}}"#
        }
        var annotations: [(String, String)] = []
        if let date = order.sourceDate {
            let time = Timestamp(microsecondsSince1970: date * 1_000_000).description
            annotations.append(("created", time.prefix(19) + "Z"))
        }
        // Only a public address links the package to its repository; a path on this machine is nobody's
        // business.
        if order.repository.hasPrefix("https://"), !order.repository.contains("@") {
            annotations.append(("source", order.repository))
        }
        annotations += [("revision", order.commit), ("version", order.version)]
        let written = annotations.map { #""org.opencontainers.image.\#($0.0)":\#(Self.quoted($0.1))"# }
        bytes = [UInt8](
            (#"{"schemaVersion":2,"mediaType":"\#(Self.mediaType)","#
                + #""artifactType":"application/vnd.ledger.python-dist.v1","#
                + #""config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:\#(config)","#
                + #""size":2,"data":"e30="},"layers":[\#(layers.joined(separator: ","))],"#
                + #""annotations":{\#(written.joined(separator: ","))}}"#).utf8)
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).canonicalBytes, as: UTF8.self)
    }
}
