import CSHA256
import LedgerProof
import LedgerTesting
import Testing

/// The one suite that switches the processor's instructions off. Both ways give the same bytes, so other
/// tests that hash meanwhile are not disturbed.
@Suite(.serialized) struct HashTests {
    private static func everyWay(_ first: [UInt8], _ second: [UInt8]) -> [Hash] {
        var stream = HashStream()
        stream.update(Array(first.prefix(first.count / 3)))
        stream.update(Array(first.dropFirst(first.count / 3)))
        var row = [Hash.sha256(first), Hash.sha256(second), Hash.leaf(first), Hash.leaf(second)]
        row += row.reversed()
        let root = row.withUnsafeMutableBytes { Hash.root(consuming: $0) }
        let pair = first.withUnsafeBytes { first in second.withUnsafeBytes { Hash.leaves(first, $0) } }
        return [
            Hash.sha256(first), Hash.leaf(first), stream.finish(), pair.0, pair.1,
            Hash.node(Hash.sha256(first), Hash.sha256(second)), root,
        ]
    }

    @Test func theProcessorsInstructionsGiveWhatPortableCodeGives() {
        guard csha256_is_accelerated() == 1 else {
            return print("HashTests: skipped, this processor has no SHA instructions")
        }
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        for count in 0...600 {
            let first = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let second = (0..<Int.random(in: 0...600, using: &random)).map {
                UInt8(truncatingIfNeeded: $0 * count)
            }
            let accelerated = Self.everyWay(first, second)
            csha256_force_portable(1)
            let portable = Self.everyWay(first, second)
            csha256_force_portable(0)
            #expect(accelerated == portable, "seed \(seed), \(count) bytes")
            #expect(accelerated[3] == Hash.leaf(first) && accelerated[4] == Hash.leaf(second), "seed \(seed)")
            #expect(accelerated[0] == accelerated[2], "seed \(seed), \(count) bytes")
        }
    }

    /// FIPS 180-4, as NIST's examples have them.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func theKnownDigestsComeOut(text: String, digest: String) {
        #expect(Hash.sha256(Array(text.utf8)).hex == digest)
        #expect(Hash(hex: digest)?.bytes == Hash.sha256(Array(text.utf8)).bytes)
    }

    @Test func onlyThirtyTwoBytesAreAHash() {
        for count in 0...70 where count != 32 {
            #expect(Hash(bytes: [UInt8](repeating: 0, count: count)) == nil)
            #expect(Hash(hex: String(repeating: "0", count: count)) == nil || count == 64)
        }
        #expect(Hash(hex: String(repeating: "A", count: 64)) == nil)
        #expect(Hash(hex: String(repeating: "g", count: 64)) == nil)
    }
}
