import Foundation
import LedgerEvents
import LedgerProof
import LedgerRuntime
import LedgerSQLite

/// The folder of a witness: its key, and what it has cosigned.
///
/// Always true: the two are made together and never apart. A key without its memory could cosign a second
/// history, so where one of them is missing nothing is served and nothing is made anew.
struct WitnessFolder {
    let path: String
    let key: NoteVerifierKey

    private static let keyName = "witness.key"
    private static let memoryName = "witness.db"

    /// The witness that is there, or a new one.
    ///
    /// - Parameter name: of the witness; a new one needs it.
    static func open(_ folder: String, name: String?) throws -> WitnessFolder {
        let path = LedgerFolder.absolute(folder)
        if !FileManager.default.fileExists(atPath: path) {
            guard let name else {
                throw UsageFault(
                    "there is no witness in '\(Terminal.safe(folder))'. To make one, name it: --name witness.example/w1"
                )
            }
            try make(path, name)
        }
        let witness = WitnessFolder(path: path, key: try readKey("\(path)/\(keyName)"))
        guard name == nil || name == witness.key.name else {
            throw UsageFault("the witness in '\(Terminal.safe(folder))' is called \(witness.key.name).")
        }
        _ = try SQLiteWitness(at: "\(path)/\(memoryName)", key: witness.key)
        return witness
    }

    private static func make(_ path: String, _ name: String) throws {
        var generator = SystemRandomNumberGenerator()
        guard let cosigner = Cosigner.make(named: name, using: &generator) else {
            throw UsageFault(
                "'\(Terminal.safe(name))' cannot be the name of a witness: no spaces and no '+', please.")
        }
        let draft = Draft(of: path)
        do {
            try FileManager.default.createDirectory(
                atPath: draft.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try DurableFile.write(
                Data((cosigner.privateText + "\n").utf8), to: "\(draft.path)/\(keyName)", mode: 0o600)
            try SQLiteWitness.create(at: "\(draft.path)/\(memoryName)", key: cosigner.verifierKey)
            try draft.publish()
        } catch {
            draft.discard()
            guard SystemFault(error) != nil else { throw error }
            throw RuntimeFault("cannot make the folder '\(path)'", error)
        }
    }

    private static func readKey(_ file: String) throws -> NoteVerifierKey {
        let remedy = "Put it back; or make a new witness, in another folder."
        let text = try SecretFile.read(file, "the witness's key", remedy: remedy)
        do throws(NoteKeyFault) { return try Cosigner(privateText: text).verifierKey } catch {
            throw RuntimeFault(.storage, "'\(file)' is not the key of a witness: \(error). \(remedy)")
        }
    }
}
