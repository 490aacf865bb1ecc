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
    /// One upload to a `pypiserver`, as its log tells it: also one whose sender died before the answer.
    struct Upload: Hashable, Sendable {
        /// The file that was stored; nil if none was.
        var stored: String?
        /// It was refused because it is there.
        var isDuplicate: Bool
    }

    /// Uploads since the log had `start` bytes: `<LocalRequest: POST …>`, then `User '…' stored 'FILE'.`, or
    /// `Cannot upload 'FILE' since it already exists!`, or nothing where the request was cut off.
    func uploads(from start: Int) -> [Upload] {
        text(from: start).split(separator: "<LocalRequest: ").filter { $0.hasPrefix("POST ") }.map {
            Upload(
                stored: ($0.firstMatch(of: #/stored '([^']+)'/#)?.output.1).map { String($0) },
                isDuplicate: $0.contains("since it already exists"))
        }
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
