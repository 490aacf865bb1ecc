import ArgumentParser

/// `ledger doctor`: is everything here that a ledger needs, and is it kept as it should be?
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at programs, settings, clock, permissions and disk, and say what to do.",
        discussion: """
            Example: ledger doctor

            Ends with 1 where there is a problem. Whether the records are good is `ledger verify`'s to \
            say.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var checkup = Checkup()
        checkup.add(ProgramCheckup.items)
        var folder: LedgerFolder?
        do { folder = try LedgerFolder.find(global.folder) } catch {
            let isNamed = global.folder != nil || Terminal.environment["LEDGER_DIR"] != nil
            checkup.add(
                .init(
                    "ledger", "folder", isNamed || error is NoAccess ? .problem : .fine,
                    Outcome(error).text ?? "there is none here"))
        }
        if let folder {
            let (items, last) = LedgerCheckup(folder: folder).items()
            checkup.add(items)
            checkup.add(MachineCheckup.items(folder: folder.path, lastRecord: last))
        } else {
            checkup.add(MachineCheckup.items(folder: nil, lastRecord: nil))
        }
        if global.output == .json {
            for line in checkup.lines { Terminal.result(JSONText.line(line)) }
        } else {
            Terminal.result(checkup.text)
        }
        try Ending.with(checkup.hasProblem ? .couldNotLook : .done)
    }
}
