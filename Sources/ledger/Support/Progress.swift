import Foundation

/// A bar on the terminal for what takes longer than a second; nothing where nobody looks.
///
/// - Note: Unchecked because one task at a time tells it something.
final class Progress: @unchecked Sendable {
    private let what: String
    private let total: Int
    private let start = ContinuousClock.now
    private var shown = -1
    private let isShown = isatty(2) == 1 && Terminal.environment["TERM"] != "dumb"

    init(_ what: String, of total: Int) {
        self.what = what
        self.total = max(1, total)
    }

    func reached(_ count: Int) {
        guard isShown, ContinuousClock.now - start > .seconds(1) else { return }
        let percent = min(100, count * 100 / total)
        guard percent != shown else { return }
        shown = percent
        let filled = percent * 30 / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled)
        Terminal.progress("\(what)  \(bar)  \(percent) %")
    }

    /// Takes the bar away.
    func done() {
        guard shown >= 0 else { return }
        Terminal.progress(nil)
        shown = -1
    }
}
