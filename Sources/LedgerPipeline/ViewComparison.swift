public import LedgerEvents
public import LedgerProof

/// What a replay finds: each projection made from the records alone, compared with the one that was kept.
public struct ViewComparison: Sendable {
    /// The views as somebody left them.
    public enum Kept {
        case comparable(any ViewStore)
        case not(Obstacle)
    }

    /// Why there is nothing to compare with.
    public enum Obstacle: Hashable, Sendable {
        /// No views were kept.
        case none
        /// The views are of now, and the replay is of an earlier time.
        case isPast
        /// They were kept by a program that folds differently.
        case otherVersion
        /// They were built from another ledger, or the ledger was restored.
        case foreign
        case damaged(String)
    }

    public struct Projection: Hashable, Sendable {
        public let name: String
        public let version: Int
        /// SHA-256 of the state in canonical JSON; of `releases`, of an object with the fold of each stream.
        public let digest: Hash
        /// nil where the two are equal, or were not compared.
        public let difference: Difference?
    }

    /// The first place where the kept view says something else than the records.
    public struct Difference: Hashable, Sendable {
        /// `release/autocli/v0.1.0: stages[2].status`
        public let place: String
        /// nil where the view has nothing there.
        public let kept: String?
        public let replayed: String?
    }

    public let projections: [Projection]
    /// nil where the projections were compared.
    public let obstacle: Obstacle?

    /// Whether the views say something that the records do not.
    public var isMismatch: Bool {
        switch obstacle {
        case nil: projections.contains { $0.difference != nil }
        case .foreign: true
        case .none?, .isPast, .otherVersion, .damaged: false
        }
    }

    /// Whether there were views that nobody can read: what they said cannot be told.
    public var isUnreadable: Bool {
        if case .damaged = obstacle { true } else { false }
    }

    /// - Throws: what the replayed store throws.
    public init(kept: Kept, replayed: any ViewStore) throws {
        switch kept {
        case .not(let obstacle):
            self.obstacle = obstacle
            projections = try replayed.read { try Self.compare(nil, $0) }
        case .comparable(let store):
            obstacle = nil
            projections = try store.read { kept in try replayed.read { try Self.compare(kept, $0) } }
        }
    }

    /// One release only.
    public init(kept: Kept, release: ReleaseRow) throws {
        var difference: Difference?
        switch kept {
        case .not(let obstacle): self.obstacle = obstacle
        case .comparable(let store):
            obstacle = nil
            difference = try store.read { Self.difference($0, release) }
        }
        projections = [
            Projection(
                name: release.stream.text, version: ReleaseFold.version,
                digest: Hash.sha256(release.state), difference: difference)
        ]
    }

    private static func compare(_ kept: (any ViewReader)?, _ replayed: any ViewReader) throws -> [Projection]
    {
        var all = [try releases(kept, replayed)]
        for facts in Governance.Facts.allCases {
            let bytes = try replayed.state(of: facts.rawValue) ?? []
            let difference = kept.flatMap { kept in
                readable(at: "") { self.difference(try kept.state(of: facts.rawValue), bytes, at: "") }
            }
            all.append(
                Projection(
                    name: facts.rawValue, version: facts.version, digest: Hash.sha256(bytes),
                    difference: difference))
        }
        return all
    }

    /// What cannot be read says something else than the records.
    private static func readable(at place: String, _ compare: () throws -> Difference?) -> Difference? {
        do { return try compare() } catch {
            return Difference(place: place + "all", kept: "what cannot be read", replayed: "a state")
        }
    }

    // MARK: Releases

    private static func releases(_ kept: (any ViewReader)?, _ replayed: any ViewReader) throws -> Projection {
        var digest = ReleasesDigest()
        var difference: Difference?
        var names: Set<StreamName> = []
        try replayed.releases { row in
            digest.add(row)
            guard let kept, difference == nil else { return }
            names.insert(row.stream)
            difference = self.difference(kept, row)
        }
        if let kept, difference == nil {
            difference = readable(at: "") {
                var surplus: Difference?
                try kept.releases { row in
                    guard surplus == nil, !names.contains(row.stream) else { return }
                    surplus = Difference(place: row.stream.text, kept: "a release", replayed: nil)
                }
                return surplus
            }
        }
        return Projection(
            name: ReleaseFold.name, version: ReleaseFold.version, digest: digest.finish(),
            difference: difference)
    }

    private static func difference(_ kept: any ViewReader, _ replayed: ReleaseRow) -> Difference? {
        let place = replayed.stream.text
        return readable(at: "\(place): ") {
            guard let row = try kept.release(replayed.stream) else {
                return Difference(place: place, kept: nil, replayed: "a release")
            }
            if let found = difference(row.state, replayed.state, at: "\(place): ") { return found }
            if row.isOver != replayed.isOver {
                return Difference(
                    place: "\(place): is over", kept: "\(row.isOver)", replayed: "\(replayed.isOver)")
            }
            guard row.last == replayed.last else {
                return Difference(
                    place: "\(place): last record", kept: "\(row.last)", replayed: "\(replayed.last)")
            }
            return nil
        }
    }

    // MARK: JSON

    static func difference(_ kept: [UInt8]?, _ replayed: [UInt8], at place: String) -> Difference? {
        guard kept != replayed else { return nil }
        guard let kept else { return Difference(place: place + "all", kept: nil, replayed: "a state") }
        guard let left = try? JSONValue(canonical: kept) else {
            return Difference(place: place + "all", kept: "what cannot be read", replayed: "a state")
        }
        guard let right = try? JSONValue(canonical: replayed) else {
            preconditionFailure("a projection writes canonical JSON")
        }
        return difference(left, right, at: place, member: "")
    }

    /// Goes down to the first member or element that differs.
    private static func difference(
        _ kept: JSONValue, _ replayed: JSONValue, at place: String, member: String
    ) -> Difference? {
        if let left = kept.object, let right = replayed.object {
            for name in Set(left.names + right.names).sorted() where left[name] != right[name] {
                let inner = member.isEmpty ? name : "\(member).\(name)"
                guard let one = left[name], let other = right[name] else {
                    return Difference(
                        place: place + inner, kept: left[name].map { text($0) },
                        replayed: right[name].map { text($0) })
                }
                return difference(one, other, at: place, member: inner)
            }
        }
        if let left = kept.array, let right = replayed.array {
            for position in 0..<max(left.count, right.count) {
                let one: JSONValue? = position < left.count ? .some(left[position]) : .none
                let other: JSONValue? = position < right.count ? .some(right[position]) : .none
                guard one != other else { continue }
                guard let one, let other else {
                    return Difference(
                        place: "\(place)\(member)[\(position)]", kept: one.map { text($0) },
                        replayed: other.map { text($0) })
                }
                return difference(one, other, at: place, member: "\(member)[\(position)]")
            }
        }
        return Difference(place: place + member, kept: text(kept), replayed: text(replayed))
    }

    private static func text(_ value: JSONValue) -> String {
        let text = String(decoding: value.canonicalBytes, as: UTF8.self)
        return text.count <= 120 ? text : text.prefix(119) + "…"
    }
}

/// SHA-256 of `{"<stream>":<fold>,…}`, made row by row so that no ledger is too large for it.
private struct ReleasesDigest {
    private var stream = HashStream()
    private var isFirst = true

    mutating func add(_ row: ReleaseRow) {
        stream.update(Array((isFirst ? "{" : ",").utf8) + JSONValue.string(row.stream.text).canonicalBytes)
        stream.update(Array(":".utf8) + row.state)
        isFirst = false
    }

    func finish() -> Hash {
        var stream = self.stream
        stream.update(Array((isFirst ? "{}" : "}").utf8))
        return stream.finish()
    }
}
