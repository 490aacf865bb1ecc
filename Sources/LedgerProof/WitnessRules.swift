/// What a witness answers, as a function of what it knows: C2SP tlog-witness, `add-checkpoint`.
///
/// ```
/// body = "old " size LF *63( base64(hash) LF ) LF checkpoint        as ``ConsistencyProof`` reads it
/// ```
///
/// In this order:
///
/// | what is wrong | status |
/// |---|---|
/// | not a body of this form | 400 |
/// | no log of that origin is known | 404 |
/// | not three lines: origin, size, root | 400 |
/// | no signature under the log's keys, a bad one, or a signature line that is none | 403 |
/// | `old` is greater than the checkpoint's size | 400 |
/// | `old` is not the size that was cosigned last | 409, with that size |
/// | the proof does not lead from that tree to this one | 422 |
///
/// At size 0 the root is that of the empty tree and the proof is empty; an `old` of 0 takes an empty proof
/// only. Equal sizes need equal roots.
public struct WitnessRules: Hashable, Sendable {
    /// Of each log, by its origin. A log that changed its key has several.
    public let keys: [Origin: [NoteVerifierKey]]

    /// - Throws: ``WitnessLogFault`` if a key is not one of a log, or the same one is there twice.
    public init(logs: [NoteVerifierKey]) throws(WitnessLogFault) {
        var keys: [Origin: [NoteVerifierKey]] = [:]
        for key in logs {
            guard key.algorithm == .ed25519, let origin = Origin(key.name) else { throw .notALog(key) }
            guard keys[origin]?.contains(where: { $0.id == key.id }) != true else { throw .twice(key) }
            keys[origin, default: []].append(key)
        }
        self.keys = keys
    }

    /// What a request asks to be cosigned, and its proof: not yet held against what was cosigned before.
    public struct Request: Hashable, Sendable {
        public let checkpoint: Checkpoint
        /// The checkpoint with the signatures of its log alone: lines of others are not passed on.
        public let note: SignedNote
        let old: TreeSize
        let hashes: [Hash]
    }

    /// All that needs no memory: form, origin, signature.
    public func read(_ body: [UInt8]) throws(WitnessRefusal) -> Request {
        guard let proof = ConsistencyProof(parsing: body) else { throw Self.refusal(ofMalformed: body) }
        let line = proof.checkpoint.text.prefix { $0 != UInt8(ascii: "\n") }
        guard let origin = Origin(String(decoding: line, as: UTF8.self)), let keys = keys[origin] else {
            throw .unknownLog
        }
        let checkpoint: Checkpoint
        do throws(CheckpointFault) { checkpoint = try Checkpoint(parsing: proof.checkpoint.text) } catch {
            throw .malformed("invalid checkpoint: \(error)")
        }
        let known = Set(keys.map(\.id))
        let note: SignedNote
        do throws(NoteFault) {
            _ = try proof.checkpoint.verify(with: keys)
            note = try SignedNote(
                text: proof.checkpoint.text,
                signatures: proof.checkpoint.signatures.filter { known.contains($0.key) })
        } catch { throw .notSigned(error) }
        guard proof.old <= checkpoint.size else {
            throw .malformed("the old size is greater than the checkpoint's")
        }
        return Request(checkpoint: checkpoint, note: note, old: proof.old, hashes: proof.hashes)
    }

    /// A signature line that cannot be read is a bad signature, as other witnesses have it: they read base 64
    /// less strictly.
    private static func refusal(ofMalformed body: [UInt8]) -> WitnessRefusal {
        let newline = UInt8(ascii: "\n")
        let gap = body.indices.dropFirst().first { body[$0] == newline && body[$0 - 1] == newline }
        guard let gap, SeenProof(parsing: [UInt8](body[..<gap])) != nil else {
            return .malformed("invalid input")
        }
        do throws(NoteFault) { _ = try SignedNote(parsing: body[(gap + 1)...]) } catch {
            if case .malformedSignature = error { return .notSigned(error) }
        }
        return .malformed("invalid input")
    }

    /// Whether the tree continues what was cosigned before.
    ///
    /// - Parameter last: the checkpoint of that origin that was cosigned last; nil if there was none.
    public static func check(_ request: Request, after last: Checkpoint?) throws(WitnessRefusal) {
        precondition(last.map { $0.origin == request.checkpoint.origin } ?? true, "one log at a time")
        let size = last?.size ?? .empty
        guard request.old == size else { throw .conflict(size) }
        let isContinued = MerkleProof.checkConsistency(
            from: size, oldRoot: last?.root ?? Hash.emptyRoot, to: request.checkpoint.size,
            newRoot: request.checkpoint.root, proof: request.hashes)
        guard isContinued else { throw .notConsistent }
    }
}

/// Why a witness does not cosign.
public enum WitnessRefusal: Error, Hashable, Sendable {
    case malformed(String)
    case unknownLog
    case notSigned(NoteFault)
    /// The size that was cosigned last is another one than the request begins at.
    case conflict(TreeSize)
    case notConsistent

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .malformed: 400
        case .unknownLog: 404
        case .notSigned: 403
        case .conflict: 409
        case .notConsistent: 422
        }
    }

    /// The body of the answer.
    public var body: String {
        switch self {
        case .malformed(let words): words + "\n"
        case .unknownLog: "unknown log\n"
        case .notSigned(let fault): "invalid signature: \(fault)\n"
        case .conflict(let size): "\(size)\n"
        case .notConsistent: "the consistency proof does not lead from the last checkpoint to this one\n"
        }
    }

    public var contentType: String {
        if case .conflict = self { return Self.sizeType }
        return "text/plain; charset=utf-8"
    }

    /// What the size of a conflict is sent as.
    public static let sizeType = "text/x.tlog.size"
}

/// Why a witness cannot serve a log.
public enum WitnessLogFault: Error, Hashable, Sendable {
    case notALog(NoteVerifierKey)
    case twice(NoteVerifierKey)
}

extension WitnessLogFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notALog(let key):
            "'\(key.id)' is not the key of a log: an Ed25519 key is expected, named like example.com/log"
        case .twice(let key): "the key '\(key.id)' was given twice"
        }
    }
}
