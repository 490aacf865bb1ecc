internal import LedgerPipeline
internal import LedgerProof

#if canImport(Glibc)
    internal import Glibc
#endif

/// The environment that ledger itself was started with, as a value. The composition root reads it once.
///
/// No child ever inherits it: each gets one of the lists below, spelled out.
public struct HostEnvironment: Sendable {
    public let variables: [String: String]

    public init(variables: [String: String]) { self.variables = variables }

    /// How this machine reaches the network: certificates and proxies. Safe to hand to any child.
    static let network = [
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
        "all_proxy", "no_proxy",
    ]

    var path: String { variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }
    var home: String? { variables["HOME"].flatMap { $0.hasPrefix("/") && $0 != "/" ? $0 : nil } }

    /// What trusted tools (twine, curl, pip for our own tools) get. `HOME` is a fresh folder, so that no
    /// `.pypirc`, `.netrc` or `.curlrc` of this machine's user takes part.
    func forTools(home: String) -> [String: String] {
        var result = variables.filter { Self.network.contains($0.key) }
        result["PATH"] = path
        result["LANG"] = "C.UTF-8"
        result["HOME"] = home
        result["TMPDIR"] = home
        result["PYTHONNOUSERSITE"] = "1"
        result["PYTHONDONTWRITEBYTECODE"] = "1"
        result["PIP_CONFIG_FILE"] = "/dev/null"
        result["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        result["PIP_NO_INPUT"] = "1"
        result["NO_COLOR"] = "1"
        result["COLUMNS"] = "1000"
        return result
    }

    /// The bundle of certificates that this machine trusts, where a variable names one.
    var certificateFile: String? { certificateFiles.first }

    /// All that are named: tools differ in which variable they read.
    var certificateFiles: [String] {
        ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"].compactMap { variables[$0] }
            .filter { $0.hasPrefix("/") && access($0, R_OK) == 0 }
    }

    /// All that a variable which children get names.
    var certificatePlaces: [String] {
        certificateFiles
            + ["SSL_CERT_DIR", "PIP_CLIENT_CERT"].compactMap { variables[$0] }
            .filter { $0.hasPrefix("/") && access($0, R_OK) == 0 }
    }

    /// Proxies may be written with a password in them.
    var proxySecrets: [String] {
        variables.filter { $0.key.lowercased().hasSuffix("_proxy") }.values.compactMap(Redactor.userInfo)
    }

    /// The full path of a program.
    ///
    /// - Throws: ``RuntimeFault`` that names the Debian package to install.
    func find(_ program: String, package: String) throws(RuntimeFault) -> String {
        if let found = findIfPresent(program) { return found }
        throw RuntimeFault(
            .missingProgram,
            "the program '\(program)' is not on the PATH. Install it: apt-get install \(package)")
    }

    func findIfPresent(_ program: String) -> String? {
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        for folder in folders where folder.hasPrefix("/") {
            let candidate = "\(folder)/\(program)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}

/// User name and token of one target, from `LEDGER_<NAME>_USERNAME` and `LEDGER_<NAME>_TOKEN`.
struct TargetCredentials: Sendable {
    let username: String
    let token: String

    var basic: String { "Basic " + [UInt8]("\(username):\(token)".utf8).base64 }
}

extension HostEnvironment {
    /// - Returns: nil where the token is not set.
    /// - Throws: ``RuntimeFault`` where it cannot be one: it would break a header or a log.
    func credentials(for target: Target, username fallback: String) throws(RuntimeFault) -> TargetCredentials?
    {
        let prefix = target.environmentPrefix
        guard let token = variables[prefix + "_TOKEN"]?.trimmed, !token.isEmpty else { return nil }
        let username = variables[prefix + "_USERNAME"]?.trimmed ?? ""
        for (name, value) in [("_TOKEN", token), ("_USERNAME", username)]
        where !value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) {
            throw RuntimeFault(.badInput, "\(prefix)\(name) holds spaces or line breaks. Set it again.")
        }
        return TargetCredentials(username: username.isEmpty ? fallback : username, token: token)
    }
}

extension String {
    /// With a full stop at the end, whatever was there.
    var sentence: String { hasSuffix(".") || hasSuffix("!") || hasSuffix(")") ? self : self + "." }

    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
