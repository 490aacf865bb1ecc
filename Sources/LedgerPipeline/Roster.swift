public import LedgerProof

/// Persons, keys and roles with their whole history, so that any moment can be asked for.
///
/// Always true: only acts that were judged good are in here; a key belongs to one person for ever; a removed
/// name is not used again.
public struct Roster: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable { case human, bot, agent }

    public struct Person: Hashable, Sendable {
        public let name: String
        public let kind: Kind
        public let accounts: [String]
        public let enrolled: LogIndex
        public internal(set) var removed: LogIndex?
        public internal(set) var removedAt: Timestamp?
    }

    public struct Key: Hashable, Sendable {
        public let person: String
        public let key: SSHPublicKey
        public let enrolled: LogIndex
        public let enrolledAt: Timestamp
        public let from: Timestamp?
        public let until: Timestamp?
        public internal(set) var revoked: Revocation?

        public var fingerprint: String { key.fingerprint }
    }

    public struct Grant: Hashable, Sendable {
        public let person: String
        public let role: String
        public let granted: LogIndex
        public let from: Timestamp?
        public let until: Timestamp?
        public internal(set) var revoked: Revocation?
    }

    public struct Revocation: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp
        /// What was signed from here on is in doubt; nil: only from the revocation itself.
        public let from: Timestamp?

        /// The first revocation holds from its index; a later one may reach further back.
        func and(_ later: Revocation) -> Revocation {
            guard let new = later.from, new < later.time else { return self }
            return Revocation(index: index, time: time, from: from.map { min($0, new) } ?? new)
        }
    }

    public internal(set) var persons: [String: Person] = [:]
    /// By fingerprint.
    public internal(set) var keys: [String: Key] = [:]
    /// In the order of their grant.
    public internal(set) var grants: [Grant] = []

    /// A moment: everything below `index` has happened, and the clock says `time`.
    public struct Moment: Hashable, Sendable {
        public let index: LogIndex
        public let time: Timestamp

        public init(index: LogIndex, time: Timestamp) {
            self.index = index
            self.time = time
        }
    }

    /// Whether something holds at a moment.
    public enum Standing: Hashable, Sendable {
        case holds
        case doesNot(String)
        /// A later revocation reaches back to this moment.
        case inDoubt(String)
    }

    public func isEnrolled(_ person: String, at moment: Moment) -> Bool {
        guard let entry = persons[person], entry.enrolled < moment.index else { return false }
        return entry.removed.map { $0 >= moment.index } ?? true
    }

    public func standing(ofKey fingerprint: String, person: String, at moment: Moment) -> Standing {
        guard let key = keys[fingerprint], key.person == person, key.enrolled < moment.index else {
            return .doesNot("the key \(fingerprint) is not one of \(person)'s")
        }
        guard isEnrolled(person, at: moment) else { return .doesNot("\(person) is not enrolled") }
        return Self.standing(
            from: key.from, until: key.until, revoked: key.revoked, at: moment, what: "the key \(fingerprint)"
        )
    }

    public func standing(ofRole role: String, person: String, at moment: Moment) -> Standing {
        guard isEnrolled(person, at: moment) else { return .doesNot("\(person) is not enrolled") }
        var best = Standing.doesNot("\(person) does not hold the role '\(role)'")
        for grant in grants where grant.person == person && grant.role == role && grant.granted < moment.index
        {
            switch Self.standing(
                from: grant.from, until: grant.until, revoked: grant.revoked, at: moment,
                what: "the role '\(role)'")
            {
            case .holds: return .holds
            case .inDoubt(let text): best = .inDoubt(text)
            case .doesNot(let text): if case .doesNot = best { best = .doesNot("\(person): \(text)") }
            }
        }
        return best
    }

    /// Holds any of the roles; doubt only where none holds for certain.
    public func standing(ofAnyRole roles: [String], person: String, at moment: Moment) -> Standing {
        let standings = roles.map { standing(ofRole: $0, person: person, at: moment) }
        if standings.contains(.holds) { return .holds }
        if let doubt = standings.first(where: { if case .inDoubt = $0 { true } else { false } }) {
            return doubt
        }
        return .doesNot("\(person) holds none of the roles \(roles.joined(separator: ", "))")
    }

    private static func standing(
        from: Timestamp?, until: Timestamp?, revoked: Revocation?, at moment: Moment, what: String
    ) -> Standing {
        if let from, moment.time < from { return .doesNot("\(what) is good from \(from) on") }
        if let until, moment.time >= until { return .doesNot("\(what) was good until \(until)") }
        guard let revoked else { return .holds }
        if revoked.index < moment.index { return .doesNot("\(what) was revoked in record \(revoked.index)") }
        if let from = revoked.from, from < revoked.time, from <= moment.time {
            return .inDoubt("\(what) was revoked in record \(revoked.index), with effect from \(from)")
        }
        return .holds
    }

    /// Whether a key or a role was revoked with effect from before.
    var hasReachingRevocation: Bool {
        func reaches(_ revoked: Revocation?) -> Bool {
            revoked.flatMap { revoked in revoked.from.map { $0 < revoked.time } } ?? false
        }
        return keys.values.contains { reaches($0.revoked) } || grants.contains { reaches($0.revoked) }
    }

    /// Enrolled persons who hold any of the roles, by name.
    public func holders(ofAny roles: [String], at moment: Moment) -> [String] {
        persons.keys.filter {
            isEnrolled($0, at: moment) && standing(ofAnyRole: roles, person: $0, at: moment) == .holds
        }
        .sorted()
    }

    /// Roles held, by name.
    public func roles(of person: String, at moment: Moment) -> [String] {
        Set(grants.filter { $0.person == person }.map(\.role))
            .filter { standing(ofRole: $0, person: person, at: moment) == .holds }.sorted()
    }

    /// Keys that are good, in the order of their enrolment.
    public func keys(of person: String, at moment: Moment) -> [Key] {
        keys.values.filter { standing(ofKey: $0.fingerprint, person: person, at: moment) == .holds }
            .sorted { $0.enrolled < $1.enrolled }
    }
}
