import ArgumentParser
import Foundation
import Testing

@testable import ledger

/// The papers say what is so.
@Suite struct PaperTests {
    /// Words that the command line does not take, with its own complaint.
    private func refused(_ page: String) -> [String] {
        Papers.commands(in: page).compactMap { words in
            do {
                _ = try LedgerCommand.parseAsRoot(words)
                return nil
            } catch {
                // Help and version are asked for, not refused.
                guard LedgerCommand.exitCode(for: error) != .success else { return nil }
                return "ledger \(words.joined(separator: " ")): \(LedgerCommand.message(for: error))"
            }
        }
    }

    @Test(arguments: ["README.md", "SECURITY.md", "docs/architecture.md", "docs/proofs.md"])
    func commandsInThePapersExist(_ path: String) throws {
        let page = try Project.text(path)

        #expect(path != "README.md" || Papers.commands(in: page).count > 10)
        #expect(refused(page).isEmpty, "\(refused(page).joined(separator: "\n"))")
    }

    @Test func aCommandThatIsNotThereIsFound() {
        let page = """
            Text with ledger nonsense.

                ledger verify --gates   # everything

            Text.

                $ LEDGER_AS=bob ledger gate approve v1 \\
                      TestGate > a.txt
                ledger said this

            Text.

            ```
            ledger nonsense
            ledger verify --nonsense
            ```
            """

        #expect(
            Papers.commands(in: page) == [
                ["verify", "--gates"], ["gate", "approve", "v1", "TestGate"], ["nonsense"],
                ["verify", "--nonsense"],
            ])
        #expect(refused(page).count == 2)
    }

    @Test func theFormatHasItsHeadings() throws {
        #expect(Papers.missingHeadings(in: try Project.text("FORMAT.md")) == [])
    }

    @Test func aMissingHeadingIsFound() throws {
        let format = try Project.text("FORMAT.md").replacing("\n## 4. ", with: "\n### 4. ")

        #expect(Papers.missingHeadings(in: format) == ["4. Approvals"])
    }

    @Test func shippedMigrationsAreUnedited() throws {
        let lists = Project.files(in: "Migrations", ending: "shipped.sha256")

        #expect(!lists.isEmpty)
        for list in lists {
            let folder = (list as NSString).deletingLastPathComponent
            let edited = Papers.editedMigrations(shipped: try Project.text(list)) { name in
                FileManager.default.contents(atPath: "\(Project.folder)/\(folder)/\(name)").map { Array($0) }
            }
            #expect(edited == [])
        }
    }

    @Test func anEditedMigrationIsFound() {
        let list = """
            # remark
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  0001_log.sql
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  0002_more.sql
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  0003_gone.sql
            nonsense
            """
        let files = ["0001_log.sql": Array("abc".utf8), "0002_more.sql": Array("abd".utf8)]

        let edited = Papers.editedMigrations(shipped: list) { files[$0] }

        #expect(edited == ["0002_more.sql was edited", "0003_gone.sql is gone", "unreadable: nonsense"])
    }

    @Test func everyDecisionIsInTheIndex() throws {
        let folder = "docs/decisions"
        let pages = Project.files(in: folder, ending: ".md").map { String($0.dropFirst(folder.count + 1)) }

        #expect(pages.count > 5)
        #expect(Papers.unlisted(pages, in: try Project.text("\(folder)/README.md")) == [])
    }

    @Test func aDecisionThatIsNotInTheIndexIsFound() {
        #expect(Papers.unlisted(["README.md", "a.md", "b.md"], in: "| [a.md](a.md) |") == ["b.md"])
    }

    @Test func whatIsBuiltIsNotTracked() throws {
        let tracked = try Project.tracked()

        #expect(tracked.contains("Package.swift"))
        #expect(Papers.strays(among: tracked) == [])
    }

    @Test func aStrayIsFound() {
        let strays = [".build/debug.yaml", "Package.resolved", ".build-release/a", "a/__pycache__/b.pyc"]

        #expect(Papers.strays(among: strays + ["Sources/a.swift", "docs/building.md"]) == strays)
    }
}
