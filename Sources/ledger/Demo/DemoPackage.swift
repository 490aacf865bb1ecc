/// The package that the demo releases: as small as a command line program in Python can honestly be.
enum DemoPackage {
    static let project = "autocli"
    static let version = "0.1.0"
    static let tag = "v0.1.0"
    static let release = "autocli/v0.1.0"

    static let files = [
        "pyproject.toml": """
        [build-system]
        requires = ["flit_core>=3.9,<4"]
        build-backend = "flit_core.buildapi"

        [project]
        name = "autocli"
        version = "0.1.0"
        description = "Greets people from the command line"
        readme = "README.md"
        requires-python = ">=3.9"

        [project.scripts]
        autocli = "autocli:main"

        """,
        "README.md": """
        # autocli

            autocli greet Ada

        """,
        "autocli/__init__.py": """
        \"""Greets people from the command line.\"""
        import argparse

        __version__ = "0.1.0"


        def main():
            parser = argparse.ArgumentParser(prog="autocli")
            parser.add_argument("--version", action="version", version=f"autocli {__version__}")
            greet = parser.add_subparsers(dest="command").add_parser("greet")
            greet.add_argument("name")
            arguments = parser.parse_args()
            if arguments.command == "greet":
                print(f"Hello, {arguments.name}!")

        """,
    ]
}
