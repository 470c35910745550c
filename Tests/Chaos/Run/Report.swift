import ChaosHistory
import Contracts
import Foundation

/// Prints the result of a run and, after a failure, what is needed to find the reason.
struct Report {
    let history: History
    let violations: [Violation]
    let injected: [Fault.Kind: Int]
    /// The command that repeats the run.
    let command: String

    private static let maxViolations = 20
    private static let maxLines = 150

    func write() {
        let faults = injected.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
        printLine(
            "\(history.commands.count) commands, \(history.messages.count) messages; \(faults.joined(separator: ", "))"
        )
        let requests = history.exchanges
        let accepted = requests.count(where: \.isAcceptedCommand)
        printLine("\(requests.count) requests over HTTP, \(accepted) commands accepted")
        for growth in GrowthRule.growth(in: history) where growth.messages > 0 {
            printLine("\(growth.process) grew by \(growth.bytes >> 10) KiB over \(growth.messages) messages")
        }
        guard !violations.isEmpty else { return printLine("nothing lost, nothing duplicated, nothing overbooked") }
        for violation in violations.prefix(Self.maxViolations) { printLine("violation: \(violation)") }
        if violations.count > Self.maxViolations { printLine("… and \(violations.count - Self.maxViolations) more") }
        if let first = violations.first(where: { $0.application != nil }), let application = first.application {
            printHistory(of: first, about: application)
        }
        printLine("\nto repeat the run: \(command)")
    }

    /// Prints the shortest history with the violation or, if there is none, all messages that concern the volunteer.
    private func printHistory(of violation: Violation, about application: ID) {
        var lines = history.account(of: application, volunteer: violation.volunteer)
        var title = "The history of \(violation.name.rawValue), \(lines.count) lines:"
        if let shortest = Shrinker.shortest(history, for: violation) {
            let all = lines.count
            lines = shortest.account(of: application)
            title = "The shortest history of \(violation.name.rawValue), \(lines.count) lines of \(all):"
        }
        printLine("\n\(title)")
        for line in lines.suffix(Self.maxLines) { printLine(line) }
    }
}
