import Testing

@testable import LedgerProof

@Suite struct SSHWireTests {
    @Test func aNumberHasOneFormOnly() throws {
        // All of up to two bytes: what is read must be what the writer would write, and nothing else is read.
        let contents =
            [[]] + (0...255).map { [UInt8($0)] }
            + (0...65_535).map { [UInt8($0 >> 8), UInt8($0 & 255)] }

        for content in contents {
            let written = SSHWireWriter.strings(content)
            var reader = SSHWireReader(written)
            let isNegative = (content.first ?? 0) >= 0x80
            var shortest = SSHWireWriter()
            shortest.append(mpint: content)

            if !isNegative && shortest.bytes == written {
                #expect(try reader.mpint() == [UInt8](content.drop { $0 == 0 }))
            } else {
                #expect(throws: SSHFault.malformed(.number)) { try reader.mpint() }
            }
        }
    }

    @Test(arguments: [0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func aLengthBeyondTheEndIsTruncation(length: UInt32) {
        var writer = SSHWireWriter()
        writer.append(uint32: length)
        writer.append(raw: [1, 2, 3])
        var reader = SSHWireReader(writer.bytes)

        let read = try? reader.string()

        #expect((read != nil) == (length <= 3))
    }

    @Test func nothingCanBeTakenFromNothing() {
        var reader = SSHWireReader([])

        #expect(throws: SSHFault.truncated) { try reader.byte() }
        #expect(throws: SSHFault.truncated) { try reader.uint32() }
        #expect(throws: SSHFault.truncated) { try reader.string() }
        #expect(throws: SSHFault.truncated) { try reader.mpint() }
        #expect(throws: Never.self) { try reader.finish() }
    }

    @Test func whatIsLeftOverIsAFault() throws {
        var reader = SSHWireReader([0, 0, 0, 1, 7, 9])

        let string = try reader.string()

        #expect([UInt8](string) == [7])
        #expect(throws: SSHFault.trailingBytes) { try reader.finish() }
    }
}
