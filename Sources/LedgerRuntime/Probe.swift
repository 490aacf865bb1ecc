internal import LedgerPipeline
internal import LedgerProof

/// What a target serves under a version, held against what we want it to serve.
enum Probe: Hashable, Sendable {
    /// Exactly our files, byte for byte.
    case same([ArtifactFile])
    /// Something else: other bytes, or a file that is not ours.
    case different([ArtifactFile], reason: String)
    /// Some of ours, the same, and nothing else. Empty: nothing is there.
    case partial(present: [ArtifactFile])
    /// Nobody knows. Never to be taken for "nothing is there".
    case unreadable(String)

    static let absent = Probe.partial(present: [])

    /// - Parameter served: everything that the target has under the version; what is listed twice counts
    ///   once.
    init(ours: [ArtifactFile], served listed: [ArtifactFile]) {
        let served = [ArtifactFile](Set(listed))
        let wanted = Dictionary(ours.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for file in served {
            guard let own = wanted[file.name] else {
                self = .different(served.sortedByName, reason: "it serves '\(file.name)', which is not ours")
                return
            }
            guard own == file else {
                self = .different(
                    served.sortedByName,
                    reason:
                        "it serves '\(file.name)' with sha256 \(file.digest.hex), ours is \(own.digest.hex)")
                return
            }
        }
        self =
            served.count == ours.count ? .same(served.sortedByName) : .partial(present: served.sortedByName)
    }
}

extension SimpleIndex {
    /// Compares what the index serves with `ours`.
    ///
    /// - Parameter isThorough: Fetch and hash every file; otherwise the index's own sha256 is taken where it
    ///   gives one.
    func probe(
        project: String, version: PythonVersion, ours: [ArtifactFile], isThorough: Bool
    ) async -> Probe {
        switch await read(project: project, version: version) {
        case .unreadable(let reason): return .unreadable(reason)
        case .files(let listed):
            var served: [ArtifactFile] = []
            for file in listed {
                if !isThorough, let digest = file.digest,
                    let size = file.size
                        ?? ours.first(where: { $0.name == file.name && $0.digest == digest })?.size,
                    let described = ArtifactFile(name: file.name, digest: digest, size: size)
                {
                    served.append(described)
                    continue
                }
                do throws(RuntimeFault) {
                    served.append(try await download(file))
                } catch { return .unreadable(error.description) }
            }
            return Probe(ours: ours, served: served)
        }
    }
}
