public import LedgerEvents
public import LedgerProof

/// A fact that somebody wants recorded: its stream, type and content, before it is signed and linked.
public struct Act: Hashable, Sendable {
    public let stream: StreamName
    public let type: EventType
    public let what: JSONObject
    /// Content that `what` names, by digest.
    public let evidence: [Hash: StoredEvidence]
    /// The role its signer must hold; nil where none is needed.
    public let role: String?

    /// - Precondition: `type` is a known one.
    public init(
        _ stream: StreamName, _ type: String, _ what: JSONObject, evidence: [Hash: StoredEvidence] = [:]
    ) {
        guard let type = EventType(type), let schema = EventSchema.of(type) else {
            preconditionFailure("'\(type)' is not an event type of this version")
        }
        self.stream = stream
        self.type = type
        self.what = what
        self.evidence = evidence
        if case .holder(let role) = schema.signer { self.role = role } else { role = nil }
    }
}

extension Act {
    // MARK: People

    /// - Parameter profile: personal data, kept as salted evidence; nil for none.
    public static func enrol(
        person: String, kind: Roster.Kind, accounts: [String], profile: (salt: [UInt8], content: [UInt8])?
    ) -> Act {
        var (reference, evidence) = (JSONValue.null, [Hash: StoredEvidence]())
        if let profile {
            let digest = Hash.sha256(profile.salt + profile.content)
            reference =
                EvidenceReference(
                    digest: digest, media: "application/json", name: "profile.json",
                    size: profile.content.count,
                    isSalted: true
                ).json
            evidence[digest] = StoredEvidence(salt: profile.salt, content: profile.content)
        }
        return Act(
            .roster, "person.enrolled",
            [
                "accounts": .array(accounts.map { .string($0) }), "kind": .string(kind.rawValue),
                "person": .string(person), "profile": reference,
            ], evidence: evidence)
    }

    public static func remove(person: Roster.Person) -> Act {
        Act(
            .roster, "person.removed",
            [
                "accounts": .array(person.accounts.map { .string($0) }),
                "kind": .string(person.kind.rawValue),
                "person": .string(person.name), "profile": .null,
            ])
    }

    public static func enrol(
        key: SSHPublicKey, of person: String, from: Timestamp? = nil, until: Timestamp? = nil, reason: String
    ) -> Act {
        Act(.roster, "key.enrolled", keyContent(key, person, from: from, until: until, reason: reason))
    }

    /// - Parameter from: since when the key is in doubt; nil: only from now on.
    public static func revoke(key: SSHPublicKey, of person: String, from: Timestamp?, reason: String) -> Act {
        Act(.roster, "key.revoked", keyContent(key, person, from: from, until: nil, reason: reason))
    }

    private static func keyContent(
        _ key: SSHPublicKey, _ person: String, from: Timestamp?, until: Timestamp?, reason: String
    ) -> JSONObject {
        [
            "fingerprint": .string(key.fingerprint), "from": .optional(from?.description),
            "key": .string(key.line),
            "person": .string(person), "reason": .string(reason), "until": .optional(until?.description),
        ]
    }

    public static func grant(role: String, to person: String, from: Timestamp? = nil, until: Timestamp? = nil)
        -> Act
    {
        Act(
            .roster, "role.granted",
            [
                "from": .optional(from?.description), "person": .string(person), "role": .string(role),
                "until": .optional(until?.description),
            ])
    }

    public static func revoke(role: String, of person: String, from: Timestamp?) -> Act {
        Act(
            .roster, "role.revoked",
            [
                "from": .optional(from?.description), "person": .string(person), "role": .string(role),
                "until": .null,
            ])
    }

    // MARK: The ledger

    /// That the history of a checkpoint was restored, or lost.
    ///
    /// - Parameters:
    ///   - from: the newest known signed checkpoint of that history.
    ///   - lost: nil where nothing is; else the index of this record, the last lost one, and who the log is
    ///     from here on.
    public static func restored(
        from: SignedNote, lost: (from: LogIndex, to: Int, key: NoteVerifierKey)?, reason: String
    ) -> Act {
        var what: JSONObject = [
            "from": .string(String(decoding: from.bytes, as: UTF8.self)), "lost": .null,
            "reason": .string(reason),
        ]
        if let lost {
            what["lost"] = [.integer(Int64(lost.from.value)), .integer(Int64(lost.to))]
            what["origin"] = .string(lost.key.name)
            what["key"] = .string(lost.key.text)
        }
        return Act(.ledger, "ledger.restored", what)
    }

    // MARK: Pipelines

    public static func define(_ definition: PipelineDefinition) -> Act {
        Act(
            StreamName.pipeline(definition.name)!, "pipeline.defined",
            ["definition": .object(definition.json), "digest": .string(Digest.text(definition.digest))])
    }

    // MARK: Releases

    public static func pushTag(
        release: ReleaseID, version: String, commit: String, tagger: String, repository: String, policy: Hash
    ) -> Act {
        Act(
            release.stream, "tag.pushed",
            [
                "commit": .string(commit), "pipeline": .string(Digest.text(policy)),
                "project": .string(release.project), "repository": .string(repository),
                "tag": .string(release.tag),
                "tagger": .string(tagger), "version": .string(version),
            ])
    }

    public static func bypass(
        release: ReleaseID, gate: String, attempt: Int, by: String, reason: String, until: Timestamp
    ) -> Act {
        Act(
            release.stream, "gate.bypassed",
            [
                "attempt": .integer(Int64(attempt)), "by": .string(by), "gate": .string(gate),
                "reason": .string(reason), "until": .string(until.description),
            ])
    }

    public static func withdraw(
        release: ReleaseID, gate: String, attempt: Int, approval: LogIndex, by: String, reason: String
    ) -> Act {
        Act(
            release.stream, "approval.withdrawn",
            [
                "approval": .integer(Int64(approval.value)), "attempt": .integer(Int64(attempt)),
                "by": .string(by),
                "gate": .string(gate), "reason": .string(reason),
            ])
    }

    /// - Parameter report: pip's installation report.
    public static func tested(
        release: ReleaseID, target: String, index: String, requirement: String, files: [ArtifactFile],
        report: [UInt8], log: [UInt8], commands: [String], hasPassed: Bool, tester: String, reason: String
    ) -> Act {
        let reportReference = EvidenceReference(
            digest: Hash.sha256(report), media: "application/json", name: "pip-report.json",
            size: report.count)
        let logReference = EvidenceReference(
            digest: Hash.sha256(log), media: "text/plain", name: "install-test.log", size: log.count)
        return Act(
            release.stream, "install.tested",
            [
                "commands": .array(commands.map { .string($0) }), "files": files.sortedByName.json,
                "index": .string(index), "log": logReference.json, "reason": .string(reason),
                "report": reportReference.json, "requirement": .string(requirement),
                "target": .string(target),
                "tester": .string(tester), "verdict": .string(hasPassed ? "passed" : "failed"),
            ],
            evidence: [
                reportReference.digest: StoredEvidence(content: report),
                logReference.digest: StoredEvidence(content: log),
            ])
    }

    public static func end(_ release: ReleaseID, _ type: String, by: String, reason: String) -> Act {
        Act(release.stream, type, ["by": .string(by), "reason": .string(reason)])
    }

    /// The act with statement and signature, ready to be recorded.
    public func signed(statement: [UInt8], signature: [UInt8]) -> Act {
        let (statementReference, signatureReference) = Self.references(
            statement: statement, signature: signature)
        return Act(
            stream, type.text,
            what.merging(["signature": signatureReference.json, "statement": statementReference.json]),
            evidence: evidence.merging([
                statementReference.digest: StoredEvidence(content: statement),
                signatureReference.digest: StoredEvidence(content: signature),
            ]) { first, _ in first })
    }

    static func references(statement: [UInt8], signature: [UInt8]) -> (EvidenceReference, EvidenceReference) {
        (
            EvidenceReference(
                digest: Hash.sha256(statement), media: "application/vnd.in-toto+json", name: "statement.json",
                size: statement.count),
            EvidenceReference(
                digest: Hash.sha256(signature), media: "application/x-sshsig", name: "statement.sig",
                size: signature.count)
        )
    }
}
