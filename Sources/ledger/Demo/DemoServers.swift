import LedgerRuntime

/// The three real servers that stand in for GitHub Packages, TestPyPI and PyPI, on free loopback ports.
struct DemoServers {
    let registry: LocalServer
    let testIndex: LocalServer
    let index: LocalServer
    private let testToken: String
    private let token: String

    /// Two at a time would only wait for the same Python tools to be prepared.
    ///
    /// - Throws: ``RuntimeFault`` if a program is missing or a server does not start; none is left running
    ///   then.
    static func start(in folder: DemoFolder) async throws -> DemoServers {
        let servers = LocalServers(
            host: HostEnvironment(variables: Terminal.environment), tools: Session.toolsFolder)
        var started: [LocalServer] = []
        do {
            let tokens = (0..<2).map { _ in "demo-" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36) }
            started.append(try await servers.startRegistry(in: folder.servers + "/github-packages"))
            for (name, token) in zip(["testpypi", "pypi"], tokens) {
                started.append(
                    try await servers.startPackageIndex(in: "\(folder.servers)/\(name)", token: token))
            }
            return DemoServers(
                registry: started[0], testIndex: started[1], index: started[2], testToken: tokens[0],
                token: tokens[1])
        } catch {
            for server in started { await server.stop() }
            throw error
        }
    }

    /// Returns when all three are gone.
    func stop() async {
        for server in [index, testIndex, registry] { await server.stop() }
    }

    /// For `ledger run`, and for nothing else.
    var credentials: [String: String] {
        ["LEDGER_TESTPYPI_TOKEN": testToken, "LEDGER_PYPI_TOKEN": token]
    }

    /// The pipeline that ledger is born with, pointed at these servers.
    var pipeline: String {
        """
        pipeline: python-package
        on: {tags: ["v*"]}
        artifact: python-package-distributions
        stages:
          build:                  {executor: python-build}
          deploy_github_packages: {needs: [build], executor: oci, target: github-packages}
          deploy_pypi_test:       {needs: [deploy_github_packages], gate: TestGate,
                                   executor: pypi, target: testpypi}
          deploy_pypi_prod:       {needs: [deploy_pypi_test], gate: Production,
                                   executor: pypi, target: pypi}
        gates:
          TestGate:   {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d}
          Production: {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d,
                       requires: [{install-test: testpypi}]}
        targets:
          github-packages: {registry: "\(registry.url)demo/autocli"}
          testpypi: {upload: "\(testIndex.url)", index: "\(testIndex.url)simple/"}
          pypi:     {upload: "\(index.url)", index: "\(index.url)simple/"}

        """
    }
}
