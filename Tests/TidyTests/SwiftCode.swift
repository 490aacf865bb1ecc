/// A Swift source without its words: comments and the content of string literals are blank, lines stay where
/// they are.
///
/// Not a parser: regular expression literals are not known. `isWhole` tells when it lost its way.
struct SwiftCode {
    /// Of `text`, each comment and literal blanked.
    private(set) var lines: [String] = []
    /// Every comment, literal and brace that was opened was closed.
    private(set) var isWhole = true

    private let source: [UInt8]
    private var code: [UInt8]
    private var position = 0

    init(_ text: String) {
        source = Array(text.utf8)
        code = source
        while position < source.count { step() }
        var depth = 0
        for byte in code { depth += byte == UInt8(ascii: "{") ? 1 : byte == UInt8(ascii: "}") ? -1 : 0 }
        if depth != 0 { isWhole = false }
        lines = code.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private mutating func step() {
        if starts(with: "//") {
            while position < source.count, source[position] != 0x0A { blank() }
        } else if starts(with: "/*") {
            skipComment()
        } else if let fence = fence() {
            skipLiteral(fence)
        } else {
            position += 1
        }
    }

    private func starts(with text: String, at offset: Int = 0) -> Bool {
        source[min(position + offset, source.count)...].starts(with: text.utf8)
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where position < source.count {
            if source[position] != 0x0A { code[position] = 0x20 }
            position += 1
        }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else if position < source.count {
                blank()
            } else {
                isWhole = false
                return
            }
        } while depth > 0
    }

    private struct Fence {
        /// The number of `#` around it.
        let hashes: Int
        let quotes: String
        var end: String { quotes + String(repeating: "#", count: hashes) }
        var interpolation: String { "\\" + String(repeating: "#", count: hashes) + "(" }
    }

    /// The beginning of a string literal here, if there is one.
    private func fence() -> Fence? {
        var hashes = 0
        while starts(with: "#", at: hashes) { hashes += 1 }
        for quotes in ["\"\"\"", "\""] where starts(with: quotes, at: hashes) {
            return Fence(hashes: hashes, quotes: quotes)
        }
        return nil
    }

    private mutating func skipLiteral(_ fence: Fence) {
        blank(fence.end.utf8.count)
        while position < source.count {
            if starts(with: fence.end) {
                blank(fence.end.utf8.count)
                return
            }
            if starts(with: fence.interpolation) {
                blank(fence.interpolation.utf8.count)
                skipInterpolation()
            } else if fence.hashes == 0, starts(with: "\\") {
                blank(2)
            } else if fence.quotes == "\"", source[position] == 0x0A {
                break
            } else {
                blank()
            }
        }
        isWhole = false
    }

    /// Code inside a literal, up to the parenthesis that ends it; it may hold literals again.
    private mutating func skipInterpolation() {
        var depth = 1
        while depth > 0, position < source.count {
            if let fence = fence() {
                skipLiteral(fence)
            } else {
                depth += starts(with: "(") ? 1 : starts(with: ")") ? -1 : 0
                blank()
            }
        }
    }
}

extension SwiftCode {
    struct Function {
        let name: String
        /// From 1.
        let line: Int
        let lineCount: Int
    }

    /// Functions and initializers with a body, measured from their first line to their closing brace.
    var functions: [Function] {
        var found: [Function] = []
        var open: [(depth: Int, name: String, line: Int)] = []
        var pending: (name: String, line: Int)?
        var (braces, brackets) = (0, 0)
        for (index, line) in lines.enumerated() {
            if let name = Self.declared(in: line) { pending = (name, index + 1) }
            for character in line {
                switch character {
                case "(", "[": brackets += 1
                case ")", "]": brackets -= 1
                case "{":
                    if let declaration = pending, brackets == 0 {
                        open.append((braces, declaration.name, declaration.line))
                        pending = nil
                    }
                    braces += 1
                case "}":
                    braces -= 1
                    if brackets == 0 { pending = nil }
                    if let last = open.last, last.depth == braces {
                        open.removeLast()
                        found.append(
                            Function(name: last.name, line: last.line, lineCount: index + 2 - last.line))
                    }
                default: break
                }
            }
        }
        return found
    }

    private static func declared(in line: String) -> String? {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        if let index = words.firstIndex(of: "func") {
            return index + 1 < words.count ? String(words[index + 1]) : "operator"
        }
        let isInitializer = line.contains { $0 == "(" || $0 == "<" } && !line.contains(".init")
        let modifiers: Set<Substring> = [
            "public", "package", "internal", "private", "fileprivate", "convenience", "required", "override",
        ]
        let rest = words.drop { modifiers.contains($0) }
        if rest.first == "init", isInitializer { return "init" }
        return rest.first == "deinit" ? "deinit" : nil
    }
}
