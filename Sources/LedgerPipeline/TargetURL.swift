/// The forms of target URLs.
public enum TargetURL {
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
        if let fault = authorityFault(authority) { return "'\(url)' \(fault)" }
        if isHTTP, !isLoopback(authority) {
            return "'\(url)' is plain HTTP; that is allowed to this machine only. Use https://."
        }
        let path = rest.dropFirst(authority.count)
        guard isRegistry else {
            let isPath = path.utf8.allSatisfy { isWord($0) || pathSigns.contains($0) }
            return isPath
                ? nil : "'\(url)' has characters that no address needs. Write letters, digits and -._~/%+=&?"
        }
        // An owner may be written in capitals; registries want them small.
        return isRepositoryName(path.dropFirst().lowercased())
            ? nil
            : "'\(url)' must name host and repository, like ghcr.io/owner/project: words of letters and digits, "
                + "joined by '.', '_', '-' and '/'."
    }

    private static let pathSigns = Set("-._~/%+=&?".utf8)

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What is wrong with `host` or `host:port`, after the name of the URL.
    private static func authorityFault(_ authority: Substring) -> String? {
        var (host, rest) = (authority[...], authority[authority.endIndex...])
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else {
                return "names no host: '\(host)'. Close the ']'."
            }
            (host, rest) = (authority[...end], authority[authority.index(after: end)...])
        } else if let colon = authority.firstIndex(of: ":") {
            (host, rest) = (authority[..<colon], authority[colon...])
        }
        if !rest.isEmpty {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let port = UInt16(digits), port > 0
            else { return "has the port '\(digits)'. A port is a number from 1 to 65535." }
        }
        return isHost(host) ? nil : "names no host: '\(host)'. Write it like registry.example.com."
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.first == "[" {
            let inner = host.dropFirst().dropLast()
            return inner.contains(":") && inner.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253,
            labels.allSatisfy({ label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
            })
        else { return false }
        // What ends with a number is an address in numbers, or nothing.
        guard labels.last?.allSatisfy(\.isNumber) == true else { return true }
        return labels.count == 4 && labels.allSatisfy { UInt8($0) != nil }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard host != "localhost", host != "[::1]" else { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }

    /// Words of `a-z 0-9` joined by `.`, `_`, `__` or dashes; the words' groups joined by `/`. At most 255
    /// bytes.
    public static func isRepositoryName(_ name: String) -> Bool {
        guard (1...255).contains(name.utf8.count) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            var separator: [UInt8] = []
            var isAfterWord = false
            for byte in part.utf8 {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    let isDashes = separator.allSatisfy { $0 == UInt8(ascii: "-") }
                    let isOther = [[0x2E], [0x5F], [0x5F, 0x5F]].contains(separator)
                    guard isDashes || isOther else { return false }
                    separator = []
                    isAfterWord = true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    guard isAfterWord else { return false }
                    separator.append(byte)
                default: return false
                }
            }
            return isAfterWord && separator.isEmpty
        }
    }
}
