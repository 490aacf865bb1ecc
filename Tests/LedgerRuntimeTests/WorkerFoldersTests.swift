import Foundation
import Testing

@testable import LedgerRuntime

struct WorkerFoldersTests {
    let temporary: String
    let folders: WorkerFolders

    init() throws {
        temporary = try Files.makeFreshFolder("\(FileManager.default.temporaryDirectory.path)/worker-folders")
        folders = WorkerFolders(ledger: temporary + "/none", tools: temporary + "/none", temporary: temporary)
    }

    /// The label of a process that has ended: what a killed worker leaves in its names.
    private func deadLabel() throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        var parts = WorkerIdentity.make().label.split(separator: ".").map { String($0) }
        parts[2] = "\(process.processIdentifier)"
        return parts.joined(separator: ".")
    }

    private func names() throws -> [String] { try Files.names(in: temporary) }

    @Test func whatDeadWorkersLeftIsRemoved() throws {
        defer { Files.remove(temporary) }
        try Files.makeFolder("\(temporary)/ledger-deploy-x-\(try deadLabel())-abc/work")
        let own = try folders.makeScratch(for: "build")

        folders.removeAbandoned()

        #expect(try names() == [(own as NSString).lastPathComponent])
    }

    @Test func whatIsNotOursStays() throws {
        defer { Files.remove(temporary) }
        let label = try deadLabel()
        let kept = [
            "ledger-backup-2026-11-25", "ledger-build-\(UUID().uuidString)", "other-build-\(label)-abc",
            "ledger-build-\(label)",
        ]
        for name in kept { try Files.makeFolder("\(temporary)/\(name)") }
        try Files.makeFolder(temporary + "/target")
        try FileManager.default.createSymbolicLink(
            atPath: "\(temporary)/ledger-build-\(label)-link", withDestinationPath: temporary + "/target")

        folders.removeAbandoned()

        #expect(Set(try names()) == Set(kept + ["target", "ledger-build-\(label)-link"]))
    }

    @Test func ofUnknownWorkersOnlyWhatIsADayOldIsRemoved() throws {
        defer { Files.remove(temporary) }
        var parts = try deadLabel().split(separator: ".").map { String($0) }
        parts[1] = "1"
        let label = parts.joined(separator: ".")
        for name in ["new", "old"] { try Files.makeFolder("\(temporary)/ledger-build-\(label)-\(name)") }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -90_000)],
            ofItemAtPath: "\(temporary)/ledger-build-\(label)-old")

        folders.removeAbandoned()

        #expect(try names() == ["ledger-build-\(label)-new"])
    }

    @Test func onlyWhoCountsProcessesAlikeCallsAHolderDead() throws {
        defer { Files.remove(temporary) }
        let own = WorkerIdentity.make().text
        var dead = own.split(separator: "/").map { String($0) }
        dead[3] = "1"
        var foreign = dead
        foreign[1] = "1"

        #expect(!WorkerIdentity.isDead(own))
        #expect(WorkerIdentity.isDead(dead.joined(separator: "/")))
        #expect(!WorkerIdentity.isDead(foreign.joined(separator: "/")))
        #expect(!WorkerIdentity.isDead("alice"))
    }
}
