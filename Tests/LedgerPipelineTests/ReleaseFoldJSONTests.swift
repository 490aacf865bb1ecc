import LedgerEvents
import LedgerPipeline
import LedgerProof
import Testing

@Suite struct ReleaseFoldJSONTests {
    private func fold(_ records: some Sequence<Record>, onto start: ReleaseFold = ReleaseFold())
        -> ReleaseFold
    {
        var fold = start
        for record in records { fold.apply(record) }
        return fold
    }

    @Test(arguments: 0..<200) func aFoldReadBackFromItsJSONIsTheSame(seed: Int) throws {
        let fold = fold(RandomRelease(seed: seed, count: seed % 60).records)

        let bytes = fold.json.canonicalBytes
        let again = ReleaseFold(json: try JSONObject(canonical: bytes))

        #expect(again == fold)
        #expect(again?.json.canonicalBytes == bytes)
    }

    @Test(arguments: 0..<12) func aFoldMayBeInterruptedAnywhere(seed: Int) throws {
        let records = RandomRelease(seed: seed, count: 40).records
        let whole = fold(records)

        for cut in 0...records.count {
            let stored = fold(records[..<cut]).json.canonicalBytes
            let resumed = try #require(ReleaseFold(json: try JSONObject(canonical: stored)))
            #expect(fold(records[cut...], onto: resumed) == whole)
        }
    }

    @Test func aMemberThatIsMissingOrOfAnotherKindIsRefused() throws {
        let json = fold(RandomRelease(seed: 7, count: 60).records).json

        for path in paths(.object(json)) {
            #expect(ReleaseFold(json: edited(.object(json), path, to: nil).object!) == nil, "\(path)")
            #expect(ReleaseFold(json: edited(.object(json), path, to: [true]).object!) == nil, "\(path)")
        }
    }

    @Test func aMemberTooManyIsRefused() {
        var json = ReleaseFold().json

        json["more"] = 1

        #expect(ReleaseFold(json: json) == nil)
    }

    // MARK: Editing

    /// Every member of every object, as the names and positions that lead to it.
    private func paths(_ value: JSONValue) -> [[String]] {
        if let object = value.object {
            return object.names.flatMap { name in
                [[name]] + paths(object[name]!).map { [name] + $0 }
            }
        }
        guard let array = value.array else { return [] }
        return array.enumerated().flatMap { position, element in paths(element).map { ["\(position)"] + $0 } }
    }

    private func edited(_ value: JSONValue, _ path: [String], to new: JSONValue?) -> JSONValue {
        guard let first = path.first else { return value }
        if var object = value.object {
            if path.count > 1 {
                object[first] = edited(object[first]!, Array(path.dropFirst()), to: new)
            } else {
                object[first] = new
            }
            return .object(object)
        }
        var array = value.array!
        array[Int(first)!] = edited(array[Int(first)!], Array(path.dropFirst()), to: new)
        return .array(array)
    }
}
