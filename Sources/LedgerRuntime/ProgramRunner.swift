internal import Subprocess
internal import SystemPackage

/// One program to run, with everything it gets. Nothing is inherited.
struct Program: Sendable {
    /// A full path.
    var executable: String
    var arguments: [String]
    var environment: [String: String]
    var workingDirectory: String? = nil
    /// Standard input. Secrets may go here or into `environment`, never into `arguments`: everyone can read
    /// those.
    var input: [UInt8] = []
    var timeout: Duration
    /// Keep standard output, up to this size, instead of writing it to the log.
    var captureLimitBytes: Int? = nil
    /// All output goes to the end of this file instead of the log.
    var outputPath: String? = nil
    /// The program may write no file larger than this.
    var fileLimitBytes: Int? = nil
}

enum ProgramEnd: Hashable, Sendable {
    case exited(Int)
    case signalled(Int)
    case timedOut
}

struct ProgramResult: Sendable {
    let end: ProgramEnd
    /// Empty unless captured.
    let output: [UInt8]
    /// There was more than the limit.
    let isOutputCut: Bool

    var isSuccess: Bool { end == .exited(0) }
    var text: String { String(decoding: output, as: UTF8.self) }
}

/// Runs programs as children that cannot outlive us.
///
/// Each child starts through `setpriv --pdeathsig KILL`, so the kernel kills it when this process dies,
/// whatever the way. The kernel watches the *thread* that forked; swift-subprocess forks on one thread that
/// lives as long as the process (its `Thread.swift`, `runOnBackgroundThread`), so that is the right one.
/// Where `prctl` came too late, in the moment between fork and `setpriv`, the child lives on; it holds no
/// lease, its outcome goes nowhere, and its input, a pipe of ours, is empty: what it was to send is not told
/// to it.
///
/// A child is the head of its own process group, which is killed as a whole on timeout and on cancellation.
struct ProgramRunner: Sendable {
    let host: HostEnvironment

    /// - Throws: ``RuntimeFault`` if the program could not be started, or the task was cancelled.
    func run(_ program: Program, log: StageLog) async throws(RuntimeFault) -> ProgramResult {
        let (executable, arguments) = try starting(program)
        do {
            let result = try await withThrowingTaskGroup(of: ProgramResult?.self) { group in
                group.addTask {
                    try await Self.spawn(program, executable: executable, arguments: arguments, log: log)
                }
                group.addTask {
                    try await Task.sleep(for: program.timeout)
                    return nil
                }
                let first = try await group.next() ?? nil
                group.cancelAll()
                // A killed child is still waited for: nothing of it may run on when we say that it is over.
                while await group.nextResult() != nil {}
                return first
            }
            log.endLine()
            if let result { return result }
        } catch {
            log.endLine()
            if Task.isCancelled { throw RuntimeFault(.cancelled, "stopped: the work was cancelled.") }
            throw RuntimeFault(
                .programFailed, "'\(program.executable)' could not be run.", cause: "\(error)")
        }
        if Task.isCancelled { throw RuntimeFault(.cancelled, "stopped: the work was cancelled.") }
        log.note("killed after \(program.timeout): it took too long")
        return ProgramResult(end: .timedOut, output: [], isOutputCut: false)
    }

    private func starting(_ program: Program) throws(RuntimeFault) -> (String, [String]) {
        let setpriv = try host.find("setpriv", package: "util-linux")
        var arguments = ["--pdeathsig", "KILL", "--"]
        if let limit = program.fileLimitBytes {
            arguments += [try host.find("prlimit", package: "util-linux"), "--fsize=\(limit)", "--"]
        }
        return (setpriv, arguments + [program.executable] + program.arguments)
    }

    private static func spawn(
        _ program: Program, executable: String, arguments: [String], log: StageLog
    ) async throws -> ProgramResult {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)
        ]
        var environment: [Environment.Key: String] = [:]
        for (name, value) in program.environment {
            guard let key = Environment.Key(rawValue: name) else { continue }
            environment[key] = value
        }
        let configuration = Configuration(
            executable: .path(FilePath(executable)), arguments: Arguments(arguments),
            environment: .custom(environment),
            workingDirectory: program.workingDirectory.map { FilePath($0) }, platformOptions: options)
        if let path = program.outputPath {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite])
            let result = try await Subprocess.run(
                configuration, input: ChildInput(program.input),
                output: .fileDescriptor(file, closeAfterSpawningProcess: true), error: .combinedWithOutput)
            return ProgramResult(end: ProgramEnd(result.terminationStatus), output: [], isOutputCut: false)
        }
        guard let limit = program.captureLimitBytes else {
            let result = try await Subprocess.run(
                configuration, input: ChildInput(program.input), output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                for try await buffer in execution.standardOutput { log.append(buffer.array) }
            }
            return ProgramResult(end: ProgramEnd(result.terminationStatus), output: [], isOutputCut: false)
        }
        let result = try await Subprocess.run(
            configuration, input: ChildInput(program.input), output: .sequence, error: .sequence
        ) { execution in
            async let errors: Void = {
                for try await buffer in execution.standardError { log.append(buffer.array) }
            }()
            var output: [UInt8] = []
            var isCut = false
            for try await buffer in execution.standardOutput {
                let bytes = buffer.array
                isCut = isCut || output.count + bytes.count > limit
                output += bytes.prefix(limit - output.count)
            }
            try await errors
            return (output, isCut)
        }
        return ProgramResult(
            end: ProgramEnd(result.terminationStatus), output: result.closureResult.0,
            isOutputCut: result.closureResult.1)
    }
}

extension ProgramEnd {
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(Int(code))
        case .signaled(let signal): self = .signalled(Int(signal))
        }
    }
}

extension ProgramEnd: CustomStringConvertible {
    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "killed by signal \(signal)"
        case .timedOut: "killed: it took too long"
        }
    }
}

extension SubprocessOutputSequence.Buffer {
    var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
