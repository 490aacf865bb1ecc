import LedgerPipeline
import Testing

@testable import LedgerRuntime

/// A real `docker-registry` that wants tokens, as GitHub's does, and a small server that signs them.
@Suite struct OCITokenTests {
    static let token = "ghp_secretSecretSecret0123"

    /// Answers `GET /token` with a JWT for whoever has the password; counts requests by writing lines.
    static let tokenServer = """
        import base64, http.server, json, subprocess, sys, time, urllib.parse
        port, key, certificate, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
        def b64(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        der = "".join(open(certificate).read().split("-----")[2].split())
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                given = self.headers.get("Authorization", "")
                wanted = "Basic " + base64.b64encode(("octo-org:" + password).encode()).decode()
                if given != wanted:
                    self.send_response(401); self.end_headers(); return
                kind, name, actions = query["scope"][0].split(":")
                now = int(time.time())
                head = {"typ": "JWT", "alg": "RS256", "x5c": [der]}
                body = {"iss": "test", "sub": "octo-org", "aud": query["service"][0],
                        "exp": now + 60, "nbf": now - 5, "iat": now, "jti": str(time.time()),
                        "access": [{"type": kind, "name": name, "actions": actions.split(",")}]}
                text = b64(json.dumps(head).encode()) + b"." + b64(json.dumps(body).encode())
                sign = ["openssl", "dgst", "-sha256", "-sign", key]
                signed = subprocess.run(sign, input=text, stdout=subprocess.PIPE)
                answer = json.dumps({"access_token": (text + b"." + b64(signed.stdout)).decode()}).encode()
                self.send_response(200); self.end_headers(); self.wfile.write(answer)
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
        """

    @Test func aTokenIsFetchedWithTheCredentialsAndAWrongOneFails() async throws {
        let built = try await BuiltFiles.sample.value
        let bench = try Workbench("oci-token")
        let (key, certificate) = try await bench.makeCertificate()
        let tokens = try await bench.startPython("-c", Self.tokenServer, "PORT", key, certificate, Self.token)
        let registry = try await bench.servers.startRegistry(
            in: bench.folder + "/registry",
            configuration: """
                auth:
                  token:
                    realm: \(tokens.url)token
                    service: "registry of, the test"
                    issuer: test
                    rootcertbundle: \(certificate)

                """)
        let target = Target(
            name: "github-packages", urls: ["registry": "\(registry.hostAndPort)/Octo-Org/ledger-sample"])
        func publish(_ variables: [String: String]) async throws -> StageReport {
            let host = HostEnvironment(variables: bench.host.variables.merging(variables) { _, new in new })
            let order = try bench.order(
                .oci, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
                target: target, files: built.files)
            return await OCIExecutor(host: host, patience: .hasty).execute(
                EffectPermit(order: order, epoch: 1), in: try bench.workspace(input: built.places))
        }

        let without = try await publish([:])
        let wrong = try await publish(["LEDGER_GITHUB_PACKAGES_TOKEN": "wrong-wrong-wrong"])
        let right = try await publish(["LEDGER_GITHUB_PACKAGES_TOKEN": Self.token])
        await tokens.stop()
        let later = try await publish(["LEDGER_GITHUB_PACKAGES_TOKEN": Self.token])

        for report in [without, wrong] {
            #expect(report.failure?.contains("set LEDGER_GITHUB_PACKAGES_TOKEN") == true, "\(report.outcome)")
        }
        guard case .published(_, built.files, .uploaded) = right.outcome else {
            Issue.record("\(right.outcome) \(right.text)")
            return
        }
        #expect(!right.text.contains(Self.token))
        #expect(
            later.failure?.contains("could not be read, so nothing was pushed") == true, "\(later.outcome)")
        await registry.stop()
        bench.remove()
    }

    @Test func aRegistryThatIsDownIsNeverTakenForAnEmptyOne() async throws {
        let built = try await BuiltFiles.sample.value
        let bench = try Workbench("oci-down")
        defer { bench.remove() }
        let target = Target(
            name: "github-packages", urls: ["registry": "127.0.0.1:\(try Files.freeLoopbackPort())/a/b"])

        for isTakeover in [false, true] {
            let order = try bench.order(
                .oci, project: "ledger-sample", version: "1.0.0", commit: String(repeating: "a", count: 40),
                target: target, files: built.files, isTakeover: isTakeover)
            let report = await OCIExecutor(host: bench.host, patience: .hasty).execute(
                EffectPermit(order: order, epoch: 1), in: try bench.workspace(input: built.places))

            switch report.outcome {
            case .unknown: #expect(isTakeover)
            case .failed: #expect(!isTakeover)
            default: Issue.record("\(report.outcome)")
            }
        }
    }
}
