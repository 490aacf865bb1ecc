/// A tree head with the name of its log: what a log signs, and what an auditor keeps (C2SP tlog-checkpoint).
///
/// ```
/// text = origin LF size LF base64(root) LF
/// ```
///
/// Valid iff (`FORMAT.md` §3):
/// 1. exactly these three lines: no extension lines;
/// 2. `origin` is one of ours (``Origin``);
/// 3. `size` is decimal, without leading zeros or sign, and at most 2^53: an index has to fit into a record;
/// 4. `root` is 32 bytes in strict base 64.
public struct Checkpoint: Hashable, Sendable {
    public let origin: Origin
    public let size: TreeSize
    public let root: Hash

    public init(origin: Origin, size: TreeSize, root: Hash) {
        (self.origin, self.size, self.root) = (origin, size, root)
    }

    /// Reads the text of a note. Nobody may have signed it.
    public init(parsing text: some Collection<UInt8>) throws(CheckpointFault) {
        let lines = text.split(
            separator: UInt8(ascii: "\n"), maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else { throw .notThreeLines }
        guard let name = String(validating: lines[0], as: UTF8.self), let origin = Origin(name) else {
            throw .origin
        }
        guard let size = Self.size(lines[1]) else { throw .size }
        guard let bytes = [UInt8](base64: String(decoding: lines[2], as: UTF8.self)),
            let root = Hash(bytes: bytes)
        else { throw .root }
        self.init(origin: origin, size: size, root: root)
    }

    /// - Throws: also ``CheckpointFault/notSignedByItsLog`` where only others, such as witnesses, signed:
    ///   they say what they saw, and only the log says what it is.
    public init(verified note: VerifiedNote) throws(CheckpointFault) {
        try self.init(parsing: note.text)
        let origin = self.origin
        let isSignedByLog = note.signatures.contains {
            $0.key.algorithm == .ed25519 && $0.key.name.utf8.elementsEqual(origin.text.utf8)
        }
        guard isSignedByLog else { throw .notSignedByItsLog }
    }

    public var text: String { "\(origin)\n\(size)\n\(root.bytes.base64)\n" }

    private static func size(_ digits: some Collection<UInt8>) -> TreeSize? {
        guard digits.allSatisfy(NameBytes.isDigit), digits.first != UInt8(ascii: "0") || digits.count == 1,
            let value = Int(String(decoding: digits, as: UTF8.self)), value <= 1 << 53
        else { return nil }
        return TreeSize(value)
    }
}

extension NoteSigner {
    /// - Throws: ``CheckpointFault/notSignedByItsLog`` if this key is not of the checkpoint's log.
    public func sign(_ checkpoint: Checkpoint) throws(CheckpointFault) -> SignedNote {
        guard verifierKey.name.utf8.elementsEqual(checkpoint.origin.text.utf8) else {
            throw .notSignedByItsLog
        }
        do throws(NoteFault) {
            return try sign([UInt8](checkpoint.text.utf8))
        } catch {
            preconditionFailure("the text of a checkpoint is always that of a note: \(error)")
        }
    }
}

extension Checkpoint {
    /// Puts the checkpoint and a signature that was made elsewhere together.
    ///
    /// - Parameter signature: the 64 bytes of an Ed25519 signature over ``text``.
    /// - Throws: ``CheckpointFault`` if the key is not of the checkpoint's log, or the signature is not good.
    public func note(
        signature: [UInt8], by key: NoteVerifierKey
    ) throws(CheckpointFault) -> SignedNote {
        guard key.algorithm == .ed25519, key.name.utf8.elementsEqual(origin.text.utf8) else {
            throw .notSignedByItsLog
        }
        guard
            let note = try? SignedNote(
                text: Array(text.utf8), signatures: [NoteSignature(key: key.id, bytes: signature)]),
            (try? note.verify(with: [key]))?.isSigned(by: key) == true
        else { throw .badSignature }
        return note
    }
}

extension Checkpoint: CustomStringConvertible {
    public var description: String { "\(origin) at size \(size), root \(root)" }
}

/// Why text is not a checkpoint of ours.
public enum CheckpointFault: Error, Hashable, Sendable {
    case notThreeLines, origin, size, root
    /// The key's name is not the checkpoint's origin.
    case notSignedByItsLog
    case badSignature
}

extension CheckpointFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notThreeLines: "a checkpoint is exactly three lines: origin, size, root"
        case .origin: "the origin is not in its form"
        case .size: "the size is not a decimal number without leading zeros, up to 2^53"
        case .root: "the root is not 32 bytes in base 64"
        case .badSignature: "the signature is not good"
        case .notSignedByItsLog: "not signed under the name of the checkpoint's origin"
        }
    }
}
