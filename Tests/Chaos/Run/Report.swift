import ChaosHistory
import Contracts
import Foundation

/// Says how a run went, and of one that failed what is needed to find out why.
struct Report {
    let history: History
    let objections: [Objection]
    let performed: [Fault.Kind: Int]
    /// How to run it again.
    let command: String

    private static let mostObjections = 20
    private static let mostLines = 150

    func write() {
        let faults = performed.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
        say(
            "\(history.commands.count) commands, \(history.sightings.count) messages; \(faults.joined(separator: ", "))"
        )
        guard !objections.isEmpty else { return say("nothing lost, nothing doubled, nobody overbooked") }
        for objection in objections.prefix(Self.mostObjections) { say("objection: \(objection)") }
        if objections.count > Self.mostObjections { say("… and \(objections.count - Self.mostObjections) more") }
        if let first = objections.first(where: { $0.application != nil }), let application = first.application {
            tell(first, about: application)
        }
        say("\nrun it again: \(command)")
    }

    /// The shortest history that shows the flaw; where it shows only beside others, all that concerns the volunteer.
    private func tell(_ objection: Objection, about application: ID) {
        var lines = history.account(of: application, volunteer: objection.volunteer)
        var title = "The history of \(objection.name.rawValue), \(lines.count) lines:"
        if let shortest = Shrinker.shortest(history, for: objection) {
            let all = lines.count
            lines = shortest.account(of: application)
            title = "The shortest history of \(objection.name.rawValue), \(lines.count) lines of \(all):"
        }
        say("\n\(title)")
        for line in lines.suffix(Self.mostLines) { say(line) }
    }
}
