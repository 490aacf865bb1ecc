import Foundation
import LedgerEvents
import LedgerPipeline
import LedgerProof
import LedgerSQLite
import LedgerTesting
import Testing

/// What an older program wrote is still read, believed and continued: `Tests/Golden/README.md`.
@Suite struct GoldenTests {
    static let root =
        ((#filePath as NSString).deletingLastPathComponent as NSString)
        .deletingLastPathComponent + "/Golden"
    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
        .filter { FileManager.default.fileExists(atPath: "\(root)/\($0)/ledger/ledger.db") }

    private let folder: String

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Runs `body` on a copy.
    private func copying(_ name: String, _ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (part, copy) in [
            ("ledger", ".ledger"), ("bundle", "bundle"), ("log.vkey", "log.vkey"),
            ("kept.checkpoint", "kept"),
        ] {
            try FileManager.default.copyItem(
                atPath: "\(Self.root)/\(name)/\(part)", toPath: "\(folder)/\(copy)")
        }
        try body()
    }

    private func run(_ arguments: String...) throws -> LedgerProgram.Result {
        try LedgerProgram.run(arguments, in: folder)
    }

    private func recorded(_ file: String, _ name: String) throws -> [JSONObject] {
        try objects(String(contentsOfFile: "\(Self.root)/\(name)/\(file)", encoding: .utf8))
    }

    private func objects(_ text: String) throws -> [JSONObject] {
        try text.split(separator: "\n").map { try JSONObject(canonical: Array($0.utf8)) }
    }

    private var database: String { "\(folder)/.ledger/ledger.db" }

    private func open(_ mode: SQLiteLog.Mode) throws -> SQLiteLog {
        try SQLiteLog.open(at: database, mode: mode, clock: .system)
    }

    @Test func thereIsOneOfThisVersion() throws {
        #expect(!Self.names.isEmpty)
        let versions = try Self.names.map { name in
            let header = try Data(contentsOf: URL(fileURLWithPath: "\(Self.root)/\(name)/ledger/ledger.db"))
            // The user version, in the header of an SQLite file.
            return header[60..<64].reduce(0) { $0 << 8 | Int($1) }
        }
        let path = "\(folder)/new.db"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try SQLiteLog.create(at: path, origin: World.origin, clock: .fixed(World.start))
        let current = try Data(contentsOf: URL(fileURLWithPath: path))[60..<64].reduce(0) {
            $0 << 8 | Int($1)
        }
        #expect(versions.contains(current), "add one: Tests/Golden/README.md")
    }

    @Test func goldenFilesAreNeverChanged() throws {
        let list = try String(contentsOfFile: "\(Self.root)/shipped.sha256", encoding: .utf8)
        var listed: Set<String> = []
        for line in list.split(separator: "\n") {
            let (digest, path) = (String(line.prefix(64)), String(line.dropFirst(66)))
            let bytes = FileManager.default.contents(atPath: "\(Self.root)/\(path)")
            #expect(bytes.map { Hash.sha256([UInt8]($0)).hex } == digest, "\(path) is not as it was")
            listed.insert(path)
        }
        for name in Self.names {
            let files = FileManager.default.enumerator(atPath: "\(Self.root)/\(name)")
            while let path = files?.nextObject() as? String {
                guard files?.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
                #expect(listed.contains("\(name)/\(path)"), "\(name)/\(path) is not listed")
            }
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test(arguments: names) func itIsReadWithoutBeingChanged(_ name: String) throws {
        try copying(name) {
            let before = try Data(contentsOf: URL(fileURLWithPath: database))

            let verdict = try LogVerifier.verify(try open(.readOnly), depth: .full)

            let wanted = try recorded("verify.json", name)[0]
            guard case .good(let size, let root) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(wanted["size"] == .integer(Int64(size.value)))
            #expect(wanted["root"] == .string(root.bytes.base64))
            #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == before)
        }
    }

    @Test(arguments: names) func itIsJudgedAsThen(_ name: String) throws {
        try copying(name) {
            let result = try run("verify", "--gates", "--against", "kept", "--output", "json")

            #expect(result.code == 0, "\(result.notes)")
            let (found, wanted) = (try objects(result.output)[0], try recorded("verify.json", name)[0])
            for member in ["bootstrap", "findings", "log", "origin", "releases", "root", "size"] {
                #expect(Self.says(found[member], what: wanted[member]), "\(member)")
            }
        }
    }

    /// Whether all that was said then is said now. Members may be added.
    private static func says(_ found: JSONValue?, what wanted: JSONValue?) -> Bool {
        if let wanted = wanted?.object, let found = found?.object {
            return wanted.names.allSatisfy { says(found[$0], what: wanted[$0]) }
        }
        guard let wanted = wanted?.array, let found = found?.array else { return found == wanted }
        return found.count == wanted.count && zip(found, wanted).allSatisfy { says($0, what: $1) }
    }

    @Test func whatIsNotSaidAnyMoreIsMissed() {
        let then: JSONObject = ["gates": ["a", ["verdict": "refused"]], "size": 3]

        #expect(Self.says(.object(then), what: .object(then)))
        #expect(
            Self.says(["gates": ["a", ["verdict": "refused", "why": "x"]], "size": 3], what: .object(then)))
        #expect(!Self.says(["gates": ["a", ["verdict": "satisfied"]], "size": 3], what: .object(then)))
        #expect(!Self.says(["gates": ["a"], "size": 3], what: .object(then)))
        #expect(!Self.says(["gates": ["a", ["verdict": "refused"]]], what: .object(then)))
    }

    @Test(arguments: names) func itReplaysToTheStatesOfThen(_ name: String) throws {
        try copying(name) {
            func states(_ lines: [JSONObject]) -> [JSONValue: [JSONValue?]] {
                Dictionary(
                    uniqueKeysWithValues: lines.map {
                        ($0["projection"]!, [$0["version"], $0["size"], $0["records"], $0["digest"]])
                    })
            }
            let found = states(try objects(try run("replay", "--output", "json").output))

            for (projection, wanted) in states(try recorded("replay.json", name)) {
                let now = try #require(found[projection])
                // A projection of another version has other states.
                if now[0] == wanted[0] { #expect(now == wanted, "\(projection)") }
            }
            #expect(try run("replay", "--check").code == 0)
        }
    }

    @Test(arguments: names) func itGoesOn(_ name: String) throws {
        try copying(name) {
            let size = try open(.readOnly).read { try $0.head().size }
            let receipt = try open(.readWrite).write {
                try $0.append(.numbered(1, stream: .ledger, type: "golden.continued"), expecting: .any)
            }

            #expect(receipt.index == size.nextIndex)
            let verdict = try LogVerifier.verify(try open(.readOnly), depth: .full)
            guard case .good(size.next, _) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            let result = try run("verify", "--gates", "--against", "kept")
            #expect(result.code == 0, "\(result.output)\(result.notes)")
        }
    }

    @Test(arguments: names) func itsBundleProves(_ name: String) throws {
        try copying(name) {
            let verifier = (Self.root as NSString).deletingLastPathComponent + "/../Sources/CBundle/verify.py"

            let ours = try run("verify", "--bundle", "bundle", "--log-key", "log.vkey")
            let strangers = try LedgerProgram.run(
                "python3", [verifier, "bundle", "--log-key", "log.vkey"], in: folder)

            #expect(ours.code == 0, "\(ours.notes)")
            #expect(strangers.code == 0, "\(strangers.output)\(strangers.notes)")
        }
    }

    @Test(arguments: names) func itsBundleMakesTheSameLedger(_ name: String) throws {
        try copying(name) {
            #expect(try run("import", "bundle", "--ledger", "copy").code == 0)

            let result = try run("verify", "--gates", "--ledger", "copy", "--output", "json")
            #expect(try objects(result.output)[0]["root"] == recorded("verify.json", name)[0]["root"])
            #expect(try run("export", "again", "--ledger", "copy").code == 0)
            for file in ["records.jsonl", "checkpoint", "MANIFEST.json", "allowed_signers"] {
                #expect(
                    FileManager.default.contents(atPath: "\(folder)/again/\(file)")
                        == FileManager.default.contents(atPath: "\(folder)/bundle/\(file)"), "\(file)")
            }
        }
    }

    /// And were one changed, it would be noticed.
    @Test(arguments: names) func aChangedOneIsFound(_ name: String) throws {
        try copying(name) {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: database))
            let place = try #require(bytes.range(of: Data("\"gate.approved\"".utf8)))
            bytes[place.lowerBound + 1] ^= 1
            try bytes.write(to: URL(fileURLWithPath: database))

            #expect(try run("verify").code == 5)
        }
    }
}
