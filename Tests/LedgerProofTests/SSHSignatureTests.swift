import Testing

@testable import LedgerProof

@Suite struct SSHSignatureTests {
    @Test(arguments: SSHVector.all, SSHSignature.HashAlgorithm.allCases)
    func aSignatureBySSHKeygenIsGood(vector: SSHVector, hash: SSHSignature.HashAlgorithm) throws {
        let signature = try SSHSignature(armored: vector.armored(hash))

        let facts = try signature.verify(SSHVector.message, namespace: SSHVector.namespace)

        #expect(signature.hashAlgorithm == hash)
        #expect(signature.publicKey.line == vector.line)
        #expect(facts.fingerprint == vector.fingerprint)
        #expect(facts.userPresent == nil)
        #expect(facts.userVerified == nil)
        #expect(facts.counter == nil)
    }

    @Test func anRSAKeyMaySignWithSHA256() throws {
        let signature = try SSHSignature(armored: SSHVector.rsaSHA256)

        let facts = try signature.verify(SSHVector.message, namespace: SSHVector.namespace)

        #expect(facts.fingerprint == SSHVector.rsa.fingerprint)
    }

    @Test func anRSASignatureMayLackItsLeadingZeros() throws {
        let signature = try SSHSignature(armored: SSHVector.shortRSA)

        let facts = try signature.verify(SSHVector.shortRSAMessage, namespace: SSHVector.namespace)

        #expect(facts.fingerprint == SSHVector.rsa.fingerprint)
    }

    /// Otherwise nothing would test that halves are filled up to the width of the field.
    @Test func oneVectorHasAHalfThatIsShorterThanTheField() throws {
        let signature = try SSHSignature(armored: SSHVector.ecdsaP256.armored(.sha512))

        guard case .ecdsa(let r, let s) = signature.numbers else { throw SSHFault.malformed(.signature) }

        #expect(min(r.count, s.count) < NISTCurve.p256.fieldByteCount)
    }

    @Test(arguments: SSHVector.all)
    func anotherMessageIsNotSigned(vector: SSHVector) throws {
        let signature = try SSHSignature(armored: vector.armored(.sha512))
        var changed = SSHVector.message
        changed[changed.count / 2] ^= 1

        for message in [changed, SSHVector.message + [0x0A], [UInt8](SSHVector.message.dropLast()), []] {
            #expect(throws: SSHFault.badSignature) {
                try signature.verify(message, namespace: SSHVector.namespace)
            }
        }
    }

    @Test(arguments: [
        "", "git", "release-approval@ledge", "release-approval@ledger2", "Release-approval@ledger",
    ])
    func aSignatureCountsInItsNamespaceOnly(namespace: String) throws {
        let signature = try SSHSignature(armored: SSHVector.ed25519.armored(.sha512))

        #expect(throws: SSHFault.otherNamespace(SSHVector.namespace)) {
            try signature.verify(SSHVector.message, namespace: namespace)
        }
    }

    @Test func aSignatureForGitIsNoApproval() throws {
        let signature = try SSHSignature(armored: RefusedSSHVector.gitSignature)
        var renamed = try SSHEnvelope(RefusedSSHVector.gitSignature)
        renamed.namespace = [UInt8](SSHSignature.approvalNamespace.utf8)
        let disguised = try SSHSignature(armored: renamed.armored)

        #expect(throws: SSHFault.otherNamespace("git")) {
            try signature.verify(SSHVector.message, namespace: SSHSignature.approvalNamespace)
        }
        #expect(throws: SSHFault.badSignature) {
            try disguised.verify(SSHVector.message, namespace: SSHSignature.approvalNamespace)
        }
        #expect(throws: Never.self) { try signature.verify(SSHVector.message, namespace: "git") }
    }

    @Test func aSignatureIsOfTheKeyThatMadeIt() throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        let other = [UInt8](repeating: 7, count: 32)
        envelope.key = SSHWireWriter.strings([UInt8]("ssh-ed25519".utf8), other)
        let signature = try SSHSignature(armored: envelope.armored)

        #expect(throws: SSHFault.badSignature) {
            try signature.verify(SSHVector.message, namespace: SSHVector.namespace)
        }
    }

    @Test func keysThatMayNotSignMakeNoSignature() {
        #expect(throws: SSHFault.modulusBits(2048)) {
            try SSHSignature(armored: RefusedSSHVector.rsa2048Signature)
        }
        #expect(throws: SSHFault.unsupported("ssh-dss")) {
            try SSHSignature(armored: RefusedSSHVector.dsaSignature)
        }
        #expect(throws: SSHFault.unsupported("ssh-ed25519-cert-v01@openssh.com")) {
            try SSHSignature(armored: RefusedSSHVector.certificateSignature)
        }
    }

    @Test func sha1IsRefused() {
        #expect(throws: SSHFault.unsupported("ssh-rsa")) {
            try SSHSignature(armored: RefusedSSHVector.sha1Signature)
        }
    }

    @Test(arguments: SSHVector.all, SSHVector.all)
    func theTypeOfTheSignatureIsThatOfTheKey(vector: SSHVector, other: SSHVector) throws {
        var envelope = try SSHEnvelope(vector.armored(.sha512))
        let ownType = envelope.signatureType
        envelope.signatureType = try SSHEnvelope(other.armored(.sha512)).signatureType
        guard envelope.signatureType != ownType else { return }

        #expect(throws: SSHFault.unsupported(String(decoding: envelope.signatureType, as: UTF8.self))) {
            try SSHSignature(armored: envelope.armored)
        }
    }

    @Test(arguments: ["sha1", "sha384", "SHA512", "sha512 ", "md5"])
    func anotherHashIsRefused(name: String) throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.hash = [UInt8](name.utf8)

        #expect(throws: SSHFault.self) { try SSHSignature(armored: envelope.armored) }
    }

    @Test func theHashIsPartOfWhatIsSigned() throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.hash = [UInt8]("sha256".utf8)
        let signature = try SSHSignature(armored: envelope.armored)

        #expect(throws: SSHFault.badSignature) {
            try signature.verify(SSHVector.message, namespace: SSHVector.namespace)
        }
    }

    @Test(
        arguments: [[], [0x0A], [0x72, 0x00], [0xC3, 0xA9], [UInt8](repeating: 0x61, count: 256)] as [[UInt8]]
    )
    func aNamespaceIsPrintableAndNotEmpty(namespace: [UInt8]) throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.namespace = namespace

        #expect(throws: SSHFault.malformed(.namespace)) { try SSHSignature(armored: envelope.armored) }
    }

    @Test(arguments: [0, 2, 0x0100_0000, .max] as [UInt32])
    func anotherVersionIsRefused(version: UInt32) throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.version = version

        #expect(throws: SSHFault.malformed(.version)) { try SSHSignature(armored: envelope.armored) }
    }

    /// `PROTOCOL.sshsig` wants it ignored, and it is not signed: `ssh-keygen` accepts this, too.
    @Test func theReservedFieldIsIgnored() throws {
        var envelope = try SSHEnvelope(SSHVector.ed25519.armored(.sha512))
        envelope.reserved = [UInt8]("anything".utf8)
        let signature = try SSHSignature(armored: envelope.armored)

        let facts = try signature.verify(SSHVector.message, namespace: SSHVector.namespace)

        #expect(facts.fingerprint == SSHVector.ed25519.fingerprint)
    }

    @Test(arguments: SSHVector.all)
    func nothingFollowsTheLastField(vector: SSHVector) throws {
        let good = try SSHEnvelope(vector.armored(.sha512))
        var (afterBlob, afterSignature, afterNumbers) = (good, good, good)
        afterBlob.trailing = [0]
        afterSignature.rest = [0]
        afterNumbers.signature += [0]

        #expect(throws: SSHFault.trailingBytes) { try SSHSignature(armored: afterBlob.armored) }
        #expect(throws: SSHFault.trailingBytes) { try SSHSignature(armored: afterSignature.armored) }
        #expect(throws: SSHFault.self) {
            try SSHSignature(armored: afterNumbers.armored)
                .verify(SSHVector.message, namespace: SSHVector.namespace)
        }
    }

    @Test func halvesOfZeroOrBeyondTheFieldAreNotGood() throws {
        var envelope = try SSHEnvelope(SSHVector.ecdsaP256.armored(.sha512))

        for half in [[], [1], [UInt8](repeating: 0x7F, count: 33)] as [[UInt8]] {
            envelope.signature = SSHWireWriter.strings(half, half)
            let signature = try SSHSignature(armored: envelope.armored)
            #expect(throws: SSHFault.badSignature) {
                try signature.verify(SSHVector.message, namespace: SSHVector.namespace)
            }
        }
    }
}
