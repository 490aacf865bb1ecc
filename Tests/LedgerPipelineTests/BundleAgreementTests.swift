import Foundation
import LedgerPipeline
import LedgerTesting
import Testing

/// The verifier that lies in every bundle was written from `FORMAT.md` alone and shares no code with ours.
/// The two must say the same of every bundle, good or broken, whole or of one release.
struct BundleAgreementTests {
    private static let isSoak = ProcessInfo.processInfo.environment["LEDGER_SOAK"] == "1"

    /// In batches: `LEDGER_SEED=1000` begins with other bundles.
    private static let firstSeed =
        ProcessInfo.processInfo.environment["LEDGER_SEED"].flatMap { Int($0) } ?? 0

    @Test func theStrangersVerifierKeepsToTheColumns() throws {
        let lines = try StrangersVerifier.source().split(separator: "\n", omittingEmptySubsequences: false)

        #expect(lines.count > 400)
        #expect(lines.filter { $0.count > 110 } == [])
    }

    @Test func bothFindAGoodReleaseGood() throws {
        let world = try ReleaseWorld()
        try world.run()
        let bundles = try Self.bundles(of: world, name: "good")

        let good = [
            "0 satisfied | autocli/v0.1.0 satisfied", "build not applicable",
            "deploy_github_packages not applicable", "deploy_pypi_prod satisfied",
            "deploy_pypi_test satisfied",
        ].joined(separator: "; ")
        #expect(bundles.map(\.answer) == [good, good])
        #expect(try StrangersVerifier.answers(of: bundles) == [good, good])
    }

    @Test func bothSayTheSameOfEveryBrokenRule() throws {
        var bundles: [BundleInMemory] = []
        for mutation in JudgedMutation.all {
            let world = try ReleaseWorld(edit: mutation.definition)
            try world.run { try mutation.instead($0, world) }
            try mutation.after(world)
            bundles += try Self.bundles(of: world, name: mutation.name)
        }

        let disagreements = try StrangersVerifier.disagreements(about: bundles)
        #expect(disagreements.isEmpty, "\(disagreements.joined(separator: "\n"))")
    }

    /// `FORMAT.md` §2, §6: what is gone makes indeterminate what rests on it, and never refused.
    @Test func bothFindAReleaseIndeterminateWhoseEvidenceOrProofsAreGone() throws {
        let world = try ReleaseWorld()
        try world.run()
        var damaged: [BundleInMemory] = []
        for bundle in try Self.bundles(of: world, name: "good") {
            let paths = bundle.files.keys.filter { $0.hasPrefix("evidence/") || $0.hasPrefix("proofs/seen-") }
            for (number, path) in paths.sorted().enumerated() {
                let isLost = number.isMultiple(of: 2)
                let isEmpty = bundle.files[path] == []
                damaged.append(
                    isLost || isEmpty ? bundle.without(path) : bundle.flipped(path, at: 0, bit: 1))
            }
        }

        #expect(damaged.count > 60)
        #expect(damaged.filter { !$0.answer.hasPrefix("1 indeterminate | ") }.map(\.name) == [])
        #expect(damaged.filter { $0.answer.contains("refused") }.map(\.name) == [])
        let some = damaged.enumerated().filter { Self.isSoak || $0.offset.isMultiple(of: 4) }.map(\.element)
        let disagreements = try StrangersVerifier.disagreements(about: some)
        #expect(disagreements.isEmpty, "\(disagreements.joined(separator: "\n"))")
    }

    /// `FORMAT.md` §6: the key is the log's, and the manifest is canonical.
    @Test func aKeyOrManifestThatIsNotTheLogsBreaksTheBundle() throws {
        let world = try ReleaseWorld()
        try world.run([.tag])
        var bundles: [BundleInMemory] = []
        for bundle in try Self.bundles(of: world, name: "good") {
            let manifest = String(decoding: bundle.files[BundlePath.manifest]!, as: UTF8.self)
            let key = String(decoding: bundle.files[BundlePath.key]!, as: UTF8.self)
            let changes: [(String, String?)] = [
                (BundlePath.key, nil), (BundlePath.key, key.replacingOccurrences(of: "59", with: "58")),
                (BundlePath.key, "\(key)\n"), (BundlePath.key, "x\(key)"),
                (BundlePath.manifest, nil), (BundlePath.manifest, "\(manifest)\r\n"),
                (BundlePath.manifest, manifest.replacingOccurrences(of: ",", with: ", ")),
                (BundlePath.manifest, manifest.replacingOccurrences(of: "{", with: "{\"a\":1,")),
            ]
            bundles += changes.map { bundle.with($0, $1.map { Array($0.utf8) }, "\($0) \($1 ?? "gone")") }
        }

        #expect(bundles.filter { $0.answer != "5 broken" }.map(\.name) == [])
        #expect(try StrangersVerifier.answers(of: bundles) == bundles.map { _ in "5 broken" })
    }

    @Test func bothFindAnyFlippedByteOfTheRecords() throws {
        let world = try ReleaseWorld()
        try world.run([.tag, .build])
        var (random, flipped) = (SeededGenerator(seed: 1), [BundleInMemory]())
        for bundle in try Self.bundles(of: world, name: "good") {
            let places = 0..<bundle.files["records.jsonl"]!.count
            for _ in 0..<(Self.isSoak ? 2000 : 40) {
                let place = Int.random(in: places, using: &random)
                let bit = UInt8.random(in: 0..<8, using: &random)
                flipped.append(bundle.flipped("records.jsonl", at: place, bit: bit))
            }
        }

        #expect(flipped.filter { $0.answer != "5 broken" }.map(\.name) == [])
        let theirs = try StrangersVerifier.answers(of: flipped)
        #expect(theirs == flipped.map { _ in "5 broken" })
    }

    /// The checkpoint that an inclusion proof carries is the bundle's, its signatures included.
    @Test func anyFlippedByteOfAnInclusionProofBreaksTheBundle() throws {
        let world = try ReleaseWorld()
        try world.run([.tag])
        let bundle = try Self.bundles(of: world, name: "good")[1]
        let path = try #require(bundle.files.keys.filter { $0.hasSuffix(".tlog-proof") }.sorted().last)
        let flipped = (0..<bundle.files[path]!.count).map { place in
            bundle.flipped(path, at: place, bit: UInt8(place % 8))
        }

        #expect(flipped.filter { $0.answer != "5 broken" }.map(\.name) == [])
        let some = flipped.enumerated().filter { $0.offset.isMultiple(of: 20) }.map(\.element)
        #expect(try StrangersVerifier.answers(of: some) == some.map { _ in "5 broken" })
    }

    /// Every second one is damaged after it was written, breaks rules while it is told, or tells something
    /// else in one member of one record.
    @Test(arguments: 0..<(isSoak ? 40 : 1)) func bothSayTheSameOfAnything(_ batch: Int) throws {
        try compare(batch) { try RandomBundle.make(isDamaged: $0 % 2 == 1, using: &$1, "seed \($0)") }
    }

    @Test(arguments: 0..<(isSoak ? 40 : 1)) func bothSayTheSameOfAnyMemberThatIsAnother(_ batch: Int) throws {
        try compare(batch) { try RandomBundle.makeMutant(using: &$1, "mutant \($0)") }
    }

    private func compare(
        _ batch: Int, _ make: (_ seed: Int, inout SeededGenerator) throws -> BundleInMemory
    ) throws {
        var bundles: [BundleInMemory] = []
        for number in 0..<50 {
            let seed = (Self.firstSeed + batch) * 50 + number
            var random = SeededGenerator(seed: UInt64(seed))
            bundles.append(try make(seed, &random))
        }
        let disagreements = try StrangersVerifier.disagreements(about: bundles)
        #expect(disagreements.isEmpty, "\(disagreements.joined(separator: "\n"))")
    }

    private static func bundles(of world: ReleaseWorld, name: String) throws -> [BundleInMemory] {
        [
            try BundleInMemory(world, .whole(withProofs: false), name: "\(name), whole"),
            try BundleInMemory(world, .release(world.release), name: "\(name), of one release"),
        ]
    }
}
