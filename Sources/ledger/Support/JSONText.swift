import LedgerProof

/// JSON for `--output json`: canonical, so that equal results are equal bytes; but what would move the cursor
/// of a terminal, or cannot be seen on it, is written as `\\uXXXX`, which means the same.
enum JSONText {
    static func line(_ object: JSONObject) -> String {
        let text = String(decoding: object.canonicalBytes, as: UTF8.self)
        guard !text.unicodeScalars.allSatisfy({ Terminal.isPlain($0) }) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if Terminal.isPlain(scalar) {
                shown.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    shown += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return shown
    }
}
