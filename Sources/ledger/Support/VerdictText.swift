import LedgerPipeline
import LedgerProof

/// Verdicts and findings for people and programs.
enum VerdictText {
    static func code(_ kind: VerdictKind) -> Outcome.Code {
        switch kind {
        case .satisfied, .notApplicable: .done
        case .refused: .refused
        case .pending: .pending
        case .indeterminate: .couldNotLook
        case .bypassed: .bypassed
        }
    }

    /// A gate of a release that was given up waits for nobody, so it does not count as pending.
    static func code(_ release: ReleaseJudgement) -> Outcome.Code {
        isGivenUp(release) && release.verdict.kind == .pending ? .done : code(release.verdict.kind)
    }

    private static func isGivenUp(_ release: ReleaseJudgement) -> Bool {
        release.ending == .failed || release.ending == .superseded
    }

    static func styled(_ kind: VerdictKind) -> String {
        switch kind {
        case .satisfied: Terminal.styled("✓ satisfied", .green)
        case .refused: Terminal.styled("✗ refused", .red)
        case .pending: Terminal.styled("◆ pending", .yellow)
        case .indeterminate: Terminal.styled("? indeterminate", .red)
        case .bypassed: Terminal.styled("! bypassed", .yellow)
        case .notApplicable: Terminal.styled("· no gate", .dim)
        }
    }

    static func describe(_ releases: [ReleaseJudgement], _ findings: [Finding]) -> String {
        var lines: [String] = []
        for release in releases {
            lines += ["", heading(release)]
            lines.append(
                Terminal.table(
                    release.stages.map { stage in
                        [
                            "  " + stage.stage, stage.gate ?? "-", styled(stage.verdict.kind),
                            approvals(stage.verdict),
                        ]
                    }))
            let reasons = release.verdict.reasons
            var shown: Set<Finding> = []
            for reason in reasons where shown.insert(reason).inserted {
                lines.append("    \(describe(reason))")
            }
        }
        if !findings.isEmpty {
            lines += ["", "findings"]
            var shown: Set<Finding> = []
            for finding in findings where shown.insert(finding).inserted {
                lines.append("  \(describe(finding))")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func heading(_ release: ReleaseJudgement) -> String {
        let name = Terminal.styled(release.release.text, .bold)
        let words = release.ending?.words ?? ""
        let ending =
            isGivenUp(release)
            ? Terminal.styled("  (\(words): its gates wait for nobody)", .dim)
            : ""
        return "\(name)  \(styled(release.verdict.kind))\(ending)"
    }

    private static func approvals(_ verdict: Verdict) -> String {
        verdict.approvals.isEmpty
            ? "" : "approved in record \(verdict.approvals.map(\.description).joined(separator: ", "))"
    }

    private static func describe(_ finding: Finding) -> String {
        let place = finding.index.map { "  (record \($0))" } ?? ""
        return "\(Terminal.safe(finding.text))\(place)  \(Terminal.styled(finding.code, .dim))"
    }

    static func json(_ releases: [ReleaseJudgement], _ findings: [Finding]) -> JSONObject {
        [
            "findings": .array(findings.map { json($0) }),
            "releases": .array(
                releases.map { release in
                    [
                        "ending": .optional(release.ending?.rawValue),
                        "reasons": .array(release.verdict.reasons.map { json($0) }),
                        "release": .string(release.release.text),
                        "stages": .array(
                            release.stages.map { stage in
                                [
                                    "approvals": .array(
                                        stage.verdict.approvals.map { .integer(Int64($0.value)) }),
                                    "gate": .optional(stage.gate),
                                    "reasons": .array(stage.verdict.reasons.map { json($0) }),
                                    "stage": .string(stage.stage),
                                    "verdict": .string(stage.verdict.kind.rawValue),
                                ]
                            }), "verdict": .string(release.verdict.kind.rawValue),
                    ]
                }),
        ]
    }

    static func json(_ finding: Finding) -> JSONValue {
        [
            "code": .string(finding.code), "index": finding.index.map { .integer(Int64($0.value)) } ?? .null,
            "text": .string(finding.text),
        ]
    }
}

/// What a bundle proves, shown.
struct VerificationReport {
    let result: BundleVerification
    /// Faults of the checkpoints that were kept elsewhere.
    let kept: [(path: String, fault: String?)]
    /// What witnesses and clocks say.
    let demands: CheckpointDemands.Report

    init(
        _ result: BundleVerification, against: [KeptCheckpoint], files: FolderFiles,
        demands: CheckpointDemands.Report
    ) {
        self.result = result
        self.demands = demands
        kept = against.map { kept in
            guard let checkpoint = result.checkpoint else {
                return (kept.path, "the bundle has no checkpoint to compare")
            }
            guard kept.checkpoint.origin == checkpoint.origin else {
                return (kept.path, "it is of another log")
            }
            guard let confirmed = result.confirms(kept.checkpoint) else {
                return (kept.path, "nothing in the bundle proves it: export the whole log, or at that size")
            }
            return (
                kept.path,
                confirmed ? nil : "the bundle's log does not continue it: history was rewritten or cut"
            )
        }
    }

    func show(_ output: OutputFormat) throws {
        Terminal.result(output == .json ? JSONText.line(json) : text)
        try Ending.with(code)
    }

    private var code: Outcome.Code {
        guard result.fault == nil, !kept.contains(where: { $0.fault != nil }) else { return .broken }
        guard !result.isNothing else { return Outcome.worst([.nothing] + demands.codes) }
        let waits = result.releases.contains {
            $0.verdict.kind == .pending && VerdictText.code($0) == .pending
        }
        let own: Outcome.Code =
            result.verdict == .pending && !waits ? .done : VerdictText.code(result.verdict)
        return Outcome.worst([own] + demands.codes)
    }

    private var text: String {
        if let fault = result.fault {
            let place = fault.index.map { " (record \($0))" } ?? ""
            return "\(Terminal.styled("✗ broken", .red))  \(Terminal.safe(fault.text))\(place)"
        }
        let heading =
            result.isAuthenticated
            ? Terminal.styled("✓ the log is good, and is the one whose key you gave", .green)
            : Terminal.styled("self-consistent, origin not authenticated", .yellow)
                + "  (give the log's key with --log-key to know whose it is)"
        var rows = [
            ["origin", result.origin?.text ?? "?"],
            [
                "records",
                "\(result.recordCount)\(result.release.map { " of release \($0) and what it rests on" } ?? "")",
            ],
            [
                "checkpoint",
                "\(result.checkpoint!.size) records, root \(result.checkpoint!.root.bytes.base64)",
            ],
            [
                "first admin",
                result.bootstrapFingerprint ?? Terminal.styled("none: the bootstrap is not good", .red),
            ],
        ]
        rows += kept.map {
            [
                "kept",
                "\($0.path)  \($0.fault.map { Terminal.styled("✗ \($0)", .red) } ?? "the log continues it")",
            ]
        }
        rows += demands.lines.map { [$0.topic, $0.marked] }
        let nothing = result.releases.isEmpty ? "\n\nno release in it: there is nothing to judge" : ""
        return
            "\(heading)\n\n\(Terminal.table(rows))\(nothing)\n\(VerdictText.describe(result.releases, result.findings))"
    }

    private var json: JSONObject {
        VerdictText.json(result.releases, result.findings).merging([
            "authenticated": .bool(result.isAuthenticated),
            "bootstrap": .optional(result.bootstrapFingerprint),
            "fault": result.fault.map { VerdictText.json($0) } ?? .null,
            "log": .string(result.fault == nil ? "good" : "broken"), "origin": .optional(result.origin?.text),
            "root": .optional(result.checkpoint?.root.bytes.base64),
            "size": result.checkpoint.map { .integer(Int64($0.size.value)) } ?? .null,
        ]).merging(demands.json)
    }
}
