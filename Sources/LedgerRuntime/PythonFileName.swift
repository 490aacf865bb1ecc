internal import LedgerPipeline

/// What the name of a distribution file says: project and version.
///
/// ```
/// wheel = name "-" version ["-" build] "-" python "-" abi "-" platform ".whl"   (PEP 427; no "-" in `name`)
/// sdist = name "-" version ".tar.gz"         (PEP 625; older ones have "-" in `name`)
/// ```
struct PythonFileName: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case wheel, sdist, other }

    let kind: Kind
    /// Normalised by PEP 503.
    let project: String
    let version: PythonVersion

    /// - Parameter project: Where given, an sdist's name is split after it, as older ones have `-` in their
    ///   names.
    /// - Returns: nil where the name is not of this form, or its version is none.
    init?(_ name: String, project wanted: String? = nil) {
        if name.hasSuffix(".whl") {
            let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 5 || parts.count == 6,
                let project = ProjectName.normalized(String(parts[0])),
                let version = PythonVersion(parts[1])
            else { return nil }
            (kind, self.project, self.version) = (.wheel, project, version)
            return
        }
        let suffixes: [(String, Kind)] = [
            (".tar.gz", .sdist), (".zip", .other), (".tar.bz2", .other), (".egg", .other), (".exe", .other),
        ]
        guard let (suffix, kind) = suffixes.first(where: { name.hasSuffix($0.0) }) else { return nil }
        let stem = name.dropLast(suffix.utf8.count)
        for (index, character) in zip(stem.indices, stem) where character == "-" {
            guard let project = ProjectName.normalized(String(stem[..<index])),
                wanted == nil || wanted == project
            else { continue }
            // Eggs and installers carry more after the version; what counts is that it is of this version.
            let rest = stem[stem.index(after: index)...]
            let text = kind == .sdist || !rest.contains("-") ? rest : rest.prefix { $0 != "-" }
            guard let version = PythonVersion(text) else { continue }
            (self.kind, self.project, self.version) = (kind, project, version)
            return
        }
        return nil
    }
}
