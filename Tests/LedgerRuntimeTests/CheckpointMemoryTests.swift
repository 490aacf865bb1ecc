import Foundation
import Testing

@testable import LedgerRuntime

struct CheckpointMemoryTests {
    let memory: CheckpointMemory
    private let key = "example.com/autocli+1a2b3c4d"

    init() throws {
        memory = CheckpointMemory(
            folder: try Files.makeFreshFolder("\(FileManager.default.temporaryDirectory.path)/memory"))
    }

    @Test func aCheckpointTakesThePlaceOfTheOneItWasComparedWith() throws {
        defer { Files.remove(memory.folder) }
        #expect(try memory.read(key) == nil)
        #expect(try memory.replace(key, nil, with: [1]))
        #expect(try memory.replace(key, [1], with: [2]))

        #expect(try !memory.replace(key, nil, with: [3]))
        #expect(try !memory.replace(key, [1], with: [3]))

        #expect(try memory.read(key) == [2])
        #expect(try Files.names(in: memory.folder) == [".lock", "example.com_autocli+1a2b3c4d.checkpoint"])
    }

    @Test func ofManyAtOnceEachFindsWhatItReplaces() async throws {
        defer { Files.remove(memory.folder) }
        let (memory, key) = (memory, key)
        #expect(try memory.replace(key, nil, with: [0]))

        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        while true {
                            let old = try memory.read(key)!
                            if try memory.replace(key, old, with: [old[0] + 1]) { break }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }

        #expect(try memory.read(key) == [80])
    }

    @Test func othersHaveTheNameAndNotTheKey() throws {
        defer { Files.remove(memory.folder) }
        for other in [key, "example.com/autocli+ffffffff", "example.com/autocli2+1a2b3c4d"] {
            #expect(try memory.replace(other, nil, with: [1]))
        }

        #expect(memory.others(than: key) == [memory.path(of: "example.com/autocli+ffffffff")])
    }

    @Test func whatAKilledOneLeftIsRemoved() throws {
        defer { Files.remove(memory.folder) }
        try Files.write([1], to: memory.folder + "/a.checkpoint.123.tmp")

        #expect(try memory.replace(key, nil, with: [1]))

        #expect(try Files.names(in: memory.folder).filter { $0.hasSuffix(".tmp") } == [])
    }
}
