/// How a stage ended, as far as its executor saw it. A value, never an error: each becomes records.
public enum StageOutcome: Hashable, Sendable {
    /// The files were made. `sourceDate` is in seconds since 1970, `tools` name → version.
    case built(files: [ArtifactFile], sourceDate: Int64, tools: [String: String])
    /// The target serves exactly our bytes. `observed` is what it served when asked afterwards.
    case published(url: String, observed: [ArtifactFile], how: PublicationKind)
    /// The target serves other bytes, or other files, under this version. The line stops.
    case conflicted(url: String, observed: [ArtifactFile], reason: String)
    /// It did not happen, and we know it.
    case failed(reason: String)
    /// It may or may not have happened: the target could not be read.
    case unknown(reason: String)
}

/// `how` of `artifact.published`.
public enum PublicationKind: String, Hashable, Sendable {
    case uploaded
    case alreadyPresent = "already-present"
}
