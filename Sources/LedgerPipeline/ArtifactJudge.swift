import LedgerProof

/// Judges that a release is one artifact from the build to the last target. `FORMAT.md` §7, rule 5.
struct ArtifactJudge {
    let reading: ReleaseReading
    let definition: PipelineDefinition

    func judge() -> Verdict {
        var verdict = Verdict.satisfied
        guard let first = reading.built.first else {
            for publication in reading.publications {
                verdict.add(
                    .refused,
                    Finding(
                        "artifact.unbuilt", at: publication.record.index,
                        "files were published that were never built"))
            }
            return verdict
        }
        let files = first.files("files")
        guard let files, !files.isEmpty else {
            verdict.add(.refused, Finding("artifact.empty", at: first.index, "the build lists no files"))
            return verdict
        }
        func demand(_ found: [ArtifactFile]?, at index: LogIndex, _ what: String) {
            if found != files {
                verdict.add(
                    .refused,
                    Finding("artifact.differs", at: index, "\(what) lists other files than the build"))
            }
        }
        for record in reading.built.dropFirst() {
            demand(record.files("files"), at: record.index, "a second build")
        }
        for opened in reading.opened { demand(opened.files, at: opened.record.index, "gate.opened") }
        for start in reading.starts where start.index > first.index && !isBuild(start.stage) {
            demand(start.files, at: start.index, "stage.started")
        }
        for publication in reading.publications {
            demand(publication.files, at: publication.record.index, "artifact.published")
            demand(publication.observed, at: publication.record.index, "what \(publication.target) served")
            verdict.add(belongs(publication))
        }
        return verdict
    }

    private func isBuild(_ stage: String) -> Bool { definition.stage(stage)?.executor == .pythonBuild }

    private func belongs(_ publication: ReleaseReading.Publication) -> Verdict {
        let index = publication.record.index
        let start = reading.starts.last {
            $0.stage == publication.stage && $0.attempt == publication.attempt && $0.index < index
        }
        guard let start else {
            return Verdict(
                .refused,
                reasons: [
                    Finding(
                        "publication.unstarted", at: index, "it belongs to no start of \(publication.stage)")
                ])
        }
        guard definition.stage(publication.stage)?.target == publication.target else {
            return Verdict(
                .refused,
                reasons: [
                    Finding(
                        "publication.target", at: index,
                        "\(publication.stage) does not publish to \(publication.target)")
                ])
        }
        guard ["uploaded", "already-present"].contains(publication.how) else {
            return Verdict(
                .indeterminate,
                reasons: [
                    Finding(
                        "publication.how", at: index, "how it was published is not known: \(publication.how)")
                ])
        }
        if publication.how == "already-present",
            !reading.starts.contains(where: { $0.stage == publication.stage && $0.index < start.index })
        {
            return Verdict(
                .indeterminate,
                reasons: [
                    Finding(
                        "publication.early", at: index,
                        "the files were there before the stage first started: published before it was approved"
                    )
                ])
        }
        return .satisfied
    }
}

/// Judges the order of a release: the tag first, stages after those they need, attempts and epochs. Rule 6.
struct OrderJudge {
    let reading: ReleaseReading
    let definition: PipelineDefinition

    func judge() -> (verdict: Verdict, findings: [Finding]) {
        var verdict = Verdict.satisfied
        if let fault = reading.tagFault { verdict.add(.refused, fault) }
        for start in reading.starts {
            guard let stage = definition.stage(start.stage) else {
                verdict.add(
                    .refused,
                    Finding("order.stage", at: start.index, "the pipeline has no stage '\(start.stage)'"))
                continue
            }
            for need in stage.needs where !hasSucceeded(need, before: start.index) {
                verdict.add(
                    .refused,
                    Finding(
                        "order.needs", at: start.index, "\(stage.name) started before \(need) had succeeded"))
            }
        }
        return (verdict, attempts())
    }

    private func hasSucceeded(_ stage: String, before index: LogIndex) -> Bool {
        reading.stageRecords.contains {
            $0.type.text == "stage.succeeded" && $0.text("stage") == stage && $0.index < index
        }
    }

    /// Broken rules on attempts and epochs are findings: they do not change who approved what.
    private func attempts() -> [Finding] {
        var findings: [Finding] = []
        for stage in definition.stages {
            var (attempt, epoch) = (1, 0)
            for start in reading.starts where start.stage == stage.name {
                if start.attempt != attempt {
                    if !isRetried(stage.name, to: start.attempt, before: start.index)
                        || start.attempt != attempt + 1
                    {
                        findings.append(
                            Finding(
                                "order.attempt", at: start.index,
                                "attempt \(start.attempt) began without stage.retried"))
                    }
                    (attempt, epoch) = (start.attempt, 0)
                }
                if start.epoch <= epoch {
                    findings.append(
                        Finding(
                            "order.epoch", at: start.index,
                            "a start whose epoch is not greater than the one before"))
                }
                epoch = start.epoch
            }
        }
        return findings
    }

    private func isRetried(_ stage: String, to attempt: Int, before index: LogIndex) -> Bool {
        reading.stageRecords.contains {
            $0.type.text == "stage.retried" && $0.text("stage") == stage && $0.number("attempt") == attempt
                && $0.index < index
        }
    }
}
