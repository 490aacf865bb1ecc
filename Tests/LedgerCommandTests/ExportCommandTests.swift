import Foundation
import LedgerProof
import Testing

@Suite struct ExportCommandTests {
    @Test func whatIsToldIsWhatWasWritten() throws {
        let ledger = try LivedInLedger()
        try ledger.reachTestGate()
        try ledger.pushTags(2...4)
        let size = try ledger.json("checkpoint").first?["size"]?.integer ?? 0

        let whole = try ledger.run("export", "whole")
        let one = try ledger.run("export", "one", "--release", "v0.1.0")
        let told = try #require(try ledger.json("export", "again", "--release", "v0.1.0").first)

        func count(_ bundle: String) throws -> Int {
            try String(contentsOfFile: "\(ledger.folder)/\(bundle)/records.jsonl", encoding: .utf8)
                .split(separator: "\n").count
        }
        #expect(try count("whole") == size)
        #expect(try count("one") < size)
        #expect(whole.output.contains("wrote whole: \(size) records up to root"))
        #expect(one.output.contains("wrote one: \(try count("one")) of \(size) records up to root"))
        #expect(told["records"] == .integer(Int64(try count("again"))) && told["size"] == .integer(size))
    }
}
