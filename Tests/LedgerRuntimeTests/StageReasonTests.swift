import Testing

@testable import LedgerRuntime

@Suite struct StageReasonTests {
    @Test(arguments: [
        ("cannot write '/srv/scratch/7/work/out/a-1.whl'.", "cannot write 'a-1.whl'."),
        ("/home/alice/x/a.whl: FAILED", "a.whl: FAILED"), ("(see /var/log/a.log)", "(see a.log)"),
        ("file:///home/alice/repo is gone", "repo is gone"), ("--cert=/etc/ssl/x.pem", "--cert=x.pem"),
        ("'/usr/bin/git' could not be run.", "'git' could not be run."), ("<ssh> /a/b/c", "<ssh> c"),
    ])
    func ofAPathOnlyItsNameIsLeft(_ words: String, _ expected: String) {
        #expect(StageReason(words).text == expected)
    }

    @Test(arguments: [
        "no answer from https://test.pypi.org/legacy/.", "http://127.0.0.1:8080/simple/autocli/ is not JSON",
        "ghcr.io/example/autocli:0.1.0 was moved", "3 of 4 files", "a / b", "either/or", "/", "look in /tmp",
    ])
    func whatIsNoPathStays(_ words: String) { #expect(StageReason(words).text == words) }

    @Test func ofATracebackOnlyTheErrorIsLeft() {
        let words = """
            uploading failed: Traceback (most recent call last):
              File "/tmp/tools/lib/python3.11/site-packages/twine/__main__.py", line 33, in main
                error = cli.dispatch(sys.argv[1:])
            During handling of the above exception, another exception occurred:
              File "/tmp/tools/lib/x.py", line 3, in f
            requests.exceptions.ConnectionError: no route to index.example
            """

        let reason = StageReason(words).text

        #expect(reason == "uploading failed: requests.exceptions.ConnectionError: no route to index.example")
    }

    @Test func aReasonIsOneLineAndShort() {
        let reason = StageReason(String(repeating: "many words\r\n", count: 1000)).text

        #expect(reason.count == StageReason.limit && reason.hasSuffix("…"))
        let hasBreak = reason.contains { $0.isNewline }
        #expect(!hasBreak)
    }

    @Test func anUploadThatGotNoAnswerSaysTheLastWords() {
        let text =
            "Uploading a.whl\nTraceback (most recent call last):\n  File \"/a/b.py\"\nOSError: gone\n\n"

        #expect(TwineUpload.end(of: text) == .lost(words: "OSError: gone"))
    }

    @Test func secretsAreTakenOutOfAReason() {
        let log = StageLog(redactor: Redactor(secrets: ["hunter22"]))

        #expect(!log.reason("cannot use hunter22 in /a/hunter22/b").contains("hunter22"))
    }
}
