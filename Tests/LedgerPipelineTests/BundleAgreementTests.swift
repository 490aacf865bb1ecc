import Foundation
import LedgerPipeline
import LedgerTesting
import Testing

/// The verifier that lies in every bundle was written from `FORMAT.md` alone and shares no code with ours.
/// The two must say the same of every bundle, good or broken, whole or of one release.
struct BundleAgreementTests {
    private static let isSoak = ProcessInfo.processInfo.environment["LEDGER_SOAK"] == "1"

    @Test func bothFindAGoodReleaseGood() throws {
        let world = try ReleaseWorld()
        try world.run()
        let bundles = try Self.bundles(of: world, name: "good")

        #expect(bundles.map(\.verdict) == ["proven", "proven"])
        #expect(try StrangersVerifier.verdicts(of: bundles) == ["proven", "proven"])
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
        #expect(disagreements == [])
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

        #expect(flipped.filter { $0.verdict != "broken" }.map(\.name) == [])
        let theirs = try StrangersVerifier.verdicts(of: flipped)
        #expect(theirs == flipped.map { _ in "broken" })
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

        #expect(flipped.filter { $0.verdict != "broken" }.map(\.name) == [])
        let some = flipped.enumerated().filter { $0.offset.isMultiple(of: 20) }.map(\.element)
        #expect(try StrangersVerifier.verdicts(of: some) == some.map { _ in "broken" })
    }

    /// Every second one is damaged after it was written, or breaks rules while it is told.
    @Test(arguments: 0..<(isSoak ? 40 : 1)) func bothSayTheSameOfAnything(_ batch: Int) throws {
        var bundles: [BundleInMemory] = []
        for seed in 0..<50 {
            var random = SeededGenerator(seed: UInt64(batch * 50 + seed))
            bundles.append(try RandomBundle.make(isDamaged: seed % 2 == 1, using: &random, "seed \(seed)"))
        }

        let disagreements = try StrangersVerifier.disagreements(about: bundles)
        #expect(disagreements == [], "batch \(batch)")
    }

    private static func bundles(of world: ReleaseWorld, name: String) throws -> [BundleInMemory] {
        [
            try BundleInMemory(world, .whole(withProofs: false), name: "\(name), whole"),
            try BundleInMemory(world, .release(world.release), name: "\(name), of one release"),
        ]
    }
}
