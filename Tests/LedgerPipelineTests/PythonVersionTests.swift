import LedgerPipeline
import Testing

/// PEP 440, appendix B and "Normalization".
struct PythonVersionTests {
    @Test(arguments: [
        ("1.0", "1.0.0"), ("v1.0", "1"), ("1.0a1", "1.0.ALPHA-1"), ("1.0b", "1.0beta0"), ("1.0rc1", "1.0-c1"),
        ("1.0rc2", "1.0preview2"), ("1.0.post1", "1.0-1"), ("1.0.post2", "1.0rev2"), ("1.0.dev3", "1.0-DEV3"),
        ("01.02", "1.2"), ("0!1.0", "1.0"), ("2!1", "2!1.0"), ("1.0a1.post2.dev3", "1.0alpha1-2dev3"),
    ])
    func spellingsOfOneVersionAreEqual(_ one: String, _ other: String) throws {
        let (one, other) = try (#require(PythonVersion(one)), #require(PythonVersion(other)))

        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }

    @Test(arguments: [
        ("1.0", "1.1"), ("1.0", "1.0a0"), ("1.0a1", "1.0b1"), ("1.0", "1.0.post0"), ("1.0", "1!1.0"),
        ("1.0.dev0", "1.0"), ("1.0rc1", "1.0rc2"), ("10", "1"),
    ])
    func differentVersionsAreNotEqual(_ one: String, _ other: String) throws {
        #expect(try #require(PythonVersion(one)) != #require(PythonVersion(other)))
    }

    @Test(arguments: [
        "", "v", "nope", "1.", ".1", "1..2", "1.0+local", "1.0.final", "1.0 ", " 1.0", "1.0a1b2", "1.0é",
        "1!",
        "!1", "1.0-", "1.0post-", "٣", "1.0\n", String(repeating: "1", count: 129),
    ])
    func whatIsNoPublicVersionIsRefused(_ text: String) { #expect(PythonVersion(text) == nil) }

    @Test(arguments: [
        ("v1.0-RC.1", "1.0rc1"), ("1.0", "1.0"), ("1.0.0", "1.0.0"), ("01.0a", "1.0a0"),
        ("1!2.0.DEV", "1!2.0.dev0"),
    ])
    func aVersionIsWrittenInItsNormalForm(_ text: String, _ normal: String) {
        #expect(PythonVersion(text)?.normalized == normal)
    }

    @Test(arguments: [
        ("autocli", "autocli"), ("Auto_CLI", "auto-cli"), ("a.-_b", "a-b"), ("A1", "a1"),
    ])
    func aProjectNameIsNormalised(_ text: String, _ normal: String) {
        #expect(ProjectName.normalized(text) == normal)
    }

    @Test(arguments: ["", "-a", "a-", "a b", "../x", "$(id)", "a/b", "é", "a\u{0}"])
    func whatIsNoProjectNameIsRefused(_ text: String) { #expect(ProjectName.normalized(text) == nil) }
}
