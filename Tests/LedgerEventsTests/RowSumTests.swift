import LedgerEvents
import LedgerTesting
import Testing

@Suite struct RowSumTests {
    private static func sum(_ rows: some Sequence<[UInt64]>) -> RowSum {
        var sum = RowSum()
        for row in rows { sum.add(row[0], row[1], row[2]) }
        return sum
    }

    @Test func theOrderOfRowsDoesNotMatterButEachWordOfEachRowDoes() {
        var generator = SeededGenerator(seed: 7)
        for count in 1...40 {
            let rows = (0..<count).map { number in
                (0..<3).map { _ in number.isMultiple(of: 3) ? generator.next() : generator.next() % 4 }
            }
            let whole = Self.sum(rows)
            #expect(Self.sum(rows.shuffled(using: &generator)) == whole)
            for row in rows.indices {
                for word in 0..<3 {
                    var changed = rows
                    changed[row][word] ^= 1 << (generator.next() % 64)
                    #expect(Self.sum(changed) != whole)
                }
                #expect(Self.sum(rows[..<row] + rows[(row + 1)...]) != whole)
                #expect(Self.sum(rows + [rows[row]]) != whole)
            }
        }
    }

    /// Words that change places between rows, so that each column adds up to the same.
    @Test func columnsThatAddUpToTheSameAreNotTheSameRows() {
        let rows: [[UInt64]] = [[1, 2, 3], [4, 5, 6]]
        for word in 0..<3 {
            var changed = rows
            (changed[0][word], changed[1][word]) = (changed[1][word], changed[0][word])
            #expect(Self.sum(changed) != Self.sum(rows))
        }
        #expect(Self.sum([[0, 0, 0]]) != RowSum())
    }

    @Test func everyTextHasAWordOfItsOwn() {
        var texts: [String] = (0..<40).map { String(repeating: "a", count: $0) }
        texts += (0..<40).map { String(repeating: "a", count: $0) + "b" }
        texts += ["a\0", "\0", "\0\0", "release/autocli/v1.0", "release/autocli/v1.1"]
        let words = texts.map { text in Array(text.utf8).withUnsafeBytes { RowSum.word(for: $0) } }
        #expect(Set(words).count == texts.count)
    }
}
