public import LedgerProof

/// What one stage of one release has to do now, as computed from the log alone.
public struct StageOrder: Hashable, Sendable {
    public let release: ReleaseID
    /// PEP 440, as in `tag.pushed`.
    public let version: String
    /// The 40 hex digits of the tag's commit.
    public let commit: String
    /// A path or URL that git can clone.
    public let repository: String
    public let stage: String
    /// From 1.
    public let attempt: Int
    public let executor: ExecutorKind
    /// Where to; nil for a build.
    public let target: Target?
    /// The files to publish, as built; empty for a build.
    public let files: [ArtifactFile]
    /// `sourceDate` of `artifact.built`, in seconds since 1970; nil for a build, and where the log does not
    /// say.
    public let sourceDate: Int64?
    /// This attempt was started before, by a worker that did not finish: look before you act.
    public let isTakeover: Bool
    /// The record that led here.
    public let cause: LogIndex

    public init(
        release: ReleaseID, version: String, commit: String, repository: String, stage: String, attempt: Int,
        executor: ExecutorKind, target: Target?, files: [ArtifactFile], isTakeover: Bool, cause: LogIndex,
        sourceDate: Int64? = nil
    ) {
        self.release = release
        self.version = version
        self.commit = commit
        self.repository = repository
        self.stage = stage
        self.attempt = attempt
        self.executor = executor
        self.target = target
        self.files = files
        self.isTakeover = isTakeover
        self.cause = cause
        self.sourceDate = sourceDate
    }
}

/// The kinds of stage that can be run.
public enum ExecutorKind: String, Hashable, Sendable, CaseIterable {
    case pythonBuild = "python-build"
    case oci
    case pypi
}

/// A place to publish to: the URLs of the pipeline file, by their keys.
public struct Target: Hashable, Sendable {
    public let name: String
    /// `upload`, `index` or `registry`, each an URL (a registry without its scheme: `ghcr.io/owner/project`).
    public let urls: [String: String]

    public init(name: String, urls: [String: String]) {
        self.name = name
        self.urls = urls
    }

    public var upload: String? { urls["upload"] }
    public var index: String? { urls["index"] }
    public var registry: String? { urls["registry"] }
    /// `LEDGER_GITHUB_PACKAGES` for `github-packages`: with `_TOKEN` or `_USERNAME` behind it, where the
    /// credentials are.
    public var environmentPrefix: String {
        "LEDGER_" + name.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }
}
