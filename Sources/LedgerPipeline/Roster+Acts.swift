import LedgerProof

extension Roster {
    /// Lets a judged act of the roster have its effect.
    ///
    /// - Returns: a finding if the act says nothing possible; the roster is unchanged then.
    mutating func apply(_ record: Record) -> Finding? {
        switch record.type.text {
        case "person.enrolled": enrolPerson(record)
        case "person.removed": removePerson(record)
        case "role.granted": grantRole(record)
        case "role.revoked": revokeRole(record)
        case "key.enrolled": enrolKey(record)
        case "key.revoked": revokeKey(record)
        default: nil
        }
    }

    private func refuse(_ code: String, _ record: Record, _ text: String) -> Finding {
        Finding(code, at: record.index, text)
    }

    private mutating func enrolPerson(_ record: Record) -> Finding? {
        guard let name = record.text("person"), NameRules.isPerson(name),
            let kind = record.text("kind").flatMap({ Kind(rawValue: $0) }),
            let accounts = record.what["accounts"]?.array?.compactMap(\.string)
        else {
            return refuse(
                "act.members", record, "person.enrolled: 'person', 'kind' or 'accounts' is not in its form")
        }
        guard persons[name] == nil else {
            return refuse("roster.name", record, "the name '\(name)' was used before; a name is used once")
        }
        persons[name] = Person(name: name, kind: kind, accounts: accounts, enrolled: record.index)
        return nil
    }

    private mutating func removePerson(_ record: Record) -> Finding? {
        guard let name = record.text("person"), persons[name] != nil, persons[name]?.removed == nil else {
            return refuse("roster.person", record, "person.removed: there is no such person")
        }
        persons[name]?.removed = record.index
        persons[name]?.removedAt = record.time
        return nil
    }

    private mutating func grantRole(_ record: Record) -> Finding? {
        guard let name = record.text("person"), let role = record.text("role"), NameRules.isPlain(role),
            let from = record.time("from"), let until = record.time("until")
        else { return refuse("act.members", record, "role.granted: a member is not in its form") }
        guard persons[name] != nil, persons[name]?.removed == nil else {
            return refuse("roster.person", record, "role.granted: there is no person '\(name)'")
        }
        grants.append(Grant(person: name, role: role, granted: record.index, from: from, until: until))
        return nil
    }

    private mutating func revokeRole(_ record: Record) -> Finding? {
        guard let name = record.text("person"), let role = record.text("role"), let from = record.time("from")
        else {
            return refuse("act.members", record, "role.revoked: a member is not in its form")
        }
        let held = grants.indices.filter { grants[$0].person == name && grants[$0].role == role }
        let revocation = Revocation(index: record.index, time: record.time, from: from)
        var isNew = false
        for grant in held {
            let revoked = grants[grant].revoked?.and(revocation) ?? revocation
            isNew = isNew || revoked != grants[grant].revoked
            grants[grant].revoked = revoked
        }
        return isNew
            ? nil : refuse("roster.role", record, "role.revoked: '\(name)' has no grant of '\(role)'")
    }

    private mutating func enrolKey(_ record: Record) -> Finding? {
        guard let name = record.text("person"), let line = record.text("key"), let from = record.time("from"),
            let until = record.time("until"), let fingerprint = record.text("fingerprint")
        else { return refuse("act.members", record, "key.enrolled: a member is not in its form") }
        guard let key = try? SSHPublicKey(line: line), key.line == line else {
            return refuse("roster.key", record, "key.enrolled: the key is not of a kind that may sign")
        }
        guard key.fingerprint == fingerprint else {
            return refuse(
                "roster.fingerprint", record, "key.enrolled: the fingerprint is not that of the key")
        }
        guard persons[name] != nil, persons[name]?.removed == nil else {
            return refuse("roster.person", record, "key.enrolled: there is no person '\(name)'")
        }
        guard keys[fingerprint] == nil else {
            return refuse(
                "roster.key", record,
                "the key \(fingerprint) was enrolled before; a key belongs to one person for ever")
        }
        keys[fingerprint] = Key(
            person: name, key: key, enrolled: record.index, enrolledAt: record.time, from: from, until: until)
        return nil
    }

    private mutating func revokeKey(_ record: Record) -> Finding? {
        guard let name = record.text("person"), let fingerprint = record.text("fingerprint"),
            let from = record.time("from")
        else { return refuse("act.members", record, "key.revoked: a member is not in its form") }
        guard let key = keys[fingerprint], key.person == name else {
            return refuse("roster.key", record, "key.revoked: '\(name)' has no such key")
        }
        guard record.text("key") == key.key.line else {
            return refuse("roster.fingerprint", record, "key.revoked: the fingerprint is not that of the key")
        }
        let revocation = Revocation(index: record.index, time: record.time, from: from)
        let revoked = key.revoked?.and(revocation) ?? revocation
        guard revoked != key.revoked else {
            return refuse("roster.key", record, "key.revoked: the key is revoked already")
        }
        keys[fingerprint]?.revoked = revoked
        return nil
    }
}

extension Record {
    /// Whether a time lies within the record's own `from` and `until`, where it has them.
    func holdsWindow(at time: Timestamp) -> Bool {
        let (from, until) = (self.time("from") ?? nil, self.time("until") ?? nil)
        return from.map { $0 <= time } ?? true && until.map { time < $0 } ?? true
    }
}
