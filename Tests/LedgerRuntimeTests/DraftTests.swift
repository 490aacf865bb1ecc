import Foundation
import Testing

@testable import LedgerRuntime

struct DraftTests {
    let folder: String

    init() throws {
        folder = try Files.makeFreshFolder("\(FileManager.default.temporaryDirectory.path)/drafts")
    }

    @Test func aDraftGetsItsNameWhenItIsWhole() throws {
        defer { Files.remove(folder) }
        let draft = Draft(of: folder + "/bundle/")
        try Files.makeFolder(draft.path)

        #expect(!Files.exists(folder + "/bundle"))
        try draft.publish()

        #expect(try Files.names(in: folder) == ["bundle"])
    }

    @Test func whatIsThereIsNotReplaced() throws {
        defer { Files.remove(folder) }
        try Files.makeFolder(folder + "/bundle/precious")
        let draft = Draft(of: folder + "/bundle")
        try Files.makeFolder(draft.path)

        #expect(throws: RuntimeFault.self) { try draft.publish() }
        draft.discard()

        #expect(try Files.names(in: folder) == ["bundle"])
        #expect(try Files.names(in: folder + "/bundle") == ["precious"])
    }

    @Test func aFileThatIsThereIsNotReplacedUnlessItIsTold() throws {
        defer { Files.remove(folder) }
        let target = folder + "/backup"
        try Files.write([1], to: target)
        let draft = Draft(of: target)
        try Files.write([2], to: draft.path)

        #expect(throws: RuntimeFault.self) { try draft.publish() }
        #expect(try Files.read(target, limitBytes: 9) == [1])
        try draft.publishReplacing()

        #expect(try Files.read(target, limitBytes: 9) == [2])
        #expect(try Files.names(in: folder) == ["backup"])
    }

    @Test func whatIsReplacedIsKeptAside() throws {
        defer { Files.remove(folder) }
        try Files.makeFolder(folder + "/ledger/old")
        let draft = Draft(of: folder + "/ledger")
        try Files.makeFolder(draft.path + "/new")

        try draft.publish(keepingOldAs: folder + "/aside")

        #expect(try Files.names(in: folder) == ["aside", "ledger"])
        #expect(try Files.names(in: folder + "/ledger") == ["new"])
        #expect(try Files.names(in: folder + "/aside") == ["old"])
    }

    @Test func whereTheOldOneIsGoneTheDraftIsStillThere() throws {
        defer { Files.remove(folder) }
        let draft = Draft(of: folder + "/ledger")
        try Files.makeFolder(draft.path + "/new")

        #expect(throws: RuntimeFault.self) { try draft.publish(keepingOldAs: folder + "/aside") }

        #expect(try Files.names(in: folder) == [(draft.path as NSString).lastPathComponent])
        draft.discard()
        #expect(try Files.names(in: folder) == [])
    }

    @Test func theNextDraftRemovesThoseOfTheDead() throws {
        defer { Files.remove(folder) }
        var dead = WorkerIdentity.make().label.split(separator: ".").map { String($0) }
        dead[3] = "1"
        let alive = Draft(of: folder + "/bundle")
        for path in [
            alive.path, "\(folder)/bundle.new-\(dead.joined(separator: "."))",
            "\(folder)/bundle.new-\(dead.joined(separator: "."))-journal", folder + "/bundle.new-1",
        ] {
            try Files.makeFolder(path)
        }

        _ = Draft(of: folder + "/bundle")

        #expect(
            Set(try Files.names(in: folder)) == [(alive.path as NSString).lastPathComponent, "bundle.new-1"])
    }

    @Test(arguments: [
        ("b", ".", "b"), ("ab", ".", "ab"), ("/b", "/", "b"), ("a/b", "a", "b"), ("/a/b", "/a", "b"),
        ("./b", ".", "b"), ("../b", "..", "b"), ("a//b", "a", "b"), ("é", ".", "é"),
    ])
    func aPathIsAFolderAndAName(path: String, folder: String, name: String) {
        #expect(DurableFile.folder(of: path) == folder)
        #expect(DurableFile.name(of: path) == name)
    }

    @Test(arguments: [0o600, 0o644])
    func aDurableFileIsWholeHasItsModeAndLeavesNothingElse(mode: Int) throws {
        defer { Files.remove(folder) }
        let path = folder + "/new/key"

        for text in ["one", "two"] { try DurableFile.write(Data(text.utf8), to: path, mode: mode) }

        #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
        #expect(try Files.names(in: folder + "/new") == ["key"])
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        #expect(facts[.posixPermissions] as? Int == mode)
    }
}
