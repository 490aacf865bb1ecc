/// Text in lines of a limited width. Colour is kept from line to line and takes no room.
enum TextLines {
    /// Breaks at spaces; a word that is too long is cut.
    ///
    /// - Parameter hanging: How much further than the first line the later ones are indented.
    static func wrap(_ text: String, width: Int, hanging: Int) -> [String] {
        guard Terminal.plainCount(text) > width else { return [text] }
        let indent = String(text.prefix { $0 == " " })
        let body = text.dropFirst(indent.count)
        var lines: [String] = []
        var (line, style) = (indent, "")
        var isFresh = true
        let margin = indent + String(repeating: " ", count: hanging)
        for word in pieces(of: body, width: width - margin.count) {
            if !isFresh, Terminal.plainCount(line) + 1 + Terminal.plainCount(word) > width {
                lines.append(style.isEmpty ? line : line + reset)
                (line, isFresh) = (margin + style, true)
            }
            // Columns end where the line does: the gap before the next one is not carried over.
            if isFresh, word.isEmpty { continue }
            line += isFresh ? word : " " + word
            isFresh = false
            style = styleAtEnd(of: word, before: style)
        }
        return lines + [line]
    }

    private static let reset = "\u{1B}[0m"

    private static func pieces(of text: Substring, width: Int) -> [String] {
        text.split(separator: " ", omittingEmptySubsequences: false).flatMap { word -> [String] in
            guard word.count > width, !word.contains("\u{1B}") else { return [String(word)] }
            return stride(from: 0, to: word.count, by: width).map {
                String(word.dropFirst($0).prefix(width))
            }
        }
    }

    private static func styleAtEnd(of word: String, before: String) -> String {
        guard let escape = word.lastIndex(of: "\u{1B}"), let end = word[escape...].firstIndex(of: "m") else {
            return before
        }
        let style = String(word[escape...end])
        return style == reset ? "" : style
    }
}
