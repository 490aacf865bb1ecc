import LedgerPipeline
import LedgerProof
import Testing

@testable import LedgerRuntime

@Suite struct SimpleIndexTests {
    static let hex = String(repeating: "ab", count: 32)

    @Test func theJSONFormIsRead() throws {
        let page = try HTTPAddress("https://pypi.example/simple/autocli/")
        let json = """
            {"meta":{"api-version":"1.4","_last-serial":7},"name":"autocli","versions":["0.1.0"],"files":[
              {"filename":"autocli-0.1.0-py3-none-any.whl","url":"https://files.pypi.example/a/autocli.whl#x",
               "hashes":{"sha256":"\(Self.hex.uppercased())"},"size":12,"yanked":false,"core-metadata":true,
               "requires-python":null,"provenance":null},
              {"filename":"autocli-0.1.0.tar.gz","url":"../../files/autocli-0.1.0.tar.gz","hashes":{}}]}
            """

        let files = try SimpleIndex.parseJSON([UInt8](json.utf8), page: page)

        #expect(files.map(\.name) == ["autocli-0.1.0-py3-none-any.whl", "autocli-0.1.0.tar.gz"])
        #expect(files[0].digest?.hex == Self.hex)
        #expect(files[0].size == 12)
        #expect(files[1].address.text == "https://pypi.example/files/autocli-0.1.0.tar.gz")
        #expect(files[1].digest == nil)
    }

    @Test func theHTMLFormIsRead() throws {
        let page = try HTTPAddress("http://127.0.0.1:8080/simple/auto-cli/")
        let html = """
            <!DOCTYPE html><html><head><title>Links</title></head><body>
            <A data-x="&gt;" HREF='/p/auto_cli-0.1.0%2B1.tar.gz?x=1&amp;y=2#sha256=\(Self.hex)'>x</A>
            <a
              href="auto_cli-0.1.0-py3-none-any.whl#md5=00">auto_cli</a><abbr href="no">no</abbr>
            </body></html>
            """

        let files = try SimpleIndex.parseHTML([UInt8](html.utf8), page: page)

        #expect(files.map(\.name) == ["auto_cli-0.1.0+1.tar.gz", "auto_cli-0.1.0-py3-none-any.whl"])
        #expect(files[0].address.text == "http://127.0.0.1:8080/p/auto_cli-0.1.0%2B1.tar.gz?x=1&y=2")
        #expect(files[0].digest?.hex == Self.hex)
        #expect(
            files[1].address.text == "http://127.0.0.1:8080/simple/auto-cli/auto_cli-0.1.0-py3-none-any.whl")
        #expect(files[1].digest == nil)
    }

    @Test(arguments: [
        "", "internal server error", "{\"files\":", "{\"files\":[{\"filename\":1}]}", "[]",
        "{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}",
    ])
    func whatIsNoIndexIsNeverReadAsAnEmptyOne(text: String) throws {
        let page = try HTTPAddress("https://pypi.example/simple/autocli/")

        #expect(throws: RuntimeFault.self) { try SimpleIndex.parseJSON([UInt8](text.utf8), page: page) }
        #expect(throws: RuntimeFault.self) { try SimpleIndex.parseHTML([UInt8](text.utf8), page: page) }
    }

    @Test func aPageMayNotSendUsToPlainHTTP() throws {
        let page = try HTTPAddress("https://pypi.example/simple/autocli/")
        let html = #"<html><a href="http://elsewhere.example/autocli-0.1.0.tar.gz">x</a></html>"#

        #expect(throws: RuntimeFault.self) { try SimpleIndex.parseHTML([UInt8](html.utf8), page: page) }
    }

    @Test(arguments: [
        ("auto_cli-0.1.0-py3-none-any.whl", "auto-cli", "0.1"),
        ("Auto.CLI-0.1.0-1build-cp311-abi3-manylinux_2_17_x86_64.whl", "auto-cli", "0.1.0"),
        ("auto_cli-0.1.0.tar.gz", "auto-cli", "0.1.0"),
        ("auto-cli-0.1.0rc1.tar.gz", "auto-cli", "0.1.0rc1"),
        ("auto-cli-0.1.0.zip", "auto-cli", "0.1.0"),
        ("auto_cli-0.1.0-py3.11.egg", "auto-cli", "0.1.0"),
    ])
    func aFileNameSaysProjectAndVersion(name: String, project: String, version: String) throws {
        let found = try #require(PythonFileName(name, project: project))

        #expect(found.project == project)
        #expect(found.version == PythonVersion(version))
    }

    @Test(arguments: ["auto_cli-0.1.0.whl", "auto_cli.tar.gz", "auto_cli-0.1.0.txt", "-0.1.0.tar.gz", ""])
    func whatIsNoDistributionHasNoVersion(name: String) {
        #expect(PythonFileName(name) == nil)
    }

    @Test func aProbeHasFourAnswers() throws {
        let digest = Hash.sha256([UInt8]("a".utf8))
        let wheel = try #require(ArtifactFile(name: "a.whl", digest: digest, size: 1))
        let sdist = try #require(ArtifactFile(name: "a.tar.gz", digest: digest, size: 1))
        let longer = try #require(ArtifactFile(name: "a.whl", digest: digest, size: 2))

        #expect(Probe(ours: [wheel, sdist], served: [wheel, sdist]) == .same([sdist, wheel]))
        #expect(Probe(ours: [wheel, sdist], served: [wheel]) == .partial(present: [wheel]))
        #expect(Probe(ours: [wheel, sdist], served: []) == .absent)
        for served in [[longer, sdist], [wheel, sdist, longer]] {
            guard case .different = Probe(ours: [wheel, sdist], served: served) else {
                Issue.record("\(served)")
                continue
            }
        }
        #expect(Probe(ours: [wheel, sdist], served: [wheel, wheel]) == .partial(present: [wheel]))
        guard case .different = Probe(ours: [wheel], served: [wheel, sdist]) else {
            Issue.record("an extra file")
            return
        }
    }

    @Test func waitingGrowsAndEnds() {
        let patience = PublishPatience(
            visibleWithin: .seconds(60), settle: .seconds(5), firstDelay: .seconds(1),
            largestDelay: .seconds(4))

        #expect(patience.delays(upTo: .seconds(10)) == [1, 2, 4, 3].map { .seconds($0) })
        #expect(patience.delays(upTo: .zero).isEmpty)
    }
}
