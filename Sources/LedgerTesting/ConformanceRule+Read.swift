internal import LedgerEvents
internal import LedgerProof

/// The rules of reading, of the tree, and of what lies beside the records.
extension ConformanceRule {
    static func checkPositions(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        var expected: [StreamName: [LogIndex]] = [:]
        var order: [StreamName] = []
        var random = SeededGenerator(seed: 7)
        for (number, var draft) in EventGenerator(seed: 7).prefix(400).enumerated() {
            if random.oneIn(5) { draft = .numbered(number, stream: .roster) }
            let receipt = try log.write { try $0.append(draft, expecting: .any) }
            if expected[draft.stream] == nil { order.append(draft.stream) }
            expected[draft.stream, default: []].append(receipt.index)
            try require(receipt.revision == expected[draft.stream]!.count, "the receipt tells the revision")
            let found = try log.read { try $0.index(of: draft.id) }
            try require(found == receipt.index, "an id leads to its record")
        }
        try log.read { reader in
            try require(
                try reader.streams(withPrefix: "") == order, "streams are in order of their first record")
            for prefix in ["release/", "release/s", "roster", "release/search/v1.0.1", "x", "release0"] {
                try require(
                    try reader.streams(withPrefix: prefix) == order.filter { $0.text.hasPrefix(prefix) },
                    "streams with the prefix '\(prefix)'")
            }
            for (stream, indexes) in expected {
                try require(try reader.revision(of: stream) == indexes.count, "the revision of \(stream)")
                for revision in 0...(indexes.count + 2) {
                    try require(
                        try reader.positions(in: stream, fromRevision: revision)
                            == Array(indexes.dropFirst(max(0, revision - 1))),
                        "the positions in \(stream) from \(revision)")
                }
            }
            let absent = StreamName("pipeline/absent")!
            try require(try reader.revision(of: absent) == 0, "a stream without records has revision 0")
            try require(try reader.positions(in: absent, fromRevision: 1).isEmpty, "and no positions")
            try require(
                try reader.index(of: RecordDraft.numbered(-1).id) == nil, "an unknown id leads nowhere")
        }
    }

    static func checkScans(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        let records = try grow(log, to: 12).records
        try log.read { reader in
            for low in 0...14 {
                for high in low...15 {
                    var seen: [[UInt8]] = []
                    var indexes: [Int] = []
                    try reader.scan(low..<high) { index, bytes in
                        seen.append([UInt8](bytes))
                        indexes.append(index.value)
                    }
                    let range = (low..<high).clamped(to: 0..<12)
                    try require(
                        seen == Array(records[range]) && indexes == Array(range), "a scan of \(low)..<\(high)"
                    )
                }
            }
            // A scan inside a scan, and other questions inside both.
            var pairs = 0
            try reader.scan(0..<12) { outer, _ in
                try reader.scan(0..<12) { inner, bytes in
                    try require(
                        try reader.record(at: inner)?.bytes == [UInt8](bytes), "a question inside a scan")
                    pairs += 1
                }
                try require(outer.value * 12 + 12 == pairs, "a scan inside a scan")
            }
            try require(try reader.record(at: LogIndex(12)) == nil, "there is no record after the last")
        }
        struct Enough: Error {}
        do { try log.read { reader in try reader.scan(0..<12) { _, _ in throw Enough() } } } catch is Enough {
        }
        try require(try LogContents(log).records == records, "a scan that was left can be made again")
    }

    static func checkSubtrees(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        var leaves: [Hash] = []
        let dense = Set(Array(0...70) + [255, 256, 257, 511, 512, 513, 600])
        for number in 0..<600 {
            leaves.append(try log.write { try $0.append(.numbered(number), expecting: .any).leaf })
            let size = number + 1
            let expected = ReferenceTree.subtrees(leaves)
            try log.read { reader in
                try require(try reader.head().root == ReferenceTree.root(leaves), "the root at \(size)")
                for (id, hash) in expected {
                    let isNew = (id.place + 1) << id.level == size
                    guard dense.contains(size) || isNew else { continue }
                    try require(
                        try reader.subtree(id) == hash, "subtree \(id.level)/\(id.place) of \(size) records")
                }
            }
        }
        // The same inside one transaction, where tiles are not committed yet.
        let other = try make(.fixed(noon))
        try other.write { writer in
            for number in 0..<600 { _ = try writer.append(.numbered(number), expecting: .any) }
            for (id, hash) in ReferenceTree.subtrees(leaves) {
                try require(
                    try writer.subtree(id) == hash, "subtree \(id.level)/\(id.place) before the commit")
            }
        }
    }

    static func checkProofs(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        var roots = [Hash.emptyRoot]
        for number in 0..<70 {
            roots.append(
                try log.write {
                    _ = try $0.append(.numbered(number), expecting: .any)
                    return try $0.head().root
                })
        }
        try log.read { reader in
            for size in 1...70 {
                for index in 0..<size {
                    let proof = try ProofPlan.inclusion(of: LogIndex(index), in: TreeSize(size))
                        .resolve { id throws(any Error) in try reader.subtree(id) }
                    let leaf = try reader.subtree(SubtreeID(level: 0, place: index))
                    try require(
                        MerkleProof.checkInclusion(
                            of: leaf, at: LogIndex(index), in: TreeSize(size), root: roots[size], proof: proof
                        ),
                        "the inclusion of \(index) in \(size)")
                }
                for old in 0...size {
                    let proof = try ProofPlan.consistency(from: TreeSize(old), to: TreeSize(size))
                        .resolve { id throws(any Error) in try reader.subtree(id) }
                    try require(
                        MerkleProof.checkConsistency(
                            from: TreeSize(old), oldRoot: roots[old], to: TreeSize(size),
                            newRoot: roots[size],
                            proof: proof), "that \(old) is the beginning of \(size)")
                }
            }
        }
    }

    static func checkEvidence(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        let salt = [UInt8](repeating: 7, count: 16)
        let all = [
            StoredEvidence(content: []), StoredEvidence(content: [0, 1, 2]),
            StoredEvidence(salt: salt, content: []),
            StoredEvidence(salt: salt, content: [0, 1, 2]),
            StoredEvidence(content: [UInt8](repeating: 9, count: StoredEvidence.maximumByteCount)),
        ]
        for evidence in all {
            try require(try log.read { try $0.evidence(evidence.digest) } == nil, "nothing is there before")
            for _ in 0..<2 { try log.write { try $0.keep(evidence, digest: evidence.digest) } }
            try require(
                try log.read { try $0.evidence(evidence.digest) } == evidence, "evidence is as it was")
        }
        let error = try requireError("a wrong digest was accepted") {
            try log.write { try $0.keep(StoredEvidence(content: [5]), digest: all[0].digest) }
        }
        try require(error.code == .badEvidence, "the error says that the digest is wrong")
        let large = StoredEvidence(content: [UInt8](repeating: 9, count: StoredEvidence.maximumByteCount + 1))
        let refusal = try requireError("evidence over the limit was accepted") {
            try log.write { try $0.keep(large, digest: large.digest) }
        }
        try require(refusal.code == .tooLarge, "the error says that it is too large")
    }

    static func checkErasure(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        let plain = StoredEvidence(content: [1])
        let salted = StoredEvidence(salt: [UInt8](repeating: 7, count: 16), content: [1])
        try log.write { writer in
            try writer.keep(plain, digest: plain.digest)
            try writer.keep(salted, digest: salted.digest)
        }
        let error = try requireError("plain evidence was erased") {
            try log.write { _ = try $0.erase(evidence: plain.digest) }
        }
        try require(error.code == .badEvidence, "the error says that it may not be erased")
        try require(try log.write { try $0.erase(evidence: salted.digest) }, "salted evidence can be erased")
        try require(try log.write { try !$0.erase(evidence: salted.digest) }, "and is not there then")
        try require(try log.read { try $0.evidence(salted.digest) } == nil, "nor found")
        try require(try log.read { try $0.evidence(plain.digest) } == plain, "while the other stays")
    }

    static func checkNotes(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        try require(try log.read { try $0.latestNote() } == nil, "an empty log has no note")
        var kept: [StoredNote] = []
        for (number, size) in [3, 1, 3, 5, 2, 5, 0].enumerated() {
            let note = StoredNote(size: TreeSize(size), text: "note \(number)\n\n— é\n")
            try log.write { try $0.keep(note: note.text, size: note.size) }
            kept.append(note)
            try log.read { reader in
                for size in 0...6 {
                    try require(
                        try reader.notes(fromSize: TreeSize(size)) == kept.filter { $0.size.value >= size },
                        "the notes from \(size)")
                }
                let largest = kept.map(\.size).max()
                try require(
                    try reader.latestNote() == kept.last { $0.size == largest },
                    "the latest note is the last one of the largest tree")
            }
        }
    }

    static func checkLeases(_ make: MakeLog) throws {
        let log = try make(.fixed(noon))
        func acquire(_ owner: String, at second: Int64, for seconds: Int64 = 10) throws -> Lease? {
            try log.write {
                try $0.acquire(
                    lease: "release/a/1 build", owner: owner,
                    now: noon.adding(microseconds: second * 1_000_000),
                    untilMicros: seconds * 1_000_000)
            }
        }
        func lease(_ owner: String, _ epoch: Int, until second: Int64) -> Lease {
            Lease(
                key: "release/a/1 build", owner: owner, epoch: epoch,
                expires: noon.adding(microseconds: second * 1_000_000))
        }
        let steps: [(owner: String, second: Int64, expected: Lease?)] = [
            ("a", 0, lease("a", 1, until: 10)), ("b", 5, nil), ("a", 5, lease("a", 1, until: 15)),
            ("b", 14, nil), ("b", 15, lease("b", 2, until: 25)), ("a", 16, nil),
            ("b", 30, lease("b", 3, until: 40)),
        ]
        for (number, step) in steps.enumerated() {
            try require(
                try acquire(step.owner, at: step.second) == step.expected, "step \(number) of the lease")
        }
        let held = lease("b", 3, until: 40)
        try require(try log.write { try $0.lease(held.key) } == held, "the lease is that of its holder")
        try log.write { try $0.release(lease("b", 2, until: 40)) }
        try log.write { try $0.release(lease("a", 3, until: 40)) }
        try require(try log.write { try $0.lease(held.key) } == held, "only the holder gives it back")
        try log.write { try $0.release(held) }
        try require(try log.write { try $0.lease(held.key) } == nil, "what was given back is nobody's")
        try require(
            try acquire("a", at: 31) == lease("a", 4, until: 41), "the epoch grows after it was given back")
        try require(try log.write { try $0.lease("other") } == nil, "a lease that nobody took is nobody's")
    }
}
