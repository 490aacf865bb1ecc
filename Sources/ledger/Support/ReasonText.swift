import ArgumentParser

/// Why somebody did something, as options take it: a reason that says nothing would be recorded for ever.
enum ReasonText {
    static let byteLimit = 4096

    @Sendable static func parse(_ text: String) throws -> String {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("a reason must say something. Write why, in a few words.")
        }
        guard text.utf8.count <= byteLimit else {
            throw ValidationError(
                "a reason has at most \(byteLimit) bytes; this one has \(text.utf8.count). Write a shorter one."
            )
        }
        return text
    }
}
