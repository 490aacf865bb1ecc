import Foundation
import LedgerProof
import LedgerTesting
import Testing

@Suite struct MerkleProofTests {
    private static let leaves = (0..<70).map { Hash.leaf([UInt8($0)]) }
    private static let roots = (0...70).map { ReferenceTree.root(leaves.prefix($0)) }
    private static let subtrees = ReferenceTree.subtrees(leaves)

    private static func inclusion(_ index: Int, _ size: Int) -> [Hash] {
        ProofPlan.inclusion(of: LogIndex(index), in: TreeSize(size)).resolve { subtrees[$0]! }
    }

    private static func consistency(_ old: Int, _ new: Int) -> [Hash] {
        ProofPlan.consistency(from: TreeSize(old), to: TreeSize(new)).resolve { subtrees[$0]! }
    }

    private static func isIncluded(_ leaf: Hash, _ index: Int, _ size: Int, _ root: Hash, _ proof: [Hash])
        -> Bool
    {
        MerkleProof.checkInclusion(
            of: leaf, at: LogIndex(index), in: TreeSize(size), root: root, proof: proof)
    }

    private static func isConsistent(
        _ old: Int, _ oldRoot: Hash, _ new: Int, _ newRoot: Hash, _ proof: [Hash]
    ) -> Bool {
        MerkleProof.checkConsistency(
            from: TreeSize(old), oldRoot: oldRoot, to: TreeSize(new), newRoot: newRoot, proof: proof)
    }

    /// Every hash of a proof wrong in one bit, one left out, one too many.
    private static func damaged(_ proof: [Hash]) -> [[Hash]] {
        let other = Hash.sha256([1, 2, 3])
        var result = [proof + [other], [other] + proof]
        for place in proof.indices {
            var bytes = proof[place].bytes
            bytes[place % 32] ^= 1 << (place % 8)
            var changed = proof
            changed[place] = Hash(bytes: bytes)!
            var shorter = proof
            shorter.remove(at: place)
            result += [changed, shorter]
        }
        return result
    }

    @Test(arguments: 1...70) func everyInclusionProofIsGoodAndNoDamagedOneIs(size: Int) {
        for index in 0..<size {
            let proof = Self.inclusion(index, size)
            let (leaf, root) = (Self.leaves[index], Self.roots[size])
            #expect(Self.isIncluded(leaf, index, size, root, proof))
            #expect(proof.count <= 7)

            for bad in Self.damaged(proof) { #expect(!Self.isIncluded(leaf, index, size, root, bad)) }
            #expect(!Self.isIncluded(Self.leaves[(index + 1) % 70], index, size, root, proof))
            #expect(!Self.isIncluded(leaf, index, size, Self.roots[size - 1], proof))
            for other in 0..<size where other != index {
                #expect(!Self.isIncluded(leaf, other, size, root, proof))
            }
            #expect(!Self.isIncluded(leaf, size, size, root, proof))
        }
    }

    @Test(arguments: 0...70) func everyConsistencyProofIsGoodAndNoDamagedOneIs(new: Int) {
        for old in 0...new {
            let proof = Self.consistency(old, new)
            let (oldRoot, newRoot) = (Self.roots[old], Self.roots[new])
            #expect(Self.isConsistent(old, oldRoot, new, newRoot, proof))

            for bad in Self.damaged(proof) { #expect(!Self.isConsistent(old, oldRoot, new, newRoot, bad)) }
            let other = Hash.sha256([9])
            #expect(!Self.isConsistent(old, other, new, newRoot, proof))
            if old > 0 { #expect(!Self.isConsistent(old, oldRoot, new, other, proof)) }
            if old < new { #expect(!Self.isConsistent(new, newRoot, old, oldRoot, proof)) }
        }
    }

    // MARK: Vectors

    /// The classic eight leaves of certificate transparency.
    private static let eight = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ].map { Hash.leaf([UInt8](lowercaseHex: $0)!) }

    private static let eightRoots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test func theRootsOfTheEightLeavesAreTheKnownOnes() {
        var frontier = TreeFrontier()
        for (size, root) in Self.eightRoots.enumerated() {
            #expect(frontier.root.hex == root)
            if size < 8 { frontier.append(Self.eight[size]) }
        }
    }

    @Test func theHashesOfTheStandardAreTheKnownOnes() {
        #expect(Hash.emptyRoot.hex == Self.eightRoots[0])
        #expect(Hash.leaf([UInt8]()).hex == Self.eightRoots[1])
        #expect(
            Hash.leaf(Array("L123456".utf8)).hex
                == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56")
    }

    /// The mutations that transparency-dev/merkle tests its verifier with. Where one of them and C2SP
    /// tlog-witness differ (a proof from size 0), tlog-witness holds.
    private struct Inclusion: Decodable {
        let leafIdx, treeSize: UInt64
        let root, leafHash: String
        let proof: [String]?
        let file: String
        let wantErr: Bool
    }

    private struct Consistency: Decodable {
        let size1, size2: Int
        let root1, root2: String
        let proof: [String]?
        let file: String
        let wantErr: Bool
    }

    /// - Returns: nil where the vectors are not at hand, which is said.
    private func probes<Probe: Decodable>(_ name: String) throws -> [Probe]? {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../shared/vectors/merkle-probes/\(name).json").standardized
        guard let data = try? Data(contentsOf: file) else {
            print("merkle-probes/\(name).json: skipped, there is no \(file.path)")
            return nil
        }
        return try JSONDecoder().decode([Probe].self, from: data)
    }

    /// Some probes have words where a hash belongs; equal words stand for equal hashes.
    ///
    /// - Returns: nil for no bytes, which are no hash for us.
    private func hash(_ base64: String) throws -> Hash? {
        let bytes = try #require([UInt8](base64: base64))
        return bytes.isEmpty ? nil : Hash(bytes: bytes) ?? Hash.sha256(bytes)
    }

    @Test func theInclusionProbesOfOthersAreJudgedAlike() throws {
        guard let probes: [Inclusion] = try probes("inclusion") else { return }
        #expect(probes.count == 98)
        for probe in probes {
            let proof = try (probe.proof ?? []).compactMap { try hash($0) }
            var isGood = false
            // An index above 2^63 cannot even be said.
            if let index = Int(exactly: probe.leafIdx), let size = Int(exactly: probe.treeSize),
                let leaf = try hash(probe.leafHash), let root = try hash(probe.root),
                proof.count == probe.proof?.count ?? 0
            {
                isGood = Self.isIncluded(leaf, index, size, root, proof)
            }
            #expect(isGood != probe.wantErr, "\(probe.file)")
        }
    }

    @Test func theConsistencyProbesOfOthersAreJudgedAlike() throws {
        guard let probes: [Consistency] = try probes("consistency") else { return }
        #expect(probes.count == 98)
        for probe in probes {
            let proof = try (probe.proof ?? []).compactMap { try hash($0) }
            let oldRoot = try #require(try hash(probe.root1))
            let newRoot = try #require(try hash(probe.root2))
            guard proof.count == probe.proof?.count ?? 0 else {
                #expect(probe.wantErr, "\(probe.file)")
                continue
            }
            let isGood = Self.isConsistent(probe.size1, oldRoot, probe.size2, newRoot, proof)
            let isEmptyOld = probe.size1 == 0 && oldRoot == Hash.emptyRoot && proof.isEmpty && probe.size2 > 0
            #expect(isGood == (isEmptyOld || !probe.wantErr), "\(probe.file)")
        }
    }

    @Test func nothingIsConsistentWithTheEmptyTreeAndNeedsNoProof() {
        for size in 0...8 {
            let root = Hash(hex: Self.eightRoots[size])!
            #expect(Self.isConsistent(0, Hash.emptyRoot, size, root, []))
            #expect(!Self.isConsistent(0, Hash.emptyRoot, size, root, [root]))
            #expect(!Self.isConsistent(0, Hash.sha256([0]), size, root, []))
        }
    }
}
