internal import Foundation
public import LedgerProof
internal import Subprocess
internal import SystemPackage

/// Signs with a person's own SSH key through `ssh-keygen -Y sign`: a private key file, or a public one whose
/// private half the SSH agent or a security key holds. The key itself is never read here.
public struct SSHKeygenSigner: StatementSigner {
    public let person: String
    let keyFile: String
    let keygen: SSHKeygen

    /// - Parameter environment: for `ssh-keygen`: the agent's socket, the terminal to ask for a touch or
    ///   passphrase.
    public init(person: String, keyFile: String, environment: [String: String]) {
        self.person = person
        self.keyFile = keyFile
        keygen = SSHKeygen(environment: environment)
    }

    public func sign(_ statement: [UInt8]) async throws -> [UInt8] {
        let result = try await keygen.run(
            ["-Y", "sign", "-f", keyFile, "-n", SSHSignature.approvalNamespace], input: statement)
        guard result.isSuccess else {
            throw RuntimeFault(
                .programFailed,
                "ssh-keygen could not sign with '\(keyFile)'. Check the file, its passphrase and "
                    + "`ssh-add -l`.",
                cause: result.lastWords)
        }
        return result.output
    }
}

/// The program `ssh-keygen`, run in the user's own environment: it may have to ask them for something.
public struct SSHKeygen: Sendable {
    let environment: [String: String]

    public init(environment: [String: String]) { self.environment = environment }

    struct Result {
        let isSuccess: Bool
        let output: [UInt8]
        let lastWords: String?
    }

    func run(_ arguments: [String], input: [UInt8] = []) async throws(RuntimeFault) -> Result {
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        do {
            let result = try await Subprocess.run(
                .name("ssh-keygen"), arguments: Arguments(arguments),
                environment: .custom(Dictionary(uniqueKeysWithValues: variables)), input: ChildInput(input),
                output: .string(limit: 64 * 1024), error: .string(limit: 64 * 1024))
            return Result(
                isSuccess: result.terminationStatus.isSuccess, output: Array(result.standardOutput.utf8),
                lastWords: result.standardError.split(whereSeparator: \.isNewline).last.map { String($0) })
        } catch {
            throw RuntimeFault(
                .missingProgram, "cannot run ssh-keygen. Install it (Debian: openssh-client).")
        }
    }

    /// The public half of a key file: of `FILE` itself if it is a `.pub`, of `FILE.pub` beside it, or as
    /// ssh-keygen tells it.
    public func publicKey(of file: String) async throws(RuntimeFault) -> SSHPublicKey {
        let candidate = file.hasSuffix(".pub") ? file : file + ".pub"
        if let bytes = FileManager.default.contents(atPath: candidate) {
            do throws(SSHFault) { return try SSHPublicKey(publicKeyFile: bytes) } catch {
                throw RuntimeFault(.badInput, "'\(candidate)' is no public key that may sign: \(error).")
            }
        }
        guard FileManager.default.fileExists(atPath: file) else {
            throw RuntimeFault(
                .badInput, "there is no key file '\(file)'. Make one: ssh-keygen -t ed25519 -f '\(file)'")
        }
        let result = try await run(["-y", "-f", file])
        guard result.isSuccess, let key = try? SSHPublicKey(publicKeyFile: result.output) else {
            throw RuntimeFault(
                .badInput, "'\(file)' is no SSH key that may sign. Make one: ssh-keygen -t ed25519 -f KEY",
                cause: result.lastWords)
        }
        return key
    }
}
