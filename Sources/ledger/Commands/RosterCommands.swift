import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerRuntime

/// Acts of an admin on people, keys and roles. Each is signed, and refused where the signer may not.
struct RosterAct {
    let session: Session
    let signer: SSHKeygenSigner

    init(_ global: GlobalOptions, _ options: SignerOptions) throws {
        signer = try options.signer()
        session = try Session.open(global)
    }

    func perform(_ act: Act, _ words: String) async throws { try await perform([(act, words)]) }

    /// All of them, or none.
    func perform(
        _ acts: [(Act, String)],
        check: @escaping @Sendable (LedgerContext) throws -> Void = { _ in }
    ) async throws {
        let receipts = try await session.handler.perform(acts.map(\.0), by: signer, check: check)
        for ((act, words), receipt) in zip(acts, receipts) {
            if session.output == .json {
                Terminal.result(
                    JSONText.line([
                        "index": .integer(Int64(receipt.index.value)), "leaf": .string(receipt.leaf.hex),
                        "stream": .string(act.stream.text), "type": .string(act.type.text),
                    ]))
            } else {
                Terminal.result("\(words)  (record \(receipt.index))")
            }
        }
    }
}

/// The kinds of person, as an option takes them.
enum PersonKind: String, ExpressibleByArgument, CaseIterable {
    case human, bot, agent

    var kind: Roster.Kind {
        switch self {
        case .human: .human
        case .bot: .bot
        case .agent: .agent
        }
    }
}

struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "Enrol and remove people.",
        subcommands: [Enroll.self, Remove.self, List.self])

    struct Enroll: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enrol a person with a key and roles. Signed by an admin.",
            discussion: """
                Example:
                  ledger person enroll bob --public-key bob.pub --role releaser \\
                    --as alice --key ~/.ssh/id_ed25519
                """
        )

        @Argument(help: "A short name in lower case; it is used once and for ever.")
        var name: String

        @Option(help: "The person's SSH public key file.")
        var publicKey: String

        @Option(
            name: .customLong("role"),
            help: "A role to grant: releaser, tester, admin, or one of your pipeline's. May be repeated.")
        var roles: [String] = []

        @Option(
            name: .customLong("github"),
            help: "Numeric id of the person's GitHub account (logins can change hands).")
        var github: UInt64?

        @Option(help: "human, bot or agent.")
        var kind = PersonKind.human

        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            guard NameRules.isPerson(name) else {
                throw UsageFault(
                    "'\(Terminal.safe(name))' is no name for a person: use lower-case letters, digits, '.', '_' and '-'."
                )
            }
            for role in roles where !NameRules.isPlain(role) {
                throw UsageFault(
                    "'\(Terminal.safe(role))' is no name for a role: use letters, digits, '_' and '-'.")
            }
            let key = try await SSHKeygen(environment: Terminal.environment).publicKey(of: publicKey)
            let roster = try RosterAct(global, signer)
            let accounts = github.map { ["github:\($0)"] } ?? []
            // Together: a person without their key is of no use, and their name could not be used again.
            var acts: [(Act, String)] = [
                (
                    .enrol(person: name, kind: kind.kind, accounts: accounts, profile: nil),
                    "enrolled \(name) (\(kind.rawValue))"
                ),
                (
                    .enrol(key: key, of: name, reason: "first key"),
                    "enrolled \(name)'s key \(key.fingerprint)"
                ),
            ]
            try await KnownRoles.note(roles, roster.session)
            for role in roles { acts.append((.grant(role: role, to: name), "granted \(role) to \(name)")) }
            try await roster.perform(acts, check: Self.check(name, key))
        }

        private static func check(
            _ name: String, _ key: SSHPublicKey
        ) -> @Sendable (LedgerContext) throws -> Void {
            { context in
                if let owner = context.governance.roster.keys[key.fingerprint] {
                    throw Refusal(
                        .forbidden,
                        "the key \(key.fingerprint) was enrolled before, for \(owner.person); a key belongs to one person for ever."
                    )
                }
                if context.governance.roster.persons[name] != nil {
                    throw Refusal(
                        .forbidden,
                        "the name '\(name)' was used before; a name is used once. `ledger key add` adds a key to a person."
                    )
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a person: their keys and roles end now. Signed by an admin.",
            discussion: "Example: ledger person remove bob --as alice --key ~/.ssh/id_ed25519")

        @Argument var name: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let roster = try RosterAct(global, signer)
            let person = try await roster.session.person(name)
            try await roster.perform(.remove(person: person), "removed \(name)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who is enrolled, with keys and roles.", discussion: "Example: ledger person list")

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.openToRead(global)
            let rows = try await session.handler.look { context -> [(Roster.Person, [String], [String])] in
                let roster = context.governance.roster
                return roster.persons.values.sorted { $0.enrolled < $1.enrolled }.map { person in
                    (
                        person, roster.roles(of: person.name, at: context.moment),
                        roster.keys(of: person.name, at: context.moment).map(\.fingerprint)
                    )
                }
            }
            if global.output == .json {
                for (person, roles, keys) in rows {
                    Terminal.result(
                        JSONText.line([
                            "accounts": .array(person.accounts.map { .string($0) }),
                            "enrolled": .integer(Int64(person.enrolled.value)),
                            "keys": .array(keys.map { .string($0) }),
                            "kind": .string(person.kind.rawValue), "person": .string(person.name),
                            "removed": person.removed.map { .integer(Int64($0.value)) } ?? .null,
                            "roles": .array(roles.map { .string($0) }),
                        ]))
                }
                return
            }
            Terminal.result(
                Terminal.table(
                    rows.map { person, roles, keys in
                        [
                            person.name, person.kind.rawValue,
                            person.removed.map { "removed in record \($0)" }
                                ?? (roles.isEmpty ? "-" : roles.joined(separator: ", ")),
                            keys.isEmpty ? "-" : keys.joined(separator: "  "),
                        ]
                    }, header: ["person", "kind", "roles", "keys"]))
        }
    }
}

struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Grant and revoke roles.", subcommands: [Grant.self, Revoke.self])

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grant a role. Signed by an admin.",
            discussion: "Example: ledger role grant bob releaser --as alice --key ~/.ssh/id_ed25519")

        @Argument var name: String
        @Argument var role: String
        @Option(help: "Until when, for example 2027-01-01T00:00:00.000000Z.") var until: String?
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            guard NameRules.isPlain(role) else {
                throw UsageFault(
                    "'\(Terminal.safe(role))' is no name for a role: use letters, digits, '_' and '-'.")
            }
            let until = try until.map { try TimeText.parse($0) }
            let roster = try RosterAct(global, signer)
            _ = try await roster.session.person(name)
            try await KnownRoles.note([role], roster.session)
            try await roster.perform(.grant(role: role, to: name, until: until), "granted \(role) to \(name)")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a role. Signed by an admin.",
            discussion: "Example: ledger role revoke bob releaser --as alice --key ~/.ssh/id_ed25519")

        @Argument var name: String
        @Argument var role: String
        @Option(help: "Since when what they approved is in doubt. Default: from now on only.") var from:
            String?
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let from = try from.map { try TimeText.parse($0) }
            let roster = try RosterAct(global, signer)
            _ = try await roster.session.person(name)
            try await roster.perform(.revoke(role: role, of: name, from: from), "revoked \(role) of \(name)")
        }
    }
}

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Add and revoke keys.", subcommands: [Add.self, Revoke.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a key to a person. Signed by an admin.",
            discussion: "Example: ledger key add bob --public-key new.pub --as alice --key ~/.ssh/id_ed25519")

        @Argument var name: String
        @Option(help: "The SSH public key file.") var publicKey: String
        @Option(help: "Until when the key is good, for example 2027-01-01T00:00:00.000000Z.") var until:
            String?
        @Option(help: "Why.", transform: ReasonText.parse) var reason = "another key"
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let until = try until.map { try TimeText.parse($0) }
            let key = try await SSHKeygen(environment: Terminal.environment).publicKey(of: publicKey)
            let roster = try RosterAct(global, signer)
            _ = try await roster.session.person(name)
            try await roster.perform(
                .enrol(key: key, of: name, until: until, reason: reason),
                "enrolled \(name)'s key \(key.fingerprint)")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key for ever. Signed by an admin.",
            discussion: """
                Example:
                  ledger key revoke bob SHA256:… --reason lost --as alice \\
                    --key ~/.ssh/id_ed25519

                With --from, what the key signed since then is in doubt, and every gate that rests on it.
                """)

        @Argument var name: String
        @Argument(help: "The key's fingerprint, SHA256:…") var fingerprint: String
        @Option(help: "Since when the key is in doubt. Default: from now on only.") var from: String?
        @Option(help: "Why: lost, stolen, rotated, left.", transform: ReasonText.parse)
        var reason: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let from = try from.map { try TimeText.parse($0) }
            let roster = try RosterAct(global, signer)
            let (name, fingerprint) = (name, fingerprint)
            let key = try await roster.session.handler.look { context -> SSHPublicKey in
                guard let key = context.governance.roster.keys[fingerprint], key.person == name else {
                    throw Refusal(
                        .notFound, "\(name) has no key \(fingerprint). `ledger person list` shows the keys.")
                }
                return key.key
            }
            try await roster.perform(
                .revoke(key: key, of: name, from: from, reason: reason),
                "revoked \(name)'s key \(fingerprint)")
        }
    }
}

/// A role that nothing asks for is granted as well: a pipeline that comes later may. It may also be a slip.
private enum KnownRoles {
    static func note(_ roles: [String], _ session: Session) async throws {
        let asked = try await session.handler.look { context in
            context.governance.inForce(at: context.moment.index).flatMap { record in
                record.definition.gates.values.flatMap(\.roles)
            }
        }
        let known = Set(asked + ["admin", "tester"]).sorted()
        for role in roles where !known.contains(role) {
            Terminal.note(
                "note: nothing asks for the role '\(role)'. Known here: \(known.joined(separator: ", ")).")
        }
    }
}

/// Times as options take them.
enum TimeText {
    static func parse(_ text: String) throws -> Timestamp {
        let forms = [text, text.replacing("Z", with: ".000000Z"), text + "T00:00:00.000000Z"]
        guard let time = forms.lazy.compactMap({ Timestamp($0) }).first else {
            throw UsageFault(
                "'\(Terminal.safe(text))' is no time. Write 2026-11-25 or 2026-11-25T12:00:00Z (UTC).")
        }
        return time
    }
}

extension Session {
    /// - Throws: ``Refusal`` if nobody of that name is enrolled now.
    func person(_ name: String) async throws -> Roster.Person {
        try await handler.look { context in
            guard let person = context.governance.roster.persons[name],
                context.governance.roster.isEnrolled(name, at: context.moment)
            else {
                throw Refusal(
                    .notFound,
                    "nobody called '\(Terminal.safe(name))' is enrolled. `ledger person list` shows who is.")
            }
            return person
        }
    }
}
