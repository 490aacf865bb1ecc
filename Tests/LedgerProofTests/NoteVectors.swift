import LedgerProof

/// A checkpoint, its log's signature and a witness's, computed with another implementation (Python's
/// `cryptography`).
///
/// The seeds are the bytes 0...31 and 100...131: known to everyone, good for tests only.
enum NoteVector {
    static let logSeed = [UInt8](0...31)
    static let logKeyText = "ledger.example/autocli+d5f3ab01+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    static let logPrivateText =
        "PRIVATE+KEY+ledger.example/autocli+d5f3ab01+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    static let witnessKeyText = "witness.example/w1+09dcf0bd+BAu8NGpXZnw4ASC9nH/X5R0sX9/qN80vW/QFssa/by14"
    static let witnessSeconds: UInt64 = 1_795_379_595

    static let origin = Origin("ledger.example/autocli")!
    /// The leaf hash of `record 0`.
    static let root = Hash(hex: "3b367d6db7bc51726d918b18e9a79e0fce53f867fbe38671f609e6bb59d46035")!
    static let text = "ledger.example/autocli\n1\nOzZ9bbe8UXJtkYsY6aeeD85T+Gf744Zx9gnmu1nUYDU=\n"
    static let logLine =
        "— ledger.example/autocli 1fOrAYGd02IK3DWAvaNiCfhes9FXtHizhunhU4bTUIMkJsi/bun0t9Dh1yl7W1l1R66Z"
        + "/8MHUQGESaQQzzGieoz8IQ0=\n"
    static let witnessLine =
        "— witness.example/w1 CdzwvQAAAABrA1GLlqGcWBJXc5KYB+GygPHkaXAA19gN8wznySb1Ah/tSBmJP8hqrlQUnWe3"
        + "I53pXNC6KPfzV+W9HsHX5s50/4gNDA==\n"
    /// Lines that no key of ours explains: another name, our name with another hash, a name that is not
    /// ASCII, and a signature of one byte.
    static let strangeLines =
        "— rekor.example AAAAAAECAwQFBgc=\n— ledger.example/autocli AAAAAAECAwQFBgc=\n"
        + "— プロトコル/é 3q2+7wECAwQ=\n— x AAAAAAA=\n"

    static func note(_ parts: String...) -> [UInt8] { [UInt8](parts.joined().utf8) }
}
