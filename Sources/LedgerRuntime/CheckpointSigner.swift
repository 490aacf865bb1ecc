internal import Foundation
public import LedgerProof
internal import Subprocess

/// Signs checkpoints with a command of the user's, where the log's private key lies: on another machine, in a
/// hardware module. The key itself is never seen here.
///
/// ```
/// standard input     the text of the checkpoint: origin LF size LF base64(root) LF
/// standard output    base64 of the 64 bytes of its Ed25519 signature
/// ```
///
/// The command runs in a shell, with the user's environment but for `LEDGER_*`. What it answers counts only
/// if it verifies under the key that the log names.
public struct CheckpointSigner: Sendable {
    private let command: String
    private let key: NoteVerifierKey
    private let environment: [String: String]

    public init(command: String, key: NoteVerifierKey, environment: [String: String]) {
        self.command = command
        self.key = key
        self.environment = environment.filter { !$0.key.hasPrefix("LEDGER_") }
    }

    /// - Throws: ``RuntimeFault`` if the command fails, or gives anything but a good signature.
    public func sign(_ checkpoint: Checkpoint) async throws(RuntimeFault) -> SignedNote {
        let answer = try await run(input: Array(checkpoint.text.utf8))
        let text = answer.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let signature = [UInt8](base64: text) else {
            throw RuntimeFault(
                .programFailed,
                "the command that signs checkpoints gave no base64. It must write the 64 bytes of an Ed25519 "
                    + "signature over its standard input, in base64. See `signer` in config.yml.")
        }
        do throws(CheckpointFault) { return try checkpoint.note(signature: signature, by: key) } catch {
            throw RuntimeFault(
                .programFailed,
                "the command that signs checkpoints did not sign with the log's key \(key.id): \(error). See "
                    + "`signer` in config.yml.")
        }
    }

    private func run(input: [UInt8]) async throws(RuntimeFault) -> String {
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let end: TerminationStatus
        let (output, lastWords): (String, String?)
        do {
            let result = try await Subprocess.run(
                .name("sh"), arguments: ["-c", command],
                environment: .custom(Dictionary(uniqueKeysWithValues: variables)), input: ChildInput(input),
                output: .string(limit: 4096), error: .string(limit: 64 * 1024))
            (end, output) = (result.terminationStatus, result.standardOutput)
            lastWords = result.standardError.split(separator: "\n").last.map { String($0) }
        } catch {
            throw RuntimeFault(
                .programFailed,
                "cannot run the command that signs checkpoints. See `signer` in config.yml.",
                cause: "\(error)")
        }
        guard end.isSuccess else {
            throw RuntimeFault(
                .programFailed,
                "the command that signs checkpoints failed (\(end)). See `signer` in config.yml.",
                cause: lastWords)
        }
        return output
    }
}
