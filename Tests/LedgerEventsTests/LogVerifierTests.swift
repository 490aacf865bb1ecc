import LedgerEvents
import LedgerProof
import LedgerTesting
import Testing

@Suite struct LogVerifierTests {
    private static let origin = ConformanceRule.origin
    private static let noon = RandomOperations.start

    /// Links drafts as the log would, but for what `change` does to a record's place.
    private struct Place {
        var index: Int
        var previous: Hash
        var revision: Int
        var time: Timestamp
    }

    private static func records(
        _ drafts: [RecordDraft], change: (Int, inout Place) -> Void = { _, _ in }
    ) -> [[UInt8]] {
        var records: [[UInt8]] = []
        var revisions: [StreamName: Int] = [:]
        for (number, draft) in drafts.enumerated() {
            revisions[draft.stream, default: 0] += 1
            var place = Place(
                index: number, previous: records.last.map { Hash.leaf($0) } ?? origin.seed,
                revision: revisions[draft.stream]!, time: noon.adding(microseconds: Int64(number)))
            change(number, &place)
            records.append(
                draft.linked(
                    index: LogIndex(place.index), previous: place.previous, revision: place.revision,
                    time: place.time))
        }
        return records
    }

    private static let drafts = (0..<9).map {
        RecordDraft.numbered($0, stream: $0 % 3 == 0 ? .roster : .ledger)
    }

    private func verify(_ records: [[UInt8]], _ depth: LogVerifier.Depth) throws -> VerificationResult {
        try LogVerifier.verify(TamperedLog(origin: Self.origin, records: records), depth: depth)
    }

    private func expectFault(
        _ cause: LogFault.Cause, at index: Int, in records: [[UInt8]],
        _ depths: [LogVerifier.Depth] = [.full, .fast],
        location: SourceLocation = #_sourceLocation
    ) throws {
        for depth in depths {
            guard case .broken(let fault) = try verify(records, depth) else {
                Issue.record("\(depth) found nothing", sourceLocation: location)
                continue
            }
            #expect(fault.cause == cause && fault.index?.value == index, "\(fault)", sourceLocation: location)
        }
    }

    @Test func nothingToVerifyIsNotSuccess() throws {
        #expect(try verify([], .full) == .nothingToVerify)
        #expect(try verify([], .fast) == .nothingToVerify)
    }

    @Test func aGoodLogOfAnySizeIsGood() throws {
        let records = Self.records((0..<700).map { .numbered($0) })
        for size in [1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 512, 513, 700] {
            let leaves = records.prefix(size).map { Hash.leaf($0) }
            let good = VerificationResult.good(size: TreeSize(size), root: ReferenceTree.root(leaves))
            #expect(try verify(Array(records.prefix(size)), .full) == good)
            #expect(try verify(Array(records.prefix(size)), .fast) == good)
        }
    }

    @Test(arguments: 0..<9) func aRecordTakenOutIsFound(at place: Int) throws {
        var records = Self.records(Self.drafts)
        records.remove(at: place)
        // Without a checkpoint, a log that ends earlier is only a shorter log.
        guard place < 8 else { return }
        try expectFault(.index, at: place, in: records)
    }

    @Test(arguments: 0..<8) func twoRecordsChangedAboutAreFound(at place: Int) throws {
        var records = Self.records(Self.drafts)
        records.swapAt(place, place + 1)
        try expectFault(.index, at: place, in: records)
    }

    @Test(arguments: 0..<8) func aRecordReplacedByAnotherIsFoundAtTheNext(at place: Int) throws {
        var other = Self.drafts
        other[place] = .numbered(place, stream: other[place].stream, type: "tag.moved")
        var records = Self.records(Self.drafts)
        records[place] = Self.records(other)[place]
        try expectFault(.previous, at: place + 1, in: records)
    }

    @Test(arguments: 0..<9) func aWrongLinkIsFound(at place: Int) throws {
        let records = Self.records(Self.drafts) { number, record in
            if number == place { record.previous = Hash.sha256([1]) }
        }
        try expectFault(.previous, at: place, in: records)
    }

    @Test(arguments: 0..<9) func aWrongIndexIsFound(at place: Int) throws {
        let records = Self.records(Self.drafts) { number, record in
            if number == place { record.index += 1 }
        }
        try expectFault(.index, at: place, in: records)
    }

    @Test(arguments: 0..<9, [-1, 1]) func aWrongRevisionIsFound(at place: Int, by step: Int) throws {
        let records = Self.records(Self.drafts) { number, record in
            if number == place { record.revision += step }
        }
        // There is no revision 0.
        let cause: LogFault.Cause =
            records[place].firstRange(of: Array("\"revision\":0,".utf8)) == nil ? .revision : .notARecord
        try expectFault(cause, at: place, in: records, [.full])
    }

    @Test(arguments: 1..<9) func aTimeThatGoesBackIsFound(at place: Int) throws {
        let records = Self.records(Self.drafts) { number, record in
            if number == place { record.time = Self.noon.adding(microseconds: -1) }
        }
        try expectFault(.time, at: place, in: records, [.full])
    }

    @Test(arguments: 1..<9) func anIDTwiceIsFound(at place: Int) throws {
        var drafts = Self.drafts
        drafts[place] = .numbered(99, stream: drafts[place].stream, id: place - 1)
        try expectFault(.duplicateID, at: place, in: Self.records(drafts), [.full])
    }

    @Test(arguments: 0..<9) func bytesThatAreNoRecordAreFound(at place: Int) throws {
        for bytes in [[], Array("x".utf8), Array("{}".utf8), [UInt8](repeating: 0x22, count: 70_000)] {
            var records = Self.records(Self.drafts)
            records[place] = bytes
            try expectFault(.notARecord, at: place, in: records)
        }
    }

    @Test func anotherOriginIsFoundAtTheFirstRecord() throws {
        let log = TamperedLog(origin: Origin("other.example")!, records: Self.records(Self.drafts))
        for depth in [LogVerifier.Depth.full, .fast] {
            guard case .broken(let fault) = try LogVerifier.verify(log, depth: depth) else {
                Issue.record("\(depth) found nothing")
                continue
            }
            #expect(fault.cause == .previous && fault.index == LogIndex(0))
        }
    }

    @Test func aTreeThatIsNotThatOfTheRecordsIsFound() throws {
        let records = Self.records(Self.drafts)
        let stale = try TamperedLog(origin: Self.origin, records: Array(records.dropLast())).read {
            try $0.head()
        }
        for depth in [LogVerifier.Depth.full, .fast] {
            let log = TamperedLog(origin: Self.origin, records: records, head: stale)
            guard case .broken(let fault) = try LogVerifier.verify(log, depth: depth) else {
                Issue.record("\(depth) found nothing")
                continue
            }
            #expect(fault.cause == .tree)
        }
    }
}
