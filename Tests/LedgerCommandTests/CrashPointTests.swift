import Foundation
import Testing

/// The tool that ends programs at their system calls does what the crash tests believe of it.
struct CrashPointTests {
    let folder: String
    let tool: CrashTool

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.path
            + "/crash-point-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        tool = CrashTool(folder: folder)
    }

    private func run(
        _ script: String, pattern: String, number: Int = 1, after: Bool = false, orphans: Bool = false
    ) async throws -> (CrashTool.Report, RealProgram.Ending) {
        let point = CrashPoint(process: "", isOwn: true, call: "", target: "")
        let place = CrashPlace(
            point: point, pattern: pattern, number: number, moment: after ? .after : .before,
            leavesOrphans: orphans)
        return try await tool.run(.kill(place), ["/bin/bash", "-c", script], environment: [:])
    }

    private func isThere(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// A shell writes to files as its standard output, so Python is asked.
    private func trace(_ options: [String], _ script: String) async throws -> RealProgram.Ending {
        let python = """
            import os
            def put(name, *parts):
                file = os.open("\(folder)/" + name, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
                for part in parts:
                    try: os.write(file, part)
                    except OSError as error: print(error.strerror, end="", flush=True)
            """
        return try await RealProgram.run(
            [try RealProgram.built("crash-point"), "--report", "\(folder)/report"] + options
                + ["--", "/bin/bash", "-c", "exec python3 -c \"$0\"", "\(python)\n\(script)"], in: folder)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    @Test(arguments: [("EIO", "Input/output error"), ("ENOSPC", "No space left on device")])
    func aCallThatFailsHasNoEffectAndItsError(error: String, words: String) async throws {
        defer { remove() }

        let ending = try await trace(
            ["--like", "* write */a", "--fail", "2", error], "put('a', b'one', b'two', b'three')")

        #expect(ending.output == words)
        #expect(try text("a") == "onethree")
    }

    @Test func aDiskMayFailFromThereOnOrWriteHalf() async throws {
        defer { remove() }

        _ = try await trace(
            ["--like", "* write */a", "--fail", "2", "+EIO"], "put('a', b'one', b'two', b'three')")
        _ = try await trace(["--like", "* write */b", "--fail", "1", "SHORT"], "put('b', b'abcd')")

        #expect(try text("a") == "one")
        #expect(try text("b") == "ab")
    }

    @Test func whatAProgramDoesToItsFilesIsWrittenDown() async throws {
        defer { remove() }
        let (a, record) = ("\(folder)/a", "\(folder)/record")

        _ = try await trace(
            ["--record", record, folder],
            "put('a', b'abc'); os.truncate('\(a)', 2); os.rename('\(a)', '\(a)2'); print('said', end='')")

        var found = DiskRecord()
        try found.add(record)
        #expect(
            found.steps == [
                .create(path: a), .write(path: a, offset: 0, bytes: Array("abc".utf8)),
                .truncate(path: a, size: 2), .name(path: a, new: a + "2"), .print("said"),
            ])
    }

    @Test func everyCallOfTheWholeTreeIsCountedInOrder() async throws {
        defer { remove() }
        let script = "echo one > a; (echo two | cat > b) ; mkdir c; exit 3"

        let (report, ending) = try await tool.run(
            .count, ["/bin/bash", "-c", script], environment: [:])

        #expect(ending.code == 3)
        #expect(report.ended == nil)
        let files = report.points.filter { $0.call == "openat" || $0.call == "mkdir" }
        #expect(files.map(\.target).filter { ["a", "b", "c"].contains($0) } == ["a", "b", "c"])
        #expect(report.points.first?.call == "execve" && report.points.first?.isOwn == true)
        #expect(report.points.contains { $0.process == "mkdir" && !$0.isOwn })
    }

    @Test(arguments: [false, true])
    func aCallAtWhichAProgramIsKilledHasNoEffectBeforeAndAllAfter(isAfter: Bool) async throws {
        defer { remove() }

        let (report, ending) = try await run(
            "echo > a; echo > b; echo > c", pattern: "bash openat b", after: isAfter)

        #expect(ending.code == 137)
        #expect(report.ended != nil)
        #expect(isThere("a") && isThere("b") == isAfter && !isThere("c"))
    }

    @Test func theCountIsThatOfTheMatchingCalls() async throws {
        defer { remove() }

        let (report, _) = try await run(
            "for i in 1 2 3 4; do echo $i > $i; done", pattern: "* openat ?", number: 3)

        #expect(report.points.map(\.target) == ["1", "2", "3"])
        #expect(isThere("2") && !isThere("3"))
    }

    @Test func aChildWithAParentDeathSignalDiesWithTheProgram() async throws {
        defer { remove() }
        let child =
            "setpriv --pdeathsig KILL -- mkfifo f; setpriv --pdeathsig KILL -- cat f & sleep 0.3; mkdir now"

        let (report, _) = try await run(child, pattern: "* mkdir now")

        #expect(report.survivors == [])
    }

    @Test func aChildWithoutOneIsNamedAndKilled() async throws {
        defer { remove() }

        let (report, _) = try await run(
            "/bin/sh -c 'sleep 2; echo > late' & sleep 0.3; mkdir now", pattern: "* mkdir now")

        #expect(report.survivors == ["sh", "sleep"])
        #expect(!isThere("late"))
    }

    @Test func orphansAreLeftAliveAndFollowedToTheirEnd() async throws {
        defer { remove() }
        let child = "setpriv --pdeathsig KILL -- /bin/sh -c 'sleep 1; echo > late' & sleep 0.3; mkdir now"

        let (report, ending) = try await run(child, pattern: "* mkdir now", orphans: true)

        #expect(ending.code == 137)
        #expect(report.later.contains { $0.target == "late" })
        #expect(isThere("late"))
    }

    @Test func aStoppedProgramGoesOnWhenItIsTold() async throws {
        defer { remove() }
        let point = CrashPoint(process: "", isOwn: true, call: "", target: "")
        let place = CrashPlace(point: point, pattern: "bash openat b", number: 1)

        let (process, rest) = try await tool.begin(
            .stop(place), ["/bin/bash", "-c", "echo > a; echo > b; exit 5"], environment: [:])
        try await Task.sleep(for: .milliseconds(300))
        #expect(isThere("a") && !isThere("b"))
        kill(process, SIGCONT)

        #expect(try await rest.value.code == 5)
        #expect(isThere("b"))
    }
}
