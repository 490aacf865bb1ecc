import LedgerProof

/// JSON for `--output json`: canonical, so that equal results are equal bytes.
enum JSONText {
    static func line(_ object: JSONObject) -> String {
        String(decoding: object.canonicalBytes, as: UTF8.self)
    }
}
