import Foundation
import LedgerProof
import Testing

@testable import LedgerRuntime

/// `curl` against servers of Python's standard library.
@Suite struct HTTPTests {
    @Test func aRedirectIsAnAnswerAndALimitIsKept() async throws {
        let bench = try Workbench("http")
        defer { bench.remove() }
        let root = bench.folder + "/www"
        try Files.makeFolder(root + "/folder")
        try Files.write([UInt8](repeating: 0x61, count: 5000), to: root + "/big")
        let server = try await bench.startPython(
            "-m", "http.server", "--bind", "127.0.0.1", "PORT", "--directory", root)
        let client = HTTPClient(runner: bench.runner, scratch: bench.folder)

        let moved = try await client.send(HTTPRequest(address: try HTTPAddress(server.url + "folder")))
        let whole = try await client.send(
            HTTPRequest(address: try HTTPAddress(server.url + "big"), limitBytes: 5000))
        let head = try await client.send(
            HTTPRequest(method: "HEAD", address: try HTTPAddress(server.url + "big")))
        let missing = try await client.send(HTTPRequest(address: try HTTPAddress(server.url + "none")))

        #expect(moved.status == 301)
        #expect(moved.headers["location"] == "/folder/")
        #expect(whole.body.count == 5000)
        #expect(head.status == 200)
        #expect(head.headers["content-length"] == "5000")
        #expect(head.body.isEmpty)
        #expect(missing.status == 404)
        await #expect(throws: RuntimeFault.self) {
            try await client.send(HTTPRequest(address: try HTTPAddress(server.url + "big"), limitBytes: 4999))
        }
        await server.stop()
        let error = await #expect(throws: RuntimeFault.self) {
            try await client.send(HTTPRequest(address: try HTTPAddress(server.url + "big")))
        }
        #expect(error?.code == .network)
    }

    /// A server that sends without saying how much, and one that says nothing at all.
    @Test func anAnswerWithoutEndAndOneThatNeverComesAreCutOff() async throws {
        let bench = try Workbench("endless")
        defer { bench.remove() }
        let endless = try await bench.startPython(
            "-c",
            """
            import http.server, sys, time
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    if self.path == "/slow":
                        time.sleep(30)
                    self.send_response(200)
                    self.end_headers()
                    while self.path == "/endless":
                        self.wfile.write(b"x" * 65536)
            http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
            """, "PORT")
        let client = HTTPClient(runner: bench.runner, scratch: bench.folder)

        let tooLarge = await #expect(throws: RuntimeFault.self) {
            try await client.send(
                HTTPRequest(address: try HTTPAddress(endless.url + "endless"), limitBytes: 2 << 20))
        }
        let tooSlow = await #expect(throws: RuntimeFault.self) {
            try await client.send(
                HTTPRequest(address: try HTTPAddress(endless.url + "slow"), timeout: .seconds(1)))
        }

        #expect(tooLarge?.message.contains("larger than") == true)
        #expect(tooSlow?.code == .timedOut)
        await endless.stop()
    }

    @Test func certificatesComeFromTheEnvironmentAndOthersAreRefused() async throws {
        let bench = try Workbench("tls")
        defer { bench.remove() }
        let (key, certificate) = try await bench.makeCertificate()
        let server = try await bench.startPython(
            "-c",
            """
            import http.server, ssl, sys
            place = ("127.0.0.1", int(sys.argv[1]))
            server = http.server.HTTPServer(place, http.server.SimpleHTTPRequestHandler)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[3], sys.argv[2])
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.serve_forever()
            """, "PORT", key, certificate)
        let address = try HTTPAddress("https://\(server.hostAndPort)/")
        func client(_ variables: [String: String]) -> HTTPClient {
            var all = bench.host.variables.filter { !HostEnvironment.network.contains($0.key) }
            all.merge(variables) { _, new in new }
            return HTTPClient(
                runner: ProgramRunner(host: HostEnvironment(variables: all)), scratch: bench.folder)
        }

        let known = try await client(["SSL_CERT_FILE": certificate]).send(HTTPRequest(address: address))
        let error = await #expect(throws: RuntimeFault.self) {
            try await client([:]).send(HTTPRequest(address: address))
        }

        #expect(known.status == 200)
        #expect(error?.code == .network)
        await server.stop()
    }

    @Test(arguments: [
        "http://example.org/", "ftp://127.0.0.1/", "https://user@example.org/", "https://",
        "file:///etc/passwd",
        "https://exa mple.org/", "https://example.org/\u{e9}", "http://127.0.0.1.example.org/",
        "http://localhost.example.org/", "http://127.1/", "-https://example.org/", "https://a\"b/",
    ])
    func anAddressThatIsNotSafeIsRefused(text: String) {
        #expect(throws: RuntimeFault.self) { try HTTPAddress(text) }
    }

    @Test(arguments: [
        ("../c", "https://h/a/c"), ("c", "https://h/a/b/c"), ("/c/./d/../e", "https://h/c/e"),
        ("?q", "https://h/a/b/x?q"),
        ("//other/c", "https://other/c"), ("https://other/d#f", "https://other/d"),
        ("#f", "https://h/a/b/x?p=1"),
        ("../../../../c", "https://h/c"), ("c/?x=../y", "https://h/a/b/c/?x=../y"), ("..", "https://h/a/"),
    ])
    func referencesAreResolvedAsInRFC3986(reference: String, expected: String) throws {
        #expect(try HTTPAddress("https://h/a/b/x?p=1").resolving(reference).text == expected)
    }

    @Test func onlyThisMachineIsLoopback() {
        for text in [
            "127.0.0.1", "127.0.0.1:80", "127.255.0.3", "localhost", "localhost:1", "[::1]", "[::1]:80",
        ] {
            #expect(HTTPAddress.isLoopback(text), "\(text)")
        }
        for text in ["128.0.0.1", "127.0.0", "127.0.0.256", "localhost.", "[::2]", "::1x", "10.0.0.1", ""] {
            #expect(!HTTPAddress.isLoopback(text), "\(text)")
        }
    }
}

extension Workbench {
    /// Starts a Python program that serves on the port that takes the place of `PORT` in its arguments.
    func startPython(_ arguments: String...) async throws -> LocalServer {
        let python = try await PythonTools(root: Self.tools, host: host).findPython().executable
        let port = try Files.freeLoopbackPort()
        let program = Program(
            executable: python, arguments: arguments.map { $0 == "PORT" ? "\(port)" : $0 },
            environment: ["PATH": host.path], timeout: .seconds(120),
            outputPath: folder + "/python-\(port).log")
        let runner = runner
        let task = Task<Void, Never> { _ = try? await runner.run(program, log: StageLog()) }
        let server = LocalServer(
            url: "http://127.0.0.1:\(port)/", logPath: folder + "/python-\(port).log", task: task)
        for _ in 0..<100 {
            if try await isListening(port) { return server }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RuntimeFault(.programFailed, "the server does not start: \(server.log)")
    }

    private func isListening(_ port: Int) async throws -> Bool {
        let log = StageLog()
        let result = try await runner.run(
            Program(
                executable: "/bin/bash", arguments: ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"],
                environment: [:],
                timeout: .seconds(5)), log: log)
        return result.isSuccess
    }

    /// A key and a certificate for 127.0.0.1 that nobody else trusts.
    func makeCertificate() async throws -> (key: String, certificate: String) {
        let (key, certificate) = (folder + "/key.pem", folder + "/certificate.pem")
        let log = StageLog()
        let result = try await runner.run(
            Program(
                executable: try host.find("openssl", package: "openssl"),
                arguments: [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
                ], environment: ["PATH": host.path, "HOME": folder], timeout: .seconds(60)), log: log)
        guard result.isSuccess else { throw RuntimeFault(.programFailed, log.text) }
        return (key, certificate)
    }
}
