import ArgumentParser
import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerRuntime

/// How a command ends: the one place where text and exit code of every failure are made.
struct Outcome {
    enum Code: Int32 {
        case done = 0
        case couldNotLook = 1
        case usage = 2
        case refused = 3
        case pending = 4
        case broken = 5
        case nothing = 6
        case bypassed = 7
        case mismatch = 8
        case busy = 9
        case stageFailed = 10
    }

    let code: Code
    /// For stderr; nil where nothing needs to be said.
    let text: String?

    init(_ code: Code, _ text: String? = nil) {
        self.code = code
        self.text = text.map { Draft.named(in: $0) }
    }

    init(_ error: any Error) {
        switch error {
        case let error as Ending: self = error.outcome
        case let error as LogError: self.init(Self.code(of: error), "ledger: \(error.message)")
        case let error as Refusal: self.init(Self.code(of: error), "ledger: \(error.message)")
        case let error as RuntimeFault:
            self.init(error.code == .badInput ? .usage : .couldNotLook, "ledger: \(error.description)")
        case let error as NoAccess: self.init(.couldNotLook, "ledger: \(error.message)")
        case let error as UsageFault: self.init(.usage, "ledger: \(error.message)")
        default:
            if let fault = SystemFault(error) {
                self.init(.couldNotLook, "ledger: \(fault.words). \(fault.remedy)")
            } else {
                self.init(parserError: error)
            }
        }
    }

    /// ArgumentParser's own errors: help and version are no failures; its 64 is our 2.
    private init(parserError error: any Error) {
        let code = LedgerCommand.exitCode(for: error)
        let text = LedgerCommand.fullMessage(for: error)
        if code == .success {
            Terminal.result(text)
            self.init(.done)
        } else if code == .validationFailure {
            self.init(.usage, text)
        } else {
            self.init(.couldNotLook, text.hasPrefix("Error") ? "ledger: \(error)" : text)
        }
    }

    private static func code(of error: LogError) -> Code {
        switch error.code {
        case .busy: .busy
        case .broken: .broken
        case .wrongRevision, .idTaken: .mismatch
        default: .couldNotLook
        }
    }

    private static func code(of refusal: Refusal) -> Code {
        switch refusal.kind {
        case .forbidden: .refused
        case .tooEarly: .pending
        case .mismatch: .mismatch
        case .notFound: .usage
        }
    }

    /// Says what there is to say and ends the process.
    func leave() -> Never {
        if let text { Terminal.note(text) }
        exit(code.rawValue)
    }

    /// Of several, what counts first: 5, 8, 10, 3, 7, 1, 4.
    static func worst(_ codes: [Code]) -> Code {
        let order: [Code] = [
            .broken, .mismatch, .stageFailed, .refused, .bypassed, .couldNotLook, .pending, .nothing, .busy,
        ]
        return order.first { codes.contains($0) } ?? .done
    }
}

/// Ends a command with a code after its results were printed.
struct Ending: Error {
    let outcome: Outcome

    init(_ code: Outcome.Code, _ text: String? = nil) { outcome = Outcome(code, text) }

    /// Throws unless the code is 0.
    static func with(_ code: Outcome.Code, _ text: String? = nil) throws {
        if code != .done { throw Ending(code, text) }
    }
}

/// The ledger is somebody else's: exit code 1.
struct NoAccess: Error {
    let message: String
}

/// What was asked makes no sense: exit code 2.
struct UsageFault: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
