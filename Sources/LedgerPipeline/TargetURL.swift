/// The forms of target URLs.
enum TargetURL {
    static func fault(_ url: String, isRegistry: Bool) -> String? {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !url.contains("@"), !url.contains("#") else {
            return "'\(url)' is not a plain URL: no spaces, no credentials, no fragment."
        }
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("OWNER") || parts.contains("PROJECT") {
            return "'\(url)' still has the placeholder OWNER or PROJECT. Write the real owner and project."
        }
        if url.contains("<") || url.contains(">") {
            return "'\(url)' still has a placeholder. Write the real URL."
        }
        let isHTTP = url.hasPrefix("http://")
        guard isRegistry || isHTTP || url.hasPrefix("https://") else {
            return "'\(url)' must begin with https://."
        }
        guard !isRegistry || !url.hasPrefix("https://") else {
            return "write the registry without https://, for example ghcr.io/owner/project."
        }
        let rest = isHTTP ? url.dropFirst(7) : url.hasPrefix("https://") ? url.dropFirst(8) : url[...]
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty else { return "'\(url)' names no host." }
        if isHTTP, !isLoopback(authority) {
            return "'\(url)' is plain HTTP; that is allowed to this machine only. Use https://."
        }
        if isRegistry, rest.split(separator: "/").count < 2 {
            return "'\(url)' must name host and repository."
        }
        return nil
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard host != "localhost", host != "[::1]" else { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}
