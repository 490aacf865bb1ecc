/// What may reach a terminal: plain characters, line ends, tabs, and our own styles. All text goes through
/// ``shown(_:isColoured:)`` on its way out, so that nothing from a record, a file or an argument can move the
/// cursor, hide, or turn the direction of what stands beside it.
///
/// A style is a mark in the text until then: a noncharacter of Unicode, which is no text of anybody. An
/// escape character in a text is thus never ours.
extension Terminal {
    private static let firstMark: UInt32 = 0xFDD0
    private static let endMark: UInt32 = 0xFDDF

    static func marked(_ text: String, _ style: Style) -> String {
        let place = UInt32(Style.allCases.firstIndex(of: style)!)
        var marked = String(Unicode.Scalar(firstMark + place)!)
        marked += text
        return marked + endOfStyle
    }

    static let endOfStyle = String(Unicode.Scalar(endMark)!)

    static func isMark(_ scalar: Unicode.Scalar) -> Bool { (firstMark...endMark).contains(scalar.value) }

    /// Text from outside, in one line: what is not plain is made visible.
    static func safe(_ text: String) -> String {
        escaped(text.replacing("\t", with: " ")) { isMark($0) || !isPlain($0) }
    }

    /// A cell of a table: one line, in which only our styles are left.
    static func cell(_ text: String) -> String {
        escaped(text.replacing("\t", with: " ")) { !isPlain($0) }
    }

    /// The text as it goes out.
    static func shown(_ text: String, isColoured: Bool) -> String {
        var shown = ""
        for scalar in escaped(text, where: { $0 != "\n" && $0 != "\t" && !isPlain($0) }).unicodeScalars {
            guard isMark(scalar) else {
                shown.unicodeScalars.append(scalar)
                continue
            }
            guard isColoured else { continue }
            let place = Int(scalar.value - firstMark)
            let styles = Style.allCases
            shown += "\u{1B}[\(place < styles.count ? styles[place].rawValue : "0")m"
        }
        return shown
    }

    private static func escaped(_ text: String, where isHidden: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// Controls, what turns the direction of text, and what cannot be seen are not. The joiners are: some
    /// scripts cannot be written without them.
    static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            return scalar.value == 0x200C || scalar.value == 0x200D
        default: return true
        }
    }
}
