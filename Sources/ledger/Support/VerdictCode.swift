import LedgerPipeline

extension VerdictKind {
    /// The exit code that a verdict stands for. `satisfied` and `not applicable` are no complaint.
    var code: Outcome.Code {
        switch self {
        case .satisfied, .notApplicable: .done
        case .refused: .refused
        case .pending: .pending
        case .indeterminate: .couldNotLook
        case .bypassed: .bypassed
        }
    }

    var style: Terminal.Style {
        switch self {
        case .satisfied: .green
        case .refused, .indeterminate: .red
        case .pending, .bypassed: .yellow
        case .notApplicable: .dim
        }
    }
}
