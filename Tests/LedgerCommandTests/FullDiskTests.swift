import Foundation
import Testing

/// On a full disk nothing is lost and nothing half-written; what is missing is said, and with room made it
/// goes on.
@Suite(.serialized) struct FullDiskTests {
    /// A file system of a few megabytes, filled but for some room.
    struct SmallDisk {
        let folder: String
        private var filler: String { folder + "/filler" }

        /// - Returns: nil where nothing can be mounted here.
        static func mount(at folder: String) async throws -> SmallDisk? {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let ending = try? await RealProgram.run(
                ["/bin/mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder],
                in: (folder as NSString).deletingLastPathComponent)
            return ending?.code == 0 ? SmallDisk(folder: folder) : nil
        }

        func unmount() async throws {
            _ = try await RealProgram.run(["/bin/umount", "-l", folder], in: "/")
        }

        /// Leaves room for `byteCount` bytes.
        func fill(leaving byteCount: Int) throws {
            let free =
                try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int
            let count = (free ?? 0) - byteCount
            try Data(count: max(count, 0)).write(to: URL(fileURLWithPath: filler))
        }

        func makeRoom() throws { try FileManager.default.removeItem(atPath: filler) }
    }

    /// Bytes of room: from none, by pages of the write-ahead log, to enough for some of the commits.
    private static let rooms =
        (CrashPlan.isSoak ? Array(stride(from: 0, to: 340, by: 8)) : [0, 20, 84, 132, 180])
        .map { $0 << 10 }

    @Test(.timeLimit(.minutes(60)), arguments: CrashPlan.isSoak ? CrashStage.allCases : [.build, .testIndex])
    func aFullLedgerDiskLosesNothing(stage: CrashStage) async throws {
        let world = try await CrashWorld.make()
        let mounted = try await SmallDisk.mount(at: world.folder + "/small")
        guard let disk = mounted else {
            print("aFullLedgerDiskLosesNothing: skipped, tmpfs cannot be mounted here")
            await world.end()
            return
        }
        try await world.prepare(stage)
        var codes: [Int] = []

        for room in stage == .build && !CrashPlan.isSoak ? [84 << 10] : Self.rooms {
            try world.bringBack(stage.rawValue)
            try world.move(to: disk.folder)
            let check = StageCheck(world, stage)
            try disk.fill(leaving: room)
            let before = try world.size()

            let full = try await world.attempt(["run"])
            let verified = try await world.attempt(["verify"])
            let after = try world.size()
            try disk.makeRoom()

            codes.append(full.code)
            #expect([1, stage.endCode].contains(full.code), "room \(room): \(full.words)")
            if full.code == 1 {
                #expect(full.words.contains("the disk is full"), "room \(room): \(full.words)")
                #expect(full.words.contains("Free some space"), "room \(room): \(full.words)")
            }
            #expect(verified.code == 0, "room \(room): \(verified.output)\(verified.words)")
            #expect(after >= before)
            try await check.expectNoFaults(after: [full], "room \(room)")
        }
        print("crash: full disk: \(stage.rawValue): ended with \(codes)")
        #expect(codes.contains(1))
        try await disk.unmount()
        await world.end()
    }

    /// A copy that does not fit is not there; with room made it is.
    @Test(.timeLimit(.minutes(60)))
    func aFullDiskKeepsNoHalfOfACopy() async throws {
        let world = try await CrashWorld.make()
        let mounted = try await SmallDisk.mount(at: world.folder + "/small")
        guard let disk = mounted else {
            print("aFullDiskKeepsNoHalfOfACopy: skipped, tmpfs cannot be mounted here")
            await world.end()
            return
        }
        try await world.ledger(["backup", "good.ledger"])
        try await world.ledger(["export", "bundle"])
        let small = disk.folder

        for arguments in [
            ["backup", "\(small)/made"], ["restore", "good.ledger", "--ledger", "\(small)/made"],
            ["import", "bundle", "--ledger", "\(small)/made"],
        ] {
            for room in [0, 4, 40, 100] {
                try disk.fill(leaving: room << 10)
                let full = try await world.attempt(arguments)
                let left = try FileManager.default.contentsOfDirectory(atPath: small)
                try disk.makeRoom()

                #expect(full.code == 1 && !full.words.isEmpty, "\(arguments), \(room): \(full.words)")
                #expect(left == ["filler"], "\(arguments), \(room)")
            }
            try await world.ledger(arguments)
            try FileManager.default.removeItem(atPath: small + "/made")
        }
        try await disk.unmount()
        await world.end()
    }

    @Test(.timeLimit(.minutes(60)))
    func aFullTemporaryDiskKeepsTheApprovals() async throws {
        let world = try await CrashWorld.make()
        let mounted = try await SmallDisk.mount(at: world.folder + "/small")
        guard let disk = mounted else {
            print("aFullTemporaryDiskKeepsTheApprovals: skipped, tmpfs cannot be mounted here")
            await world.end()
            return
        }
        try await world.prepare(.testIndex)
        let check = StageCheck(world, .testIndex)
        try disk.fill(leaving: 0)

        let full = try await world.attempt(["run"], environment: ["TMPDIR": disk.folder])

        #expect(full.code == 1, "\(full.code): \(full.words)")
        #expect(full.words.contains("Make room"), "\(full.words)")
        // What was approved stays approved: the next run does it.
        try await check.expectNoFaults(after: [full], "full temporary disk")
        try await disk.unmount()
        await world.end()
    }
}

extension CrashWorld {
    /// Puts the ledger on another file system, under its own name here.
    func move(to folder: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: folder + "/ledger")
        try files.copyItem(atPath: ledger, toPath: folder + "/ledger")
        try files.removeItem(atPath: ledger)
        try files.createSymbolicLink(atPath: ledger, withDestinationPath: folder + "/ledger")
    }
}
