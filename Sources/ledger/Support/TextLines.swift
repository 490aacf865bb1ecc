/// Text in lines of a limited width.
enum TextLines {
    /// Breaks at spaces; a word that is too long is cut. Columns stay where they are as long as they fit.
    ///
    /// - Parameter hanging: How much further than the first line the later ones are indented.
    static func wrap(_ text: String, width: Int, hanging: Int) -> [String] {
        guard text.count > width else { return [text] }
        let indent = String(text.prefix { $0 == " " })
        let margin = indent + String(repeating: " ", count: hanging)
        var lines: [String] = []
        var (line, isFresh) = (indent, true)
        for word in pieces(of: text.dropFirst(indent.count), width: width - margin.count) {
            if !isFresh, line.count + 1 + word.count > width {
                lines.append(line)
                (line, isFresh) = (margin, true)
            }
            // Columns end where the line does: the gap before the next one is not carried over.
            if isFresh, word.isEmpty { continue }
            line += isFresh ? word : " " + word
            isFresh = false
        }
        return (lines + [line]).map { $0.replacing(/\s+$/, with: "") }
    }

    private static func pieces(of text: Substring, width: Int) -> [String] {
        text.split(separator: " ", omittingEmptySubsequences: false).flatMap { word in
            stride(from: 0, to: max(1, word.count), by: width).map {
                String(word.dropFirst($0).prefix(width))
            }
        }
    }
}
