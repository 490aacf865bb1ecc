/// A C2SP signed note: a text and the lines of those who signed it. Anyone may hold one; it proves nothing
/// yet.
///
/// ```
/// note      = text LF 1*signature
/// text      = 1*( line LF )                          may contain empty lines
/// signature = "— " name " " base64( keyhash(4) ‖ bytes ) LF
/// ```
///
/// Valid iff (`FORMAT.md` §3):
/// 1. at most 1,000,000 bytes of UTF-8, and no byte below 0x20 but LF;
/// 2. text and signatures part at the last empty line;
/// 3. every line after it is a signature, from 1 to 100 of them, each with at least one byte after the key
///    hash.
///
/// ``verify(with:)`` is the only way to a ``VerifiedNote``, which can be believed.
public struct SignedNote: Hashable, Sendable {
    /// What is signed, its last newline included.
    public let text: [UInt8]
    public let signatures: [NoteSignature]

    public static let maximumByteCount = 1_000_000
    public static let maximumSignatureCount = 100

    public init(parsing bytes: some Collection<UInt8>) throws(NoteFault) {
        guard bytes.count <= Self.maximumByteCount else { throw .tooLarge(byteCount: bytes.count) }
        let bytes = [UInt8](bytes)
        let newline = UInt8(ascii: "\n")
        guard String(validating: bytes, as: UTF8.self) != nil,
            bytes.allSatisfy({ $0 >= 0x20 || $0 == newline })
        else { throw .notText }
        guard
            let emptyLine = bytes.indices.dropFirst().last(where: {
                bytes[$0] == newline && bytes[$0 - 1] == newline
            }),
            bytes.last == newline, emptyLine + 1 < bytes.count
        else { throw .noSignatures }
        // Without the last newline, so that there is no empty line after it.
        let lines = bytes[(emptyLine + 1)...].dropLast().split(
            separator: newline, omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumSignatureCount else { throw .tooManySignatures(count: lines.count) }
        var signatures: [NoteSignature] = []
        for (position, line) in lines.enumerated() {
            guard let signature = NoteSignature(line: line) else {
                throw .malformedSignature(number: position + 1)
            }
            signatures.append(signature)
        }
        text = [UInt8](bytes[..<emptyLine])
        self.signatures = signatures
    }

    /// Puts a note together; it is read back, so that there is one definition of what a note is.
    init(text: [UInt8], signatures: [NoteSignature]) throws(NoteFault) {
        let note = try SignedNote(
            parsing: text + [UInt8(ascii: "\n")] + signatures.flatMap { [UInt8]("\($0.line)\n".utf8) })
        guard note.text == text else { throw .notText }
        self = note
    }

    /// Exactly what was read.
    public var bytes: [UInt8] {
        signatures.reduce(into: text + [UInt8(ascii: "\n")]) { $0 += "\($1.line)\n".utf8 }
    }

    /// This note with more signatures after its own, such as a witness's.
    public func adding(_ more: [NoteSignature]) throws(NoteFault) -> SignedNote {
        try SignedNote(text: text, signatures: signatures + more)
    }

    /// Checks the note against the keys that the caller trusts. Every line under one of them must be good,
    /// and there must be one; lines under other keys, or of kinds that we do not verify, are passed over.
    ///
    /// - Throws: ``NoteFault/ambiguousKey(_:)``, ``NoteFault/badSignature(_:)`` or
    ///   ``NoteFault/noKnownSignature``.
    public func verify(with keys: [NoteVerifierKey]) throws(NoteFault) -> VerifiedNote {
        var keysByID: [NoteKeyID: NoteVerifierKey] = [:]
        for key in keys {
            guard keysByID.updateValue(key, forKey: key.id) == nil else { throw .ambiguousKey(key.id) }
        }
        var good: [VerifiedNote.Signature] = []
        for signature in signatures {
            guard let key = keysByID[signature.key] else { continue }
            switch key.judge(signature.bytes, of: text) {
            case .good(let seconds):
                let found = VerifiedNote.Signature(key: key, cosignedSecondsSince1970: seconds)
                if !good.contains(found) { good.append(found) }
            case .bad: throw .badSignature(signature.key)
            case .unknown: continue
            }
        }
        guard !good.isEmpty else { throw .noKnownSignature }
        return VerifiedNote(text: text, signatures: good)
    }
}

/// One signature line of a note.
public struct NoteSignature: Hashable, Sendable {
    public let key: NoteKeyID
    /// What follows the key hash. Its form is the algorithm's matter.
    public let bytes: [UInt8]

    private static let dash = [UInt8]("— ".utf8)

    init(key: NoteKeyID, bytes: [UInt8]) {
        (self.key, self.bytes) = (key, bytes)
    }

    /// - Returns: nil unless `line`, which has no line end, is a signature line.
    public init?(line: some Collection<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let parts = line.dropFirst(Self.dash.count).split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self),
            let blob = [UInt8](base64: String(decoding: parts[1], as: UTF8.self)), blob.count >= 5,
            let key = NoteKeyID(name: name, hash: NoteKeyID.prefix(of: blob))
        else { return nil }
        self.init(key: key, bytes: [UInt8](blob.dropFirst(4)))
    }

    /// Without a line end.
    public var line: String { "— \(key.name) \((key.hashBytes + bytes).base64)" }
}

/// A note that somebody trusted did sign. Only ``SignedNote/verify(with:)`` makes one.
public struct VerifiedNote: Hashable, Sendable {
    public struct Signature: Hashable, Sendable {
        public let key: NoteVerifierKey
        /// When a witness says it saw the tree; nil where the signature is not a cosignature.
        public let cosignedSecondsSince1970: UInt64?
    }

    public let text: [UInt8]
    /// The good ones under known keys, each once, in the order of the note. Never empty.
    public let signatures: [Signature]

    fileprivate init(text: [UInt8], signatures: [Signature]) {
        (self.text, self.signatures) = (text, signatures)
    }

    public func isSigned(by key: NoteVerifierKey) -> Bool { signatures.contains { $0.key == key } }
}

/// Why bytes are not a note, or a note cannot be believed.
public enum NoteFault: Error, Hashable, Sendable {
    case tooLarge(byteCount: Int)
    case notText
    case noSignatures
    case malformedSignature(number: Int)
    case tooManySignatures(count: Int)
    case ambiguousKey(NoteKeyID)
    case badSignature(NoteKeyID)
    case noKnownSignature
}

extension NoteFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let byteCount):
            "\(byteCount) bytes; a note has at most \(SignedNote.maximumByteCount)"
        case .notText: "a note is lines of UTF-8 without control characters, each with a line end"
        case .noSignatures: "no empty line with signature lines after it"
        case .malformedSignature(let number): "signature line \(number) is not '— name base64'"
        case .tooManySignatures(let count):
            "\(count) signatures; a note has at most \(SignedNote.maximumSignatureCount)"
        case .ambiguousKey(let id): "the key '\(id)' was given twice"
        case .badSignature(let id): "the signature of '\(id)' does not fit the note"
        case .noKnownSignature: "nobody whose key is known signed the note"
        }
    }
}
