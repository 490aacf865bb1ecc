import LedgerPipeline

enum ReleaseName {
    static func make(_ number: Int) -> ReleaseID { ReleaseID(project: "autocli", tag: "v0.1.\(number)")! }
}
