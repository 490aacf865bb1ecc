internal import Glibc
internal import Subprocess

/// What is written to the standard input of a child. What it does not want to read it need not: its exit code
/// tells what became of it.
struct ChildInput: InputProtocol {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        _ = Self.brokenPipesAreErrors
        self.bytes = bytes
    }

    /// A child that ends before it has read its input must not end us by SIGPIPE. Children start with the
    /// default again.
    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    func write(with writer: StandardInputWriter) async throws {
        // Where this threw, the writer would be left open, which swift-subprocess answers with a trap.
        do { _ = try await writer.write(bytes) } catch {}
    }
}
