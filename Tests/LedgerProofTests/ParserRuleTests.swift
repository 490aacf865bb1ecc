import Foundation
import LedgerTesting
import Testing

/// What `make fuzz` looks for, held for its corpus and for what lies around that.
@Suite struct ParserRuleTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/corpus")

    private func seeds(_ rule: ParserRule) throws -> [(name: String, bytes: [UInt8])] {
        let folder = Self.corpus.appending(path: rule.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }

    @Test(arguments: ParserRule.allCases) func everyParserAcceptsItsCorpus(_ rule: ParserRule) throws {
        let seeds = try seeds(rule)

        #expect(seeds.count >= 3)
        for (name, bytes) in seeds where name != "entries" {
            #expect(rule.judge(bytes) == .accepted, "\(name)")
        }
    }

    @Test(arguments: ParserRule.allCases) func everyParserKeepsItsRuleAroundItsCorpus(
        _ rule: ParserRule
    ) throws {
        let text = ProcessInfo.processInfo.environment["LEDGER_SEED"]
        let seed = text.flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        let seeds = try seeds(rule)
        for _ in 0..<400 {
            let (name, original) = seeds.randomElement(using: &generator)!
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(.random(in: 0...255, using: &generator), at: place)
                default: bytes[place...].replaceSubrange(place..., with: original.dropFirst(place / 2))
                }
            }

            if case .broken(let sentence) = rule.judge(bytes) {
                Issue.record("\(sentence): \(name), seed \(seed): \(Data(bytes).base64EncodedString())")
            }
        }
    }

    /// Each text of the corpus is the only one that says what it says.
    @Test(arguments: ParserRule.allCases) func aByteAtTheEndIsRefused(_ rule: ParserRule) throws {
        for (name, bytes) in try seeds(rule) where !name.hasSuffix(".pub") {
            #expect(rule.judge(bytes + [0]) == .refused, "\(name)")
        }
    }
}
