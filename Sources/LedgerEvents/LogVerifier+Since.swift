public import LedgerProof

extension LogVerifier {
    /// Checks what was added after a tree that is known, such as that of a signed checkpoint.
    ///
    /// The older records are not read again, but for the last of them: the log must still have that tree, as
    /// far as the stored hashes tell, and the new records must follow from its last record, link by link, up
    /// to the end of the stored tree. Each new record is held to every rule of `FORMAT.md` §1, and to what
    /// the store derived from it. An old record that was changed since is not found.
    ///
    /// - Returns: `nothingToVerify` if nothing was added.
    /// - Throws: ``LogError`` if the log could not be looked at.
    public static func verify(
        reading reader: any LogReader, since size: TreeSize, root: Hash,
        progress: ((TreeSize) -> Void)? = nil
    ) throws -> VerificationResult {
        do {
            let head = try reader.head()
            var checker = try AdditionChecker(reader, head: head, since: size, root: root)
            try reader.scan(size.value..<Int.max) { index, bytes in
                try checker.check(bytes, at: index)
                if let progress, index.value % progressInterval == 0 { progress(index.sizeIncluding) }
            }
            guard head.size == checker.size, head.root == checker.root else {
                return .broken(LogFault(.tree, at: nil, staleTree(head, checker.size)))
            }
            try checker.finish()
            return head.size == size ? .nothingToVerify : .good(size: head.size, root: head.root)
        } catch let fault as LogFault {
            return .broken(fault)
        } catch let error as LogError where error.code == .broken {
            return .broken(LogFault(.unreadable, at: nil, error.message))
        }
    }
}

/// Checks records that were added to a log whose beginning is known.
private struct AdditionChecker {
    private let reader: any LogReader
    private let head: LogHead
    private let start: TreeSize
    private var chain: Chain
    private var streams: [String: StreamEnd] = [:]

    var size: TreeSize { chain.size }
    var root: Hash { chain.root }

    /// - Throws: ``LogFault`` if the log does not begin with the known tree.
    init(_ reader: any LogReader, head: LogHead, since size: TreeSize, root: Hash) throws {
        guard size <= head.size else {
            throw LogFault(
                .index, at: head.size.nextIndex,
                "the log has only \(head.size) records, and once had \(size): its tail was cut, or an old "
                    + "backup was restored")
        }
        let before = try reader.head(at: size)
        guard before.root == root else {
            throw LogFault(
                .tree, at: nil,
                "the root of the log's first \(size) records is not that of the checkpoint: history was "
                    + "rewritten")
        }
        // The stored hashes could be right and the record another: the new chain hangs on its bytes.
        if size != .empty {
            let last = LogIndex(size.value - 1)
            let proof = try reader.inclusionProof(of: last, in: size)
            guard
                MerkleProof.checkInclusion(
                    of: before.lastLeaf, at: last, in: size, root: root, proof: proof)
            else {
                throw LogFault(
                    .previous, at: last,
                    "record \(last), the last one before, is not the one under the checkpoint")
            }
        }
        self.reader = reader
        self.head = head
        start = size
        chain = Chain(frontier: before.frontier, lastLeaf: before.lastLeaf, lastTime: before.lastTime)
    }

    mutating func check(_ bytes: UnsafeRawBufferPointer, at stored: LogIndex) throws {
        let index = chain.size.nextIndex
        guard stored == index else { throw LogFault(.index(expected: index, found: stored)) }
        let record: RecordView
        do throws(RecordFault) { record = try RecordView(scanning: bytes) } catch {
            throw LogFault(.notARecord, at: index, "record \(index) is damaged: \(error)")
        }
        guard index < head.size.nextIndex else {
            throw LogFault(.tree, at: index, "record \(index) is not in the tree that the store keeps")
        }
        let leaf = record.leafHash()
        do throws(ChainFault) { try chain.extend(with: record, leaf: leaf) } catch { throw LogFault(error) }
        guard try reader.subtree(SubtreeID(level: 0, place: index.value)) == leaf else {
            throw LogFault(
                .tree, at: index, "the stored tree does not hold record \(index) as it is")
        }
        try checkRevision(record)
        // An id that an older record has leads there.
        guard let found = try reader.index(of: record.id), found == index else {
            throw LogFault(
                .duplicateID, at: index,
                "the id of record \(index) does not lead to it: it is that of another, or the index of ids "
                    + "is damaged")
        }
    }

    /// The records of the new part must be where the store has its stream's next revisions, one after
    /// another.
    private mutating func checkRevision(_ record: RecordView) throws {
        let stream = String(decoding: record.streamBytes, as: UTF8.self)
        var end = try streams[stream] ?? streamEnd(before: record)
        let position = end.positions.popFirst()
        guard record.revision == end.revision + 1, position == record.index else {
            throw LogFault(
                .revision, at: record.index,
                "record \(record.index) is not the next revision of '\(stream)': it says \(record.revision)")
        }
        end.revision = record.revision
        streams[stream] = end
    }

    /// Where the stream of its first new record stands. The revision before, if any, is an old record's.
    private func streamEnd(before record: RecordView) throws -> StreamEnd {
        let revision = record.revision - 1
        var positions = try reader.positions(in: record.stream, fromRevision: max(1, revision))[...]
        if revision > 0 {
            guard let old = positions.popFirst(), old < start.nextIndex else {
                return StreamEnd(revision: revision, positions: [])
            }
        }
        return StreamEnd(revision: revision, positions: positions)
    }

    /// - Throws: ``LogFault`` if the store has more of a stream than its records.
    func finish() throws {
        for (stream, end) in streams {
            guard let index = end.positions.first else { continue }
            throw LogFault(
                .positions, at: nil, "the index of '\(stream)' leads to record \(index), which is not there")
        }
    }
}

/// How far a stream was followed, and where the store has the rest of it.
private struct StreamEnd {
    var revision: Int
    var positions: ArraySlice<LogIndex>
}
