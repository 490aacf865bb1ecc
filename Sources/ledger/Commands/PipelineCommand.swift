import ArgumentParser
import LedgerPipeline
import LedgerProof
import LedgerRuntime

struct PipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Show, check and define the pipeline.",
        subcommands: [Show.self, Check.self, Define.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The pipelines in force, with their digests.",
            discussion: "Example: ledger pipeline show")

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let session = try Session.openToRead(global)
            let inForce = try await session.handler.look { $0.governance.inForce(at: $0.moment.index) }
            guard !inForce.isEmpty else { throw Ending(.nothing, "ledger: no pipeline is defined.") }
            for (position, record) in inForce.enumerated() {
                if position > 0, global.output == .table { Terminal.result("") }
                if global.output == .json {
                    Terminal.result(
                        JSONText.line([
                            "definition": .object(record.definition.json),
                            "digest": .string(Digest.text(record.definition.digest)),
                            "index": .integer(Int64(record.index.value)),
                        ]))
                } else {
                    Terminal.result(PipelineText.describe(record))
                }
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a pipeline file without recording it.",
            discussion: "Example: ledger pipeline check pipeline.yml")

        @Argument(help: "The pipeline file.") var file: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let definition = try YAMLFile.read(file).pipeline()
            if let session = try? Session.openToRead(global) {
                let unpassable = try await session.handler.look { GatePeople.unpassable(definition, $0) }
                for text in unpassable { Terminal.note("warning: \(text)") }
            }
            if global.output == .json {
                Terminal.result(
                    JSONText.line([
                        "digest": .string(Digest.text(definition.digest)),
                        "pipeline": .string(definition.name),
                    ]))
            } else {
                Terminal.result("\(file): good. \(definition.name) \(Digest.text(definition.digest))")
            }
        }
    }

    struct Define: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record a pipeline; it holds for releases tagged from now on. Signed by an admin.",
            discussion: "Example: ledger pipeline define pipeline.yml --as alice --key ~/.ssh/id_ed25519")

        @Argument(help: "The pipeline file.") var file: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let definition = try YAMLFile.read(file).pipeline()
            let act = try RosterAct(global, signer)
            let unpassable = try await act.session.handler.look { GatePeople.unpassable(definition, $0) }
            for text in unpassable { Terminal.note("warning: \(text)") }
            try await act.perform(
                .define(definition), "defined \(definition.name) \(Digest.text(definition.digest))")
        }
    }
}

/// Whether the roster has people who could pass a gate.
enum GatePeople {
    /// A sentence for each gate that nobody, or too few, could pass now. `tagger` is who pushed the tag,
    /// where known.
    static func unpassable(_ definition: PipelineDefinition, _ context: LedgerContext, tagger: String? = nil)
        -> [String]
    {
        definition.gates.values.sorted { $0.name < $1.name }.compactMap { gate in
            let roster = context.governance.roster
            let able = roster.holders(ofAny: gate.roles, at: context.moment).filter { person in
                roster.persons[person]?.kind == .human && !roster.keys(of: person, at: context.moment).isEmpty
                    && !(gate.separate.contains(.tagger) && person == tagger)
            }
            guard able.count < gate.approvals else { return nil }
            let who = gate.roles.joined(separator: " or ")
            let others =
                gate.separate.contains(.tagger) && tagger != nil ? " beside the tagger \(tagger!)" : ""
            return
                "nobody can pass the gate '\(gate.name)': it needs \(gate.approvals) approval\(gate.approvals == 1 ? "" : "s") by a \(who), "
                + "and the roster has \(able.count)\(others). "
                + "Enrol one: ledger person enroll NAME --public-key FILE.pub --role \(gate.roles[0]) --as ADMIN --key FILE"
        }
    }
}

enum PipelineText {
    static func describe(_ record: Governance.DefinitionRecord) -> String {
        let definition = record.definition
        var rows: [[String]] = []
        for stage in definition.stages {
            let target = stage.target.map { " → \($0)" } ?? ""
            let gate = stage.gate.flatMap { definition.gates[$0] }
            rows.append([
                stage.name, stage.executor.rawValue + target,
                stage.needs.isEmpty ? "-" : stage.needs.joined(separator: ", "),
                gate.map { "\($0.name): \($0.requirements.joined(separator: "; "))" } ?? "automatic",
            ])
        }
        return """
            \(Terminal.styled(definition.name, .bold))  for tags \(definition.tags.joined(separator: ", "))
            \(Digest.text(definition.digest)), record \(record.index), \(record.time), by \(record.by)

            \(Terminal.table(rows, header: ["stage", "does", "after", "gate"]))
            """
    }
}
