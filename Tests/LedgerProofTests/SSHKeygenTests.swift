import LedgerProof
import Testing

/// The stock tool and we have to agree; vectors made once do not show that for the tool that is installed.
@Suite(.enabled(if: SSHKeygen.path != nil, "ssh-keygen is not on the PATH"))
struct SSHKeygenTests {
    @Test(arguments: [
        ["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"],
        ["rsa", "-b", "3072"],
    ])
    func whatItSignsIsGood(type: [String]) throws {
        let tool = try SSHKeygen()
        defer { tool.remove() }
        try tool.run(["-q", "-t"] + type + ["-N", "", "-C", "a comment", "-f", "key"])
        let key = try SSHPublicKey(publicKeyFile: tool.read("key.pub"))

        for hash in SSHSignature.HashAlgorithm.allCases {
            for message in [[], SSHVector.message, [UInt8](repeating: 0, count: 100_000)] {
                _ = try tool.write(message, to: "message")
                try tool.run([
                    "-q", "-Y", "sign", "-f", "key", "-n", SSHVector.namespace, "-O", "hashalg=\(hash)",
                    "message",
                ])
                let signature = try SSHSignature(armored: tool.read("message.sig"))
                let facts = try signature.verify(message, namespace: SSHVector.namespace)
                #expect(signature.publicKey == key)
                #expect(signature.hashAlgorithm == hash)
                #expect(facts.fingerprint == key.fingerprint)
                // It asks before it writes over a file.
                tool.delete("message.sig")
            }
        }
    }

    @Test(arguments: SoftwareToken.Curve.allCases)
    func itAcceptsWhatOurTokenSigns(curve: SoftwareToken.Curve) throws {
        let signature = try SoftwareToken(curve).sign(SSHVector.message, flags: 1, counter: 41).armored
        let key = try SSHSignature(armored: signature).publicKey

        #expect(try isGood(signature, of: SSHVector.message, by: key, at: "20261122203315Z"))
        #expect(try !isGood(signature, of: [1], by: key, at: "20261122203315Z"))
    }

    /// `key` is good from 2026-11-22T00:00:00.5 until 2026-12-01T00:00:00.
    @Test(arguments: [
        ("20261121235959Z", false), ("20261122000000Z", true), ("20261130235959Z", true),
        ("20261201000000Z", false),
    ])
    func itReadsOurLinesAsTheyAreMeant(time: String, isAccepted: Bool) throws {
        let key = try SSHPublicKey(line: SSHVector.ecdsaP384.line)

        let isGood = try isGood(
            SSHVector.ecdsaP384.armored(.sha256), of: SSHVector.message, by: key,
            from: Timestamp("2026-11-22T00:00:00.500000Z"), until: Timestamp("2026-12-01T00:00:00.000000Z"),
            at: time)

        #expect(isGood == isAccepted)
    }

    private func isGood(
        _ signature: [UInt8], of message: [UInt8], by key: SSHPublicKey, from: Timestamp? = nil,
        until: Timestamp? = nil, at time: String
    ) throws -> Bool {
        let tool = try SSHKeygen()
        defer { tool.remove() }
        let signer = AllowedSigner(principal: Actor("person:alice")!, key: key, from: from, until: until)
        let allowed = try tool.write([UInt8]("\(signer.line)\n".utf8), to: "allowed_signers")
        let file = try tool.write(signature, to: "approval.sig")
        let input = try tool.write(message, to: "statement.json")
        let code = try tool.run(
            [
                "-Y", "verify", "-O", "verify-time=\(time)", "-f", allowed, "-I", "person:alice", "-n",
                SSHSignature.approvalNamespace, "-s", file,
            ], input: input)
        return code == 0
    }
}
