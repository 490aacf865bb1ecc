import Testing

@testable import LedgerRuntime

@Suite struct DurableFileTests {
    @Test(arguments: [
        ("a", "."), ("ab", "."), ("a/", "."), ("/a", "/"), ("/", "/"), ("a/b", "a"), ("a/b/", "a"),
        ("a//b", "a"), ("/a/b", "/a"), ("./a", "."), ("../a", ".."), ("/a/b/c", "/a/b"), ("é/ü", "é"),
    ])
    func aPathLiesInItsFolder(path: String, folder: String) {
        #expect(DurableFile.folder(of: path) == folder)
    }
}
