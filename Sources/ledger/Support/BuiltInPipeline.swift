/// The pipeline that `ledger init` writes where no other is given.
enum BuiltInPipeline {
    /// - Parameters:
    ///   - owner: of the repository on GitHub, in lower case.
    static func text(owner: String, project: String) -> String {
        """
        pipeline: python-package
        on: {tags: ["v*"]}
        artifact: python-package-distributions
        stages:
          build:                  {executor: python-build}
          deploy_github_packages: {needs: [build], executor: oci, target: github-packages}
          deploy_pypi_test:       {needs: [deploy_github_packages], gate: TestGate, executor: pypi, target: testpypi}
          deploy_pypi_prod:       {needs: [deploy_pypi_test], gate: Production, executor: pypi, target: pypi}
        gates:
          TestGate:   {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d}
          Production: {approvals: 1, roles: [releaser], separate: [tagger], expires: 7d, requires: [{install-test: testpypi}]}
        targets:
          github-packages: {registry: ghcr.io/\(owner)/\(project)}
          testpypi: {upload: "https://test.pypi.org/legacy/", index: "https://test.pypi.org/simple/"}
          pypi:     {upload: "https://upload.pypi.org/legacy/", index: "https://pypi.org/simple/"}

        """
    }
}
