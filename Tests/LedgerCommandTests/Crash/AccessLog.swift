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
        let data = (FileManager.default.contents(atPath: path) ?? Data()).dropFirst(start)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
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

extension [AccessLog.Request] {
    /// Answers to uploads of a package index.
    var uploads: [Int] { filter { $0.method == "POST" }.map(\.status) }

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
