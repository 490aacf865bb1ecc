import Testing

@testable import LedgerProof

@Suite struct SecurityKeyTests {
    private let message = SSHVector.message
    private let namespace = SSHVector.namespace

    @Test(arguments: SoftwareToken.Curve.allCases, [0x01, 0x05] as [UInt8])
    func aTouchedTokenSigns(curve: SoftwareToken.Curve, flags: UInt8) throws {
        let token = SoftwareToken(curve)
        let signature = try SSHSignature(
            armored: token.sign(message, flags: flags, counter: 0xFEDC_BA98).armored)

        let facts = try signature.verify(message, namespace: namespace)

        #expect(signature.publicKey.algorithm.isSecurityKey)
        #expect(facts.fingerprint == signature.publicKey.fingerprint)
        #expect(facts.userPresent == true)
        #expect(facts.userVerified == (flags & 4 != 0))
        #expect(facts.counter == 0xFEDC_BA98)
    }

    /// `ssh-keygen -Y verify` accepts these.
    @Test(arguments: SoftwareToken.Curve.allCases, [0x00, 0x04, 0xFE] as [UInt8])
    func anUntouchedTokenDoesNotSign(curve: SoftwareToken.Curve, flags: UInt8) throws {
        let token = SoftwareToken(curve)
        let signature = try SSHSignature(armored: token.sign(message, flags: flags, counter: 1).armored)

        #expect(throws: SSHFault.userNotPresent) { try signature.verify(message, namespace: namespace) }
    }

    @Test(arguments: SoftwareToken.Curve.allCases)
    func flagsAndCounterAreSigned(curve: SoftwareToken.Curve) throws {
        let good = try SoftwareToken(curve).sign(message, flags: 1, counter: 41)

        for offset in good.rest.indices {
            var changed = good
            // Bit 0 of the flags stays: without it the signature would be refused before it is computed.
            changed.rest[offset] ^= 0x04
            let signature = try SSHSignature(armored: changed.armored)
            #expect(throws: SSHFault.badSignature) { try signature.verify(message, namespace: namespace) }
        }
    }

    @Test(arguments: SoftwareToken.Curve.allCases)
    func raisingTheFlagAfterwardsDoesNotHelp(curve: SoftwareToken.Curve) throws {
        var envelope = try SoftwareToken(curve).sign(message, flags: 0, counter: 41)
        envelope.rest[0] = 1
        let signature = try SSHSignature(armored: envelope.armored)

        #expect(throws: SSHFault.badSignature) { try signature.verify(message, namespace: namespace) }
    }

    @Test(arguments: SoftwareToken.Curve.allCases)
    func theApplicationIsSigned(curve: SoftwareToken.Curve) throws {
        let token = SoftwareToken(curve)
        var elsewhere = token
        elsewhere.application = [UInt8]("ssh:elsewhere".utf8)
        var envelope = try token.sign(message, flags: 1, counter: 41)
        envelope.key = elsewhere.keyBlob
        let signature = try SSHSignature(armored: envelope.armored)
        let good = try SSHSignature(armored: elsewhere.sign(message, flags: 1, counter: 41).armored)

        #expect(throws: SSHFault.badSignature) { try signature.verify(message, namespace: namespace) }
        #expect(throws: Never.self) { try good.verify(message, namespace: namespace) }
    }

    @Test(arguments: SoftwareToken.Curve.allCases)
    func flagsAndCounterAreThereAndNothingAfterThem(curve: SoftwareToken.Curve) throws {
        let good = try SoftwareToken(curve).sign(message, flags: 1, counter: 41)
        var longer = good
        longer.rest += [0]

        for count in 0..<5 {
            var shorter = good
            shorter.rest = [UInt8](good.rest.prefix(count))
            #expect(throws: SSHFault.truncated) { try SSHSignature(armored: shorter.armored) }
        }
        #expect(throws: SSHFault.trailingBytes) { try SSHSignature(armored: longer.armored) }
    }

    @Test func aSignatureMadeInABrowserIsRefused() throws {
        var envelope = try SoftwareToken(.p256).sign(message, flags: 1, counter: 41)
        envelope.signatureType = [UInt8]("webauthn-sk-ecdsa-sha2-nistp256@openssh.com".utf8)
        envelope.rest += SSHWireWriter.strings([UInt8]("https://example.org".utf8), [0x7B, 0x7D], [])

        #expect(throws: SSHFault.unsupported("webauthn-sk-ecdsa-sha2-nistp256@openssh.com")) {
            try SSHSignature(armored: envelope.armored)
        }
    }

    @Test func aSoftwareKeyIsNoSecurityKey() throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.rest = [1, 0, 0, 0, 41]

        #expect(throws: SSHFault.trailingBytes) { try SSHSignature(armored: envelope.armored) }
    }

    @Test func aSecurityKeyNamesItsApplication() throws {
        let key = SoftwareToken(.ed25519).keyBlob

        #expect(throws: SSHFault.truncated) { try SSHPublicKey(blob: [UInt8](key.dropLast(8))) }
        #expect(throws: SSHFault.trailingBytes) { try SSHPublicKey(blob: key + [0]) }
    }
}
