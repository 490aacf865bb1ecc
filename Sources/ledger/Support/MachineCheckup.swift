import Foundation
import LedgerEvents
import LedgerProof

/// The machine: its clock, and the disk that the ledger lies on.
struct MachineCheckup {
    private static let topic = "machine"

    static func items(folder: String?, lastRecord: Timestamp?) -> [Checkup.Item] {
        [clock(after: lastRecord), synchronization] + (folder.map { [disk(of: $0)] } ?? [])
    }

    /// A record is never earlier than the one before it (`FORMAT.md` §1).
    private static func clock(after last: Timestamp?) -> Checkup.Item {
        let now = Session.clock.now()
        guard Timestamp.writable.contains(now) else {
            return .init(
                topic, "clock", .problem, "outside of the years 0000 to 9999: nothing can be recorded",
                "Set the clock, for example with `timedatectl set-ntp true`.")
        }
        guard let last, now < last else { return .init(topic, "clock", .fine, Terminal.time(now)) }
        let behind = last.microsecondsSince1970 - now.microsecondsSince1970
        let isTooFar = behind > RecordLinking.toleratedLagMicros
        let end = last.adding(microseconds: -RecordLinking.toleratedLagMicros)
        return .init(
            topic, "clock", isTooFar ? .problem : .warning,
            "\(Terminal.time(now)), behind the last record (\(Terminal.time(last)))"
                + (isTooFar
                    ? ": nothing can be recorded before \(Terminal.time(end))"
                    : ": records take the last one's time"),
            isTooFar
                ? RecordLinking.clockRemedy : "Set the clock, for example with `timedatectl set-ntp true`.")
    }

    private static var synchronization: Checkup.Item {
        switch ProgramCheckup.firstLine(["timedatectl", "show", "--property=NTPSynchronized", "--value"]) {
        case "yes": return .init(topic, "time source", .fine, "the clock is kept by a time source")
        case "no":
            return .init(
                topic, "time source", .warning, "no time source (NTP) keeps this clock",
                "Records carry this clock's time. Let one keep it: `timedatectl set-ntp true`.")
        default:
            return .init(topic, "time source", .fine, "the system does not say whether one keeps the clock")
        }
    }

    private static func disk(of folder: String) -> Checkup.Item {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else {
            return .init(topic, "disk", .warning, "the system does not say how much is free")
        }
        let free = Int(facts.f_bavail) * Int(facts.f_frsize)
        let text = "\(Terminal.bytes(free)) free for the ledger"
        if free < 100_000_000 {
            return .init(topic, "disk", .problem, text, "Make room: a full disk stops every record.")
        }
        if free < 1_000_000_000 {
            return .init(topic, "disk", .warning, text, "Make room before it is full.")
        }
        return .init(topic, "disk", .fine, text)
    }
}
