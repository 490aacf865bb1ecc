import Testing

@testable import LedgerProof

/// Signatures of OpenSSH's own tests, and what the real `ssh-keygen` said of others.
@Suite(.enabled(if: SharedFolder.has("fixtures/sshsig"), Comment(rawValue: SharedFolder.absence)))
struct SharedSSHTests {
    private struct Oracle: Decodable {
        struct Case: Decodable {
            let `case`: String
            let signature: String
            let namespace: String
            let message: String
            let exit: Int
            let output: String
        }

        let cases: [Case]
    }

    @Test(arguments: ["ed25519", "ecdsa", "rsa", "ed25519_sk", "ecdsa_sk"])
    func openSSHsOwnSignaturesAreGood(name: String) throws {
        let key = try SSHPublicKey(publicKeyFile: bytes("\(name).pub"))
        let signature = try SSHSignature(armored: bytes("\(name).sig"))
        let namespace = String(decoding: try bytes("namespace"), as: UTF8.self)

        let facts = try signature.verify(bytes("signed-data"), namespace: namespace)

        #expect(signature.publicKey == key)
        #expect(facts.fingerprint == key.fingerprint)
        #expect(facts.userPresent == (key.algorithm.isSecurityKey ? true : nil))
        #expect(throws: SSHFault.badSignature) { try signature.verify([], namespace: namespace) }
    }

    @Test(arguments: [
        ("ecdsa_sk_webauthn", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
        ("mldsa44-ed25519", "ssh-mldsa44-ed25519@openssh.com"),
    ])
    func kindsThatWeDoNotReadAreNamed(name: String, type: String) throws {
        let file = try bytes("\(name).sig")

        #expect(throws: SSHFault.unsupported(type)) { try SSHSignature(armored: file) }
    }

    @Test(arguments: [
        "ed25519", "ecdsa", "rsa", "ed25519_sk", "ecdsa_sk", "ecdsa_sk_webauthn", "mldsa44-ed25519",
    ])
    func aTruncatedFileIsNeverGood(name: String) throws {
        let file = try bytes("\(name).sig")

        for count in 0..<(file.count - 1) {
            #expect(throws: SSHFault.self) { try SSHSignature(armored: file.prefix(count)) }
        }
    }

    /// Who may sign, and when, is asked elsewhere; here it is only the signature. Hence three kinds of
    /// difference: a case that `ssh-keygen` refuses for the list it was given is good here, a certificate is
    /// never taken, and neither is a security key that nobody touched.
    @Test func weAgreeWithSSHKeygenOnSignatures() throws {
        let oracle = try SharedFolder.json("fixtures/derived/sshsig/ORACLE.json", as: Oracle.self)

        for example in oracle.cases {
            let isBadInItself =
                example.output.contains("incorrect signature")
                || example.output.contains("namespace does not match")
            let isNeverTaken =
                example.signature == "mei-cert.sig" || example.signature == "sk-no-presence.sig"
            var message = try SharedFolder.bytes("fixtures/derived/sshsig/approval.msg")
            if example.message != "approval.msg" { message.append(0x0A) }
            let file = try SharedFolder.bytes("fixtures/derived/sshsig/\(example.signature)")

            let facts = try? SSHSignature(armored: file).verify(message, namespace: example.namespace)

            #expect((facts != nil) == !(isBadInItself || isNeverTaken), "\(example.case)")
            if let facts, example.exit == 0 {
                #expect(example.output.hasSuffix(facts.fingerprint), "\(example.case)")
            }
        }
        #expect(oracle.cases.count == 25)
    }

    @Test(arguments: [("sk-up", false, 41), ("sk-up-uv", true, 42), ("sk-counter-replayed", false, 41)])
    func flagsAndCounterAreToldAsTheyAre(name: String, isVerified: Bool, counter: UInt32) throws {
        let file = try SharedFolder.bytes("fixtures/derived/sshsig/\(name).sig")
        let message = try SharedFolder.bytes("fixtures/derived/sshsig/approval.msg")

        let facts = try SSHSignature(armored: file).verify(
            message, namespace: "release-approval@ledger.example")

        #expect(facts.userPresent == true)
        #expect(facts.userVerified == isVerified)
        #expect(facts.counter == counter)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try SharedFolder.bytes("fixtures/sshsig/openssh-testdata/\(name)")
    }
}
