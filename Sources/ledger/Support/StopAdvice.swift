import LedgerPipeline

/// What to do about a stage that stopped: two ways, for the cause may lie outside of the release or in it.
///
/// A new attempt works on the same commit and the same files, so it helps only against what lies outside.
struct StopAdvice: Sendable {
    /// What shows the log of the stage; nil where it has none.
    let log: String?
    let retry: String
    /// When the retry helps.
    let retryRemark: String
    let abandon: String
    let abandonRemark = "then tag a new version"

    init(_ release: ReleaseID, stage: String, context: ReleaseContext) {
        let state = context.fold.stages[stage]
        let hasEnded = state?.status == .failed || state?.status == .unknown
        log = hasEnded ? state.map { "ledger show \($0.index) --evidence stage.log" } : nil
        retry = "ledger release retry \(release) \(stage) --as NAME"
        abandon = "ledger release abandon \(release) --reason TEXT --as NAME"
        let isBuild = context.definition?.stage(stage)?.executor == .pythonBuild
        let isConflicted = state?.isConflicted ?? false
        let what = isBuild ? "it builds the same commit again" : "it takes the same files again"
        retryRemark = "\(isConflicted ? "once the target is mended" : "if the cause lay outside"): \(what)"
    }

    /// All of it, each way with its remark under it: a command stands alone in its line, to be copied.
    var rows: [[String]] {
        (log.map { [["log", $0]] } ?? [])
            + [["next", retry], ["", retryRemark], ["or", abandon], ["", abandonRemark]]
    }
}
