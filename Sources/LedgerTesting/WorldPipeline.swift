internal import LedgerPipeline
internal import LedgerProof

/// The pipeline that worlds are made with: the built-in one.
enum WorldPipeline {
    static let json: JSONObject = [
        "artifact": "python-package-distributions",
        "gates": [
            "Production": [
                "approvals": 1, "expires": "7d", "requires": [["install-test": "testpypi"]],
                "roles": ["releaser"], "separate": ["tagger"],
            ],
            "TestGate": ["approvals": 1, "expires": "7d", "roles": ["releaser"], "separate": ["tagger"]],
        ], "on": ["tags": ["v*"]], "pipeline": "python-package",
        "stages": [
            "build": ["executor": "python-build"],
            "deploy_github_packages": ["executor": "oci", "needs": ["build"], "target": "github-packages"],
            "deploy_pypi_prod": [
                "executor": "pypi", "gate": "Production", "needs": ["deploy_pypi_test"], "target": "pypi",
            ],
            "deploy_pypi_test": [
                "executor": "pypi", "gate": "TestGate", "needs": ["deploy_github_packages"],
                "target": "testpypi",
            ],
        ],
        "targets": [
            "github-packages": ["registry": "ghcr.io/example/autocli"],
            "pypi": ["index": "https://pypi.org/simple/", "upload": "https://upload.pypi.org/legacy/"],
            "testpypi": [
                "index": "https://test.pypi.org/simple/", "upload": "https://test.pypi.org/legacy/",
            ],
        ],
    ]

    static let definition: PipelineDefinition = {
        guard let definition = try? PipelineDefinition(json, strictness: .writing) else {
            preconditionFailure("the built-in pipeline is valid")
        }
        return definition
    }()
}
