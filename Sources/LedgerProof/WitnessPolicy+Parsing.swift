extension WitnessPolicy {
    public init(parsing bytes: [UInt8]) throws(WitnessPolicyFault) {
        var reader = PolicyReader()
        guard bytes.count <= Self.maximumByteCount else {
            throw WitnessPolicyFault(line: nil, words: "more than \(Self.maximumByteCount) bytes")
        }
        let newline = UInt8(ascii: "\n")
        let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        guard bytes.isEmpty || bytes.last == newline else {
            throw WitnessPolicyFault(line: lines.count, words: "the last line has no line end")
        }
        guard lines.count <= Self.maximumLineCount + 1 else {
            throw WitnessPolicyFault(line: nil, words: "more than \(Self.maximumLineCount) lines")
        }
        for (position, line) in lines.enumerated() {
            do throws(PolicyReader.Fault) { try reader.take(line) } catch {
                throw WitnessPolicyFault(line: position + 1, words: error.words)
            }
        }
        guard let quorum = reader.quorum else {
            throw WitnessPolicyFault(
                line: nil, words: "there is no quorum line. Write `quorum NAME`, or `quorum none`")
        }
        self.init(logs: reader.logs, witnesses: reader.witnesses, quorum: quorum)
    }
}

/// What the lines of a policy file have said so far.
private struct PolicyReader {
    struct Fault: Error {
        let words: String
    }

    private(set) var logs: [WitnessPolicy.Log] = []
    private(set) var witnesses: [WitnessPolicy.Witness] = []
    /// Outer nil: no quorum line yet; inner nil: `none`.
    private(set) var quorum: WitnessPolicy.Member??
    /// By the bytes of the name.
    private var members: [[UInt8]: WitnessPolicy.Member] = [:]
    private var grouped: Set<[UInt8]> = []

    private static let reserved = ["none", "all", "any"].map { [UInt8]($0.utf8) }

    mutating func take(_ line: some Collection<UInt8>) throws(Fault) {
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Fault(words: "it holds a control character")
        }
        let words = line.split { $0 == 0x20 || $0 == 0x09 }.map { [UInt8]($0) }
        guard let first = words.first, first.first != UInt8(ascii: "#") else { return }
        switch Self.text(first) {
        case "log": try takeLog(Array(words.dropFirst()))
        case "witness": try takeWitness(Array(words.dropFirst()))
        case "group": try takeGroup(Array(words.dropFirst()))
        case "quorum": try takeQuorum(Array(words.dropFirst()))
        default:
            throw Fault(words: "'\(Self.text(first))' is not one of log, witness, group, quorum")
        }
    }

    private mutating func takeLog(_ words: [[UInt8]]) throws(Fault) {
        guard (1...2).contains(words.count) else { throw Fault(words: "expected: log KEY [URL]") }
        let key = try Self.key(words[0])
        guard key.algorithm != .cosignature else {
            throw Fault(words: "'\(key.id)' is the key of a witness, not of a log")
        }
        guard !logs.contains(where: { $0.key.key == key.key || $0.key.id == key.id }) else {
            throw Fault(words: "the key of '\(key.name)' stands in another log line already")
        }
        logs.append(WitnessPolicy.Log(key: key, url: words.count == 2 ? Self.text(words[1]) : nil))
    }

    private mutating func takeWitness(_ words: [[UInt8]]) throws(Fault) {
        guard (2...3).contains(words.count) else { throw Fault(words: "expected: witness NAME KEY [URL]") }
        let key = try Self.key(words[1]).asCosignature
        guard !witnesses.contains(where: { $0.key.key == key.key || $0.key.id == key.id }) else {
            throw Fault(words: "the key of '\(key.name)' stands in another witness line already")
        }
        try define(words[0], as: .witness(witnesses.count))
        witnesses.append(
            WitnessPolicy.Witness(
                name: Self.text(words[0]), key: key, url: words.count == 3 ? Self.text(words[2]) : nil))
    }

    private mutating func takeGroup(_ words: [[UInt8]]) throws(Fault) {
        guard words.count >= 3 else { throw Fault(words: "expected: group NAME all|any|COUNT MEMBER...") }
        var inside: [WitnessPolicy.Member] = []
        for name in words.dropFirst(2) {
            guard let member = members[name] else { throw Self.undefined(name) }
            guard grouped.insert(name).inserted else {
                throw Fault(words: "'\(Self.text(name))' is in a group already")
            }
            inside.append(member)
        }
        let threshold =
            switch Self.text(words[1]) {
            case "all": inside.count
            case "any": 1
            default: Self.count(words[1])
            }
        guard let threshold, (1...inside.count).contains(threshold) else {
            throw Fault(words: "'\(Self.text(words[1]))' is not all, any or a count up to \(inside.count)")
        }
        try define(words[0], as: .group(threshold: threshold, members: inside))
    }

    private mutating func takeQuorum(_ words: [[UInt8]]) throws(Fault) {
        guard words.count == 1 else { throw Fault(words: "expected: quorum NAME, or quorum none") }
        guard quorum == nil else { throw Fault(words: "there is a quorum line already") }
        if Self.text(words[0]) == "none" {
            quorum = .some(nil)
        } else {
            guard let member = members[words[0]] else { throw Self.undefined(words[0]) }
            quorum = member
        }
    }

    private mutating func define(_ name: [UInt8], as member: WitnessPolicy.Member) throws(Fault) {
        guard !Self.reserved.contains(name) else {
            throw Fault(words: "'\(Self.text(name))' cannot be a name")
        }
        guard members.updateValue(member, forKey: name) == nil else {
            throw Fault(words: "'\(Self.text(name))' is defined already")
        }
    }

    private static func key(_ word: [UInt8]) throws(Fault) -> NoteVerifierKey {
        do throws(NoteKeyFault) { return try NoteVerifierKey(text(word)) } catch {
            throw Fault(words: "\(error)")
        }
    }

    /// Decimal, without sign or leading zeros.
    private static func count(_ word: [UInt8]) -> Int? {
        guard word.allSatisfy(NameBytes.isDigit), word.first != UInt8(ascii: "0") else { return nil }
        return Int(text(word))
    }

    private static func undefined(_ name: [UInt8]) -> Fault {
        Fault(words: "'\(text(name))' is not defined on a line before this one")
    }

    private static func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self) }
}
