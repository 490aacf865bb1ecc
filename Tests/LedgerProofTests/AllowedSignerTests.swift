import LedgerProof
import Testing

@Suite struct AllowedSignerTests {
    private static let alice = Actor("person:alice")!

    @Test func aLineBindsAPersonToAKeyAndATime() throws {
        let signer = AllowedSigner(
            principal: Self.alice, key: try SSHPublicKey(line: SSHVector.ed25519.line),
            from: Timestamp("2026-11-22T20:33:15.123456Z"), until: Timestamp("2027-01-02T03:04:05.600000Z"))

        let line = signer.line

        let options =
            #"namespaces="release-approval@ledger",valid-after="20261122203315Z",valid-before="20270102030405Z""#
        #expect(line == "person:alice \(options) \(SSHVector.ed25519.line)")
    }

    @Test func anOpenEndIsLeftOut() throws {
        let signer = AllowedSigner(
            principal: Self.alice, key: try SSHPublicKey(line: SSHVector.rsa.line), from: nil, until: nil)

        let line = signer.line

        #expect(line == #"person:alice namespaces="release-approval@ledger" \#(SSHVector.rsa.line)"#)
    }

    /// `until` itself is not good any more, while OpenSSH counts its end in.
    @Test(arguments: [
        ("2026-12-01T00:00:00.000000Z", "20261130235959Z"),
        ("2026-12-01T00:00:00.000001Z", "20261201000000Z"),
        ("2026-12-01T00:00:00.999999Z", "20261201000000Z"),
        ("2028-03-01T00:00:00.000000Z", "20280229235959Z"),
    ])
    func theLastSecondIsOneInWhichTheKeyIsGood(until: String, written: String) throws {
        let signer = AllowedSigner(
            principal: Self.alice, key: try SSHPublicKey(line: SSHVector.ed25519.line), from: nil,
            until: Timestamp(until))

        let line = signer.line

        #expect(line.contains(#",valid-before="\#(written)" ssh-ed25519 "#))
    }
}
