import Foundation
import Testing

@testable import LedgerRuntime

@Suite struct SystemFaultTests {
    /// `errno` of what Foundation says where a file cannot be had.
    private func code(_ body: () throws -> Void) -> Int32? {
        do { try body() } catch { return SystemFault(error)?.code }
        return nil
    }

    @Test func whatFoundationHidesIsFoundAgain() {
        let files = FileManager.default

        #expect(code { _ = try files.contentsOfDirectory(atPath: "/nowhere") } == ENOENT)
        #expect(code { _ = try Data(contentsOf: URL(fileURLWithPath: "/nowhere")) } == ENOENT)
        #expect(
            code { try files.createDirectory(atPath: "/proc/a/b", withIntermediateDirectories: true) }
                == ENOENT)
        #expect(code { try Data().write(to: URL(fileURLWithPath: "/etc/passwd/x")) } == ENOTDIR)
        #expect(code { try DurableFile.write(Data(), to: "/etc/passwd/x") } == ENOTDIR)
        #expect(code { try DurableFile.write(Data(), to: "/proc") } != nil)
        #expect(code { throw RuntimeFault(.network, "no") } == nil)
    }

    @Test func everyCodeHasWordsAndARemedy() {
        for code in Int32(0)...133 {
            let fault = SystemFault(code: code)
            #expect(!fault.words.isEmpty && fault.words.first?.isUppercase == false)
            #expect(fault.remedy.hasSuffix("."))
        }
    }

    @Test func aFaultSaysWhatWhyAndWhatToDo() {
        #expect(
            RuntimeFault("cannot write 'a'", SystemFault(code: ENOSPC)).description
                == "cannot write 'a': the disk is full. Make room, or name another place.")
        let other = RuntimeFault(.network, "no answer.")
        #expect(RuntimeFault("cannot write 'a'", other) == other)
    }

    @Test(arguments: ["/a/b", "/a/b.new-x", "/a.new-/b", "a.new-1.2"])
    func whatIsNoDraftKeepsItsName(path: String) { #expect(Draft.named(in: path) == path) }

    @Test func aDraftIsToldUnderTheNameThatItWasToGet() {
        let draft = Draft(of: "/nowhere/a")

        #expect(Draft.named(in: draft.path) == "/nowhere/a")
        #expect(Draft.named(in: "no '\(draft.path)/keys'.") == "no '/nowhere/a/keys'.")
    }
}
