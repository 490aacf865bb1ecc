import Foundation
import LedgerProof
import LedgerTesting
import Testing

/// An authority for time stamps on a loopback port: openssl behind Python's web server, with keys of its own.
private final class TimestampServer {
    let folder: String
    private(set) var url = ""
    private let process = Process()

    /// What the authority answers.
    enum Habit: String {
        case honest
        /// A stamp of other bytes.
        case other
        /// The first stamp again.
        case stale
        case garbage
        case unavailable
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ledger-tsa-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in [("tsa.cnf", Self.settings), ("serve.py", Self.program), ("make.sh", Self.keys)] {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        let made = try LedgerProgram.run("sh", ["make.sh"], in: folder)
        guard made.code == 0 else { throw Missing("openssl makes no authority: \(made)") }
        try set(.honest)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "\(folder)/serve.py", folder]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<400 {
            if let text = try? String(contentsOfFile: "\(folder)/port", encoding: .utf8), text.hasSuffix("\n")
            {
                url = "http://127.0.0.1:\(text.trimmingCharacters(in: .whitespacesAndNewlines))/"
                return
            }
            usleep(50_000)
        }
        throw Missing("the authority does not start")
    }

    deinit {
        // A child of a test has SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var authorities: String { "\(folder)/ca.pem" }
    /// Of somebody else.
    var others: String { "\(folder)/other.pem" }

    func set(_ habit: Habit) throws {
        try habit.rawValue.write(toFile: "\(folder)/habit", atomically: true, encoding: .utf8)
    }

    private static let keys = """
        set -e
        ca() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.pem \\
                -days 30 -subj "/CN=Test $1" -config tsa.cnf -extensions v3_ca
        }
        ca ca
        ca other
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr \\
            -subj "/CN=Test authority" -config tsa.cnf
        openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out tsa.pem \\
            -extfile tsa.cnf -extensions v3_tsa
        echo 01 > serial
        """

    private static let settings = """
        [req]
        distinguished_name = dn
        [dn]
        [v3_ca]
        basicConstraints = critical,CA:TRUE
        keyUsage = critical,keyCertSign
        [v3_tsa]
        basicConstraints = critical,CA:FALSE
        keyUsage = critical,digitalSignature
        extendedKeyUsage = critical,timeStamping
        [tsa]
        default_tsa = tsa1
        [tsa1]
        serial = ./serial
        crypto_device = builtin
        signer_cert = ./tsa.pem
        signer_key = ./tsa.key
        signer_digest = sha256
        default_policy = 1.2.3.4.1
        digests = sha256
        accuracy = secs:1
        clock_precision_digits = 3
        ess_cert_id_chain = no
        ess_cert_id_alg = sha256

        """

    private static let program = """
        import http.server, os, subprocess, sys
        os.chdir(sys.argv[1])

        class Authority(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                habit = open("habit").read()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Type"] != "application/timestamp-query" or habit == "unavailable":
                    return self.send_error(503)
                with open("q", "wb") as file:
                    file.write(body)
                if habit == "other":
                    open("else", "w").write("something else")
                    subprocess.run("openssl ts -query -data else -sha256 -cert -out q".split(), check=True)
                if habit != "stale":
                    subprocess.run("openssl ts -reply -config tsa.cnf -section tsa1 -queryfile q -out r".split(), check=True)
                answer = b"garbage" if habit == "garbage" else open("r", "rb").read()
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
        with open("port.new", "w") as file:
            print(server.server_port, file=file)
        os.rename("port.new", "port")
        server.serve_forever()
        """
}

@Suite struct CheckpointTimeTests {
    private let ledger: LivedInLedger
    private let server: TimestampServer

    init() throws {
        server = try TimestampServer()
        ledger = try LivedInLedger()
        try ledger.reachTestGate()
    }

    private func stamp(_ authorities: String? = nil) throws -> LedgerProgram.Result {
        try LedgerProgram.run(
            ["checkpoint", "--timestamp", server.url, "--tsa-ca", authorities ?? server.authorities],
            in: ledger.folder)
    }

    private var isAnythingKept: Bool {
        FileManager.default.fileExists(atPath: "\(ledger.path)/timestamps")
    }

    @Test func aTimeStampIsKeptAndHandedOutWithTheCheckpoint() throws {
        let made = try stamp()
        #expect(made.code == 0 && made.notes.contains("stamped 20"), "\(made)")
        let here = try ledger.run("verify", "--tsa-ca", server.authorities)
        #expect(here.code == 0 && here.output.contains("✓ time stamp"), "\(here)")
        try ledger.done("export", "bundle")

        let result = try ledger.run("verify", "--bundle", "bundle", "--tsa-ca", server.authorities)

        #expect(result.code == 4 && result.output.contains("the checkpoint was there"), "\(result)")
        // As anyone can check it.
        let openssl = try LedgerProgram.run(
            "openssl",
            [
                "ts", "-verify", "-data", "bundle/checkpoint", "-in", "bundle/checkpoint.tsr", "-CAfile",
                server.authorities,
            ], in: ledger.folder)
        #expect(openssl.code == 0, "\(openssl)")
    }

    @Test func aTimeStampSurvivesTheWayThroughABundle() throws {
        _ = try stamp()
        try ledger.done("export", "bundle")
        let token = FileManager.default.contents(atPath: "\(ledger.folder)/bundle/checkpoint.tsr")

        try ledger.done("import", "bundle", "--ledger", "copy")
        let copy = try ledger.run("verify", "--ledger", "copy", "--tsa-ca", server.authorities)
        try ledger.done("export", "again", "--ledger", "copy")

        #expect(copy.code == 0 && copy.output.contains("✓ time stamp"), "\(copy)")
        #expect(FileManager.default.contents(atPath: "\(ledger.folder)/again/checkpoint.tsr") == token)
        #expect(token != nil)
    }

    @Test func whoDoesNotKnowTheAuthorityIsToldSo() throws {
        _ = try stamp()
        try ledger.done("export", "bundle")

        let without = try ledger.run("verify", "--bundle", "bundle")
        let others = try ledger.run("verify", "--bundle", "bundle", "--tsa-ca", server.others)

        #expect(without.code == 4 && without.output.contains("--tsa-ca FILE"), "\(without)")
        #expect(others.code == 5 && others.output.contains("not signed under"), "\(others)")
    }

    @Test func aTimeStampOfAnotherCheckpointIsBroken() throws {
        _ = try stamp()
        try ledger.done("export", "old")
        try ledger.pushTags(1...2)
        try ledger.done("export", "new")
        let token = "\(ledger.folder)/new/checkpoint.tsr"
        #expect(!FileManager.default.fileExists(atPath: token))
        let none = try ledger.run("verify", "--bundle", "new", "--tsa-ca", server.authorities)
        #expect(none.output.contains("there is none of this checkpoint"), "\(none)")
        #expect(try ledger.run("verify", "--tsa-ca", server.authorities).code == 6)

        try FileManager.default.copyItem(atPath: "\(ledger.folder)/old/checkpoint.tsr", toPath: token)
        for words in [[], ["--tsa-ca", server.authorities]] {
            let moved = try LedgerProgram.run(["verify", "--bundle", "new"] + words, in: ledger.folder)
            #expect(moved.code == 5 && moved.output.contains("not of this checkpoint"), "\(moved)")
        }
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: token))
        #expect(try ledger.run("verify", "--bundle", "new").code == 5)
    }

    /// A few bytes of a token are signed by nobody, such as the signature in a root's own certificate: a
    /// change there says nothing else. One byte in 61, each in another bit.
    @Test func aChangedTokenIsBrokenOrSaysWhatItSaid() throws {
        _ = try stamp()
        try ledger.done("export", "bundle")
        let path = "\(ledger.folder)/bundle/checkpoint.tsr"
        let whole = Array(try #require(FileManager.default.contents(atPath: path)))
        func verify() throws -> LedgerProgram.Result {
            try ledger.run("verify", "--bundle", "bundle", "--tsa-ca", server.authorities)
        }
        let good = try verify()
        #expect(good.output.contains("time stamp   ✓"), "\(good)")
        var (changeCount, brokenCount) = (0, 0)

        for position in stride(from: 0, to: whole.count, by: 61) {
            var changed = whole
            changed[position] ^= 1 << UInt8(position % 8)
            try Data(changed).write(to: URL(fileURLWithPath: path))
            let result = try verify()
            changeCount += 1
            brokenCount += result.code == 5 ? 1 : 0
            #expect(
                result.code == 5 || result.code == good.code && result.output == good.output,
                "byte \(position): \(result)")
        }
        #expect(brokenCount * 10 >= changeCount * 9, "\(brokenCount) of \(changeCount)")
    }

    @Test func whatTheAuthorityMustNotGiveIsNotKept() throws {
        #expect(try stamp().code == 0)
        try FileManager.default.removeItem(atPath: "\(ledger.path)/timestamps")

        for (habit, words) in [
            (TimestampServer.Habit.other, "is no time stamp of this"), (.stale, "is no time stamp of this"),
            (.garbage, "is no time stamp of this"), (.unavailable, "503"),
        ] {
            try server.set(habit)
            let result = try stamp()
            #expect(result.code == 1 && result.notes.contains(words), "\(habit): \(result)")
            #expect(result.output.hasPrefix("example.com/autocli\n"))
            #expect(!isAnythingKept)
        }
        try server.set(.honest)
        let unknown = try stamp(server.others)
        #expect(unknown.code == 1 && unknown.notes.contains("--tsa-ca FILE"), "\(unknown)")
        #expect(!isAnythingKept)
        #expect(try stamp("\(server.folder)/nowhere").code == 2)
    }
}
