internal import LedgerProof

/// Takes known secrets out of text that is kept.
///
/// Always true: no form of a secret of at least 4 characters is left in what ``redact(_:)`` returns, the
/// forms being the secret itself, its base 64 (also behind `user:`, at any alignment) and its
/// percent-encoding.
public struct Redactor: Sendable {
    /// Longest first, so that a form inside another is not left half.
    private let forms: [[UInt8]]

    public init(secrets: [String]) {
        var forms: Set<[UInt8]> = []
        for secret in secrets where secret.utf8.count >= 4 {
            let bytes = [UInt8](secret.utf8)
            forms.insert(bytes)
            forms.insert([UInt8](Self.percentEncoded(secret).utf8))
            forms.insert([UInt8](Self.percentEncoded(secret).lowercased().utf8))
            for form in Self.base64Forms(bytes) where form.count >= 4 {
                forms.insert(form)
                forms.insert(
                    form.map { $0 == UInt8(ascii: "+") ? 0x2D : $0 == UInt8(ascii: "/") ? 0x5F : $0 })
            }
        }
        self.forms = forms.sorted { $0.count > $1.count }
    }

    /// The length of the longest form: how much of a secret may stand at the end of a line that was cut.
    var longestBytes: Int { forms.first?.count ?? 0 }

    public static let none = Redactor(secrets: [])

    public func adding(_ secrets: [String]) -> Redactor {
        Redactor(forms: Set(forms).union(Redactor(secrets: secrets).forms))
    }

    private init(forms: Set<[UInt8]>) { self.forms = forms.sorted { $0.count > $1.count } }

    public func redact(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for form in forms { result = Self.replace(form, in: result) }
        return result
    }

    public func redact(_ text: String) -> String {
        forms.isEmpty ? text : String(decoding: redact([UInt8](text.utf8)), as: UTF8.self)
    }

    private static func replace(_ form: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= form.count else { return bytes }
        var result: [UInt8] = []
        var position = 0
        var hasMatch = false
        while position < bytes.count {
            if bytes[position] == form[0], bytes[position...].starts(with: form) {
                result += "[hidden]".utf8
                position += form.count
                hasMatch = true
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return hasMatch ? result : bytes
    }

    /// The digits of base 64 that depend on the secret alone, for each of the three places where it can
    /// begin.
    private static func base64Forms(_ secret: [UInt8]) -> [[UInt8]] {
        (0..<3).map { offset in
            let text = [UInt8]([UInt8](repeating: 0, count: offset) + secret).base64.utf8
            let first = (offset * 8 + 5) / 6
            let last = (offset + secret.count) * 8 / 6
            return Array(text.dropFirst(first).prefix(last - first))
        }
    }

    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The password (or the only word) before the `@` of an URL.
    static func userInfo(in url: String) -> String? {
        guard let scheme = url.range(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return nil }
        let user = authority[..<at]
        return String(user.split(separator: ":", maxSplits: 1).last ?? user)
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
