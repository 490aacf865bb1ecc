/// Where a request goes: `https` anywhere, plain `http` only to this machine, no credentials inside.
struct HTTPAddress: Hashable, Sendable {
    /// The whole address, without a fragment.
    let text: String
    let isPlain: Bool
    /// Host and port as written, in lower case: who may see a token meant for this address.
    let authority: String
    /// What stood behind `#`.
    let fragment: String

    /// - Throws: ``RuntimeFault`` that says what is wrong with the address.
    init(_ url: String) throws(RuntimeFault) {
        let halves = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let text = String(halves.first ?? "")
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") && $0 != 0x22 })
        else {
            throw RuntimeFault(
                .badInput, "'\(url)' is not an address: spaces and special characters are not allowed.")
        }
        let isPlain = text.lowercased().hasPrefix("http://")
        guard isPlain || text.lowercased().hasPrefix("https://") else {
            throw RuntimeFault(.badInput, "'\(url)' must begin with https://")
        }
        let authority = text.dropFirst(isPlain ? 7 : 8).prefix { $0 != "/" && $0 != "?" }.lowercased()
        guard !authority.isEmpty, !authority.contains("@") else {
            throw RuntimeFault(.badInput, "'\(url)' must name a host, and no user or password.")
        }
        guard !isPlain || Self.isLoopback(authority) else {
            throw RuntimeFault(
                .badInput, "'\(url)' is plain HTTP; that is allowed to this machine only. Use https://")
        }
        self.text = text
        self.isPlain = isPlain
        self.authority = authority
        fragment = halves.count > 1 ? String(halves[1]) : ""
    }

    /// Without the port, and without the brackets of IPv6.
    var host: String { Self.host(of: authority) }

    private static func host(of authority: String) -> String {
        let host =
            authority.hasPrefix("[")
            ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        return String(host)
    }

    /// `authority` is 127.0.0.0/8, `[::1]` or `localhost`, with or without a port.
    static func isLoopback(_ authority: String) -> Bool {
        let host = host(of: authority)
        if host == "localhost" || host == "::1" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }

    var isLoopback: Bool { Self.isLoopback(authority) }

    private var origin: String { (isPlain ? "http://" : "https://") + authority }

    /// The path with what stands behind it, from the first `/`.
    private var path: Substring {
        let rest = text.dropFirst(isPlain ? 7 : 8).drop { $0 != "/" && $0 != "?" }
        return rest.isEmpty ? "/" : rest
    }

    /// RFC 3986, section 5.2: what `reference` means on the page at this address.
    ///
    /// - Throws: ``RuntimeFault`` where it leads to no address that we may use.
    func resolving(_ reference: String) throws(RuntimeFault) -> HTTPAddress {
        let lower = reference.lowercased()
        if lower.hasPrefix("http://") || lower.hasPrefix("https://") { return try HTTPAddress(reference) }
        if reference.hasPrefix("//") { return try HTTPAddress((isPlain ? "http:" : "https:") + reference) }
        if reference.hasPrefix("/") { return try HTTPAddress(origin + Self.withoutDots(reference)) }
        let page = path.prefix { $0 != "?" }
        if reference.hasPrefix("?") { return try HTTPAddress(origin + page + reference) }
        if reference.isEmpty || reference.hasPrefix("#") { return try HTTPAddress(text + reference) }
        let folder = page[...(page.lastIndex(of: "/") ?? page.startIndex)]
        return try HTTPAddress(origin + Self.withoutDots(folder + reference))
    }

    /// RFC 3986, section 5.2.4; what follows `?` or `#` stays as it is.
    private static func withoutDots(_ reference: String) -> String {
        let path = reference.prefix { $0 != "?" && $0 != "#" }
        let rest = reference[path.endIndex...]
        var parts: [Substring] = []
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment == ".." {
                _ = parts.popLast()
                if isLast { parts.append("") }
            } else if segment == "." {
                if isLast { parts.append("") }
            } else {
                parts.append(segment)
            }
        }
        return "/" + parts.joined(separator: "/") + rest
    }
}
