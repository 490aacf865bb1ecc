import Foundation

/// The stock tool, where it is on the PATH: what we read and write has to agree with it.
struct SSHKeygen {
    static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/ssh-keygen" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A folder of its own for each instance; ``remove()`` takes it away.
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ledger-ssh-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = folder.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    func delete(_ name: String) { try? FileManager.default.removeItem(at: folder.appending(path: name)) }

    /// - Returns: the exit code; what the tool says is thrown away.
    @discardableResult
    func run(_ arguments: [String], input: String? = nil) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: Self.path ?? "")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let file = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) }
        process.standardInput = file ?? FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
