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
            for opened in reading.opened {
                verdict.add(
                    .refused,
                    Finding(
                        "artifact.unbuilt", at: opened.record.index, "a gate was opened for files not built"))
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
    ///
    /// A new attempt begins only with `stage.retried`, after an end of the one before; a start again in the
    /// same attempt has a greater epoch. `FORMAT.md` §5.
    private func attempts() -> [Finding] {
        let ends = ["stage.failed", "stage.unknown", "gate.rejected", "gate.expired"]
        var findings: [Finding] = []
        for stage in definition.stages {
            var (attempt, epoch, hasEnded) = (1, 0, false)
            for record in reading.effective where isOf(stage, record) {
                let isRetry = record.type.text == "stage.retried"
                let isStart = record.type.text == "stage.started"
                if record.number("attempt") != (isRetry ? attempt + 1 : attempt) || (isRetry && !hasEnded) {
                    findings.append(
                        Finding(
                            "order.attempt", at: record.index,
                            "\(record.type) of an attempt that had not begun, or is over"))
                }
                if isStart, record.number("epoch")! <= epoch {
                    findings.append(
                        Finding(
                            "order.epoch", at: record.index,
                            "a start whose epoch is not greater than the one before"))
                }
                hasEnded = !isRetry && (hasEnded || ends.contains(record.type.text))
                if isRetry { (attempt, epoch) = (record.number("attempt")!, 0) }
                if isStart { epoch = record.number("epoch")! }
            }
        }
        return findings
    }

    private func isOf(_ stage: PipelineStage, _ record: Record) -> Bool {
        guard record.number("attempt") != nil else { return false }
        if let name = record.text("stage") { return name == stage.name }
        return stage.gate != nil && record.text("gate") == stage.gate
    }
}
