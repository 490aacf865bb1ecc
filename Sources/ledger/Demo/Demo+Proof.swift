import Foundation

/// What the end of the demo suggests.
enum DemoNext {
    static let commands = [
        "ledger status \(DemoPackage.tag)",
        "ledger replay --release \(DemoPackage.tag) --explain",
        "ledger gate who \(DemoPackage.tag) Production",
        "ledger verify --gates",
        "python3 \(DemoFolder.bundle)/verify.py --log-key \(DemoFolder.logKey)",
    ]
}

/// The end: what the records prove, to us and to a stranger.
extension Demo {
    mutating func lookBack() async throws {
        screen.step("Where it stands", "The state is only ever what the records add up to.")
        try await type("ledger status \(DemoPackage.tag)", Expectation(words: ["published everywhere"]))
        try await type("ledger replay --check", Expectation(words: ["satisfied"]))
        try await type("ledger verify --gates", Expectation(words: ["satisfied"]))
    }

    mutating func audit() async throws {
        let (bundle, key) = (DemoFolder.bundle, DemoFolder.logKey)
        screen.step(
            "A year later, an auditor asks",
            "ida hands over a folder, and the log's key by another way. Two verifiers decide every gate again: "
                + "ledger, and a Python program that shares no code with it.")
        try await type("ledger export \(bundle)")
        try await type(
            "ledger verify --bundle \(bundle) --log-key \(key)", Expectation(words: ["satisfied"]))
        try await type(
            "python3 \(bundle)/verify.py \(bundle) --log-key \(key)", Expectation(words: ["satisfied"]))
    }

    /// One digit of one digest, in a copy.
    mutating func forge() async throws {
        screen.step(
            "And if somebody rewrites a record?",
            "A copy of the bundle in which one digit of one file's digest is another.")
        let (bundle, forgery) = (DemoFolder.bundle, DemoFolder.forgery)
        try FileManager.default.copyItem(
            atPath: "\(folder.path)/\(bundle)", toPath: "\(folder.path)/\(forgery)")
        var records = String(decoding: try folder.read("\(bundle)/records.jsonl"), as: UTF8.self)
        guard let built = records.range(of: #""type":"artifact.built""#),
            let digest = records[built.upperBound...].range(of: #""sha256":""#)
        else { throw Ending(.mismatch, "ledger: the bundle of the demo has no record of what was built.") }
        let place = digest.upperBound
        records.replaceSubrange(place...place, with: records[place] == "0" ? "1" : "0")
        try folder.write(records, to: "\(forgery)/records.jsonl")
        try await type(
            "ledger verify --bundle \(forgery) --log-key \(DemoFolder.logKey)",
            Expectation(code: .broken, words: ["broken"], remark: "the log was changed, and here is where"))
    }
}
