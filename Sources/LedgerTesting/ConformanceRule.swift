public import LedgerEvents
public import LedgerProof

/// What every store must keep to, as rules that can be checked on any of them.
///
/// Small sizes are exhausted. The stores are also compared with each other by ``RandomOperations``.
public enum ConformanceRule: String, CaseIterable, Sendable {
    case recordsFollowFromEachOther, batchingDoesNotMatter, aFailedWriteLeavesNothing
    case aRetryGetsTheFirstReceipt, otherContentNeedsAnotherID, aWrongRevisionAddsNothing
    case timeNeverGoesBack, aCauseComesFirst, aRecordHasALimit
    case anAttemptIsUndoneAlone
    case positionsAreThoseOfTheRecords, everyRangeCanBeScanned
    case subtreesAreThoseOfTheTree, proofsFromTheStoreAreGood
    case evidenceIsKeptByDigest, onlySaltedEvidenceIsErased, notesAreKept
    case aLeaseHasOneHolder

    /// Makes an empty log of ``origin``, with this clock.
    public typealias MakeLog = (LedgerClock) throws -> any EventLog

    public static let origin = Origin("ledger.example/conformance")!
    static let noon = Timestamp("2026-11-22T12:00:00.000000Z")!

    /// - Throws: ``BrokenRule``, or what the store throws.
    public func check(_ make: MakeLog) throws {
        switch self {
        case .recordsFollowFromEachOther: try Self.checkLinks(make)
        case .batchingDoesNotMatter: try Self.checkBatching(make)
        case .aFailedWriteLeavesNothing: try Self.checkFailedWrite(make)
        case .aRetryGetsTheFirstReceipt: try Self.checkRetry(make)
        case .otherContentNeedsAnotherID: try Self.checkTakenID(make)
        case .aWrongRevisionAddsNothing: try Self.checkRevision(make)
        case .timeNeverGoesBack: try Self.checkTime(make)
        case .aCauseComesFirst: try Self.checkCause(make)
        case .aRecordHasALimit: try Self.checkRecordLimit(make)
        case .anAttemptIsUndoneAlone: try Self.checkAttempts(make)
        case .positionsAreThoseOfTheRecords: try Self.checkPositions(make)
        case .everyRangeCanBeScanned: try Self.checkScans(make)
        case .subtreesAreThoseOfTheTree: try Self.checkSubtrees(make)
        case .proofsFromTheStoreAreGood: try Self.checkProofs(make)
        case .evidenceIsKeptByDigest: try Self.checkEvidence(make)
        case .onlySaltedEvidenceIsErased: try Self.checkErasure(make)
        case .notesAreKept: try Self.checkNotes(make)
        case .aLeaseHasOneHolder: try Self.checkLeases(make)
        }
    }
}

/// A store does not keep to a rule.
public struct BrokenRule: Error, CustomStringConvertible {
    public let description: String
}

/// - Throws: ``BrokenRule`` unless `condition` holds.
func require(
    _ condition: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String, line: Int = #line
) throws {
    if try !condition() { throw BrokenRule(description: "\(what()) (line \(line))") }
}

/// - Returns: the error that `body` throws.
/// - Throws: ``BrokenRule`` if it throws none, or none of ours.
@discardableResult
func requireError(_ what: String, line: Int = #line, _ body: () throws -> Void) throws -> LogError {
    do { try body() } catch let error as LogError { return error }
    throw BrokenRule(description: "\(what) (line \(line))")
}

/// Everything a log says of itself, to be compared as one value.
public struct LogContents: Equatable, Sendable {
    public let records: [[UInt8]]
    public let head: LogHead
    public let positions: [String: [LogIndex]]
    public let streams: [StreamName]
    public let notes: [StoredNote]

    public init(_ log: any EventLog) throws { self = try log.read { try LogContents(reading: $0) } }

    public init(reading reader: any LogReader) throws {
        var records: [[UInt8]] = []
        head = try reader.head()
        try reader.scan(0..<head.size.value) { _, bytes in records.append([UInt8](bytes)) }
        self.records = records
        streams = try reader.streams(withPrefix: "")
        var positions: [String: [LogIndex]] = [:]
        for stream in streams { positions[stream.text] = try reader.positions(in: stream, fromRevision: 1) }
        self.positions = positions
        notes = try reader.notes(fromSize: .empty)
    }
}
