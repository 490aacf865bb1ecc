import Foundation
import LedgerPipeline
import LedgerProof
import Yams

/// A YAML file as a JSON value that remembers its lines, so that a fault can be shown where it is.
///
/// Taken as it is written: names are texts (`on` too), no tags, no name twice.
struct YAMLFile {
    let path: String
    private let text: String
    private let node: Result<Node?, any Error>

    static let maximumByteCount = 256 * 1024
    static let maximumValueCount = 10_000

    init(_ text: String, path: String) {
        self.text = text
        self.path = path
        node =
            text.utf8.count <= Self.maximumByteCount
            ? Result { try Yams.compose(yaml: text) }
            : .failure(Ending(.usage, "ledger: \(path): more than \(Self.maximumByteCount) bytes."))
    }

    static func read(_ path: String) throws -> YAMLFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Ending(.couldNotLook, "ledger: cannot read '\(path)'. Check the name and its permissions.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Ending(.usage, "ledger: \(path): not UTF-8 text.")
        }
        return YAMLFile(text, path: path)
    }

    /// - Throws: ``Ending`` with the line where it is not what it must be.
    func object() throws -> JSONObject {
        do {
            guard let node = try node.get() else {
                throw Ending(.usage, "ledger: \(path): the file is empty.")
            }
            var count = 0
            guard let object = try value(node, depth: 1, &count).object else {
                throw Ending(.usage, "ledger: \(path):1: the file must be a mapping (`name: value`).")
            }
            return object
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            let names = duplicates.map { Terminal.safe("\($0)") }.joined(separator: ", ")
            throw Ending(.usage, "ledger: \(path):\(context.mark.line): there twice: \(names).")
        } catch let error as YamlError {
            throw Ending(.usage, "ledger: \(path): not YAML: \(error)")
        }
    }

    private func value(_ node: Node, depth: Int, _ count: inout Int) throws -> JSONValue {
        guard depth <= 16 else { throw fault(node, "more than 16 levels.") }
        // An alias is a whole value again: a few lines of them can stand for millions.
        count += 1
        guard count <= Self.maximumValueCount else {
            throw fault(
                node, "more than \(Self.maximumValueCount) values, aliases counted as what they stand for.")
        }
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (name, element) in mapping {
                guard let key = name.scalar?.string, !key.isEmpty,
                    key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
                    key.utf8.count <= 128
                else { throw fault(name, "a name must be ASCII without spaces.") }
                guard members[key] == nil else { throw fault(name, "'\(key)' is there twice.") }
                members[key] = try value(element, depth: depth + 1, &count)
            }
            return .object(JSONObject(members))
        case .sequence(let sequence):
            return .array(try sequence.map { try value($0, depth: depth + 1, &count) })
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            if let number = Int64(scalar.string), String(number) == scalar.string, abs(number) < 1 << 53 {
                return .integer(number)
            }
            switch scalar.string {
            case "true": return true
            case "false": return false
            case "null", "~", "": return .null
            default: return .string(scalar.string)
            }
        default: throw fault(node, "anchors and aliases are not read here.")
        }
    }

    private func fault(_ node: Node, _ text: String) -> Ending {
        Ending(.usage, "ledger: \(path):\(node.mark?.line ?? 1): \(text)")
    }

    /// The line of a member, or of the nearest one above it that is there.
    func line(of path: [String]) -> Int {
        guard var node = try? node.get() else { return 1 }
        var line = 1
        for name in path {
            guard case .mapping(let mapping) = node,
                let (key, element) = mapping.first(where: { $0.key.scalar?.string == name })
            else { break }
            line = key.mark?.line ?? line
            node = element
        }
        return line
    }

    /// The pipeline that the file defines.
    ///
    /// - Throws: ``Ending`` with every fault, its line and its remedy.
    func pipeline() throws -> PipelineDefinition {
        let json = try object()
        do throws(DefinitionFaults) { return try PipelineDefinition(json, strictness: .writing) } catch {
            let lines = error.faults.map {
                "\(path):\(line(of: $0.path)): \(($0.path.isEmpty ? "" : $0.path.joined(separator: ".") + ": "))\($0.message)"
            }
            throw Ending(.usage, lines.joined(separator: "\n"))
        }
    }
}
