import Foundation

/// What real servers say of themselves: how often each thing was uploaded.
struct AccessLog: Sendable {
    struct Request: Hashable, Sendable {
        let method: String
        let path: String
        let status: Int
    }

    let path: String

    /// Requests since the log had `start` bytes, in the common log format: `… "POST / HTTP/1.1" 200 …`.
    func requests(from start: Int) -> [Request] {
        text(from: start).split(separator: "\n").compactMap { line in
            guard let match = line.firstMatch(of: #/\] "([A-Z]+) (\S+) HTTP/1\.[01]" ([0-9]{3})/#) else {
                return nil
            }
            return Request(
                method: String(match.output.1), path: String(match.output.2),
                status: Int(match.output.3) ?? 0)
        }
    }

    var byteCount: Int { (FileManager.default.contents(atPath: path) ?? Data()).count }
}

extension AccessLog {
    /// Uploads to a `pypiserver`, as its log tells them: also those whose sender died before the answer.
    struct Uploads: Hashable, Sendable {
        /// Requests that arrived whole.
        var requestCount: Int
        /// The files that were stored, sorted.
        var stored: [String]
        /// Refused because the file is there.
        var duplicateCount: Int
    }

    /// Uploads since the log had `start` bytes: `<LocalRequest: POST …>`, then `User '…' stored 'FILE'.`, or
    /// `Cannot upload 'FILE' since it already exists!`. The lines of requests at the same time are mixed.
    func uploads(from start: Int) -> Uploads {
        let text = text(from: start)
        return Uploads(
            requestCount: text.matches(of: #/<LocalRequest: POST /#).count,
            stored: text.matches(of: #/ stored '([^']+)'/#).map { String($0.output.1) }.sorted(),
            duplicateCount: text.matches(of: #/since it already exists/#).count)
    }

    private func text(from start: Int) -> String {
        String(
            decoding: (FileManager.default.contents(atPath: path) ?? Data()).dropFirst(start), as: UTF8.self)
    }
}

extension [AccessLog.Request] {
    /// How often each blob and each manifest was stored in a container registry.
    var stored: [String: Int] {
        var counts: [String: Int] = [:]
        for request in self where request.method == "PUT" && request.status == 201 {
            if let digest = request.path.firstMatch(of: #/digest=(sha256[:%][0-9A-Fa-f]+)/#)?.output.1 {
                counts["blob \(digest)", default: 0] += 1
            } else if request.path.contains("/manifests/") {
                counts["manifest", default: 0] += 1
            } else {
                counts["something else: \(request.path)", default: 0] += 1
            }
        }
        return counts
    }
}
