import LedgerProof
import LedgerTesting
import Testing

@Suite struct TreeFrontierTests {
    private static let leaves = (0..<600).map { Hash.leaf([UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]) }

    @Test func theRootIsThatOfTheDefinitionForEverySize() {
        var frontier = TreeFrontier()
        for size in 0...Self.leaves.count {
            #expect(frontier.root == ReferenceTree.root(Self.leaves.prefix(size)))
            #expect(frontier.size == TreeSize(size))
            #expect(frontier.subtrees.count == size.nonzeroBitCount)
            if size < Self.leaves.count { frontier.append(Self.leaves[size]) }
        }
    }

    @Test func everyFilledSubtreeIsToldOnce() {
        var frontier = TreeFrontier()
        var told: [SubtreeID: Hash] = [:]
        for leaf in Self.leaves {
            frontier.append(leaf) { level, place, root in
                let isNew = told.updateValue(root, forKey: SubtreeID(level: level, place: place)) == nil
                #expect(isNew)
            }
        }
        #expect(told == ReferenceTree.subtrees(Self.leaves))
    }

    @Test func itGoesOnFromItsParts() throws {
        var whole = TreeFrontier()
        for (count, leaf) in Self.leaves.prefix(70).enumerated() {
            whole.append(leaf)
            var again = try #require(TreeFrontier(size: TreeSize(count + 1), subtrees: whole.subtrees))
            #expect(again == whole)
            again.append(leaf)
            #expect(again.root == ReferenceTree.root(Self.leaves.prefix(count + 1) + [leaf]))
        }
    }

    /// Every tree up to 70 leaves, cut at every place where a full subtree may be added as a whole.
    @Test func aSubtreeIsAddedAsItsLeavesWouldBe() {
        for start in 0..<70 {
            for level in 0..<6 where start % (1 << level) == 0 {
                var whole = TreeFrontier()
                for leaf in Self.leaves.prefix(start) { whole.append(leaf) }
                var leafByLeaf = whole
                let added = Self.leaves[start..<(start + (1 << level))]
                for leaf in added { leafByLeaf.append(leaf) }
                whole.append(subtree: ReferenceTree.root(added), level: level)
                #expect(whole == leafByLeaf)
            }
        }
    }

    @Test func theRootOfManyHashesSideBySideIsThatOfTheDefinition() {
        for level in 0...9 {
            var hashes = Array(Self.leaves.prefix(1 << level))
            let expected = ReferenceTree.root(hashes)
            #expect(hashes.withUnsafeMutableBytes { Hash.root(consuming: $0) } == expected)
        }
    }

    @Test func aWrongNumberOfPartsIsRefused() {
        for size in 0..<70 {
            for count in 0..<8 where count != size.nonzeroBitCount {
                #expect(TreeFrontier(size: TreeSize(size), subtrees: Array(Self.leaves.prefix(count))) == nil)
            }
        }
    }
}
