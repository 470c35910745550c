import Contracts

/// An operation ends as the messages say that its command ended.
struct OperationRule {
    private enum Standing: String {
        case confirmed
        case waiting
        case declined
    }

    private struct Recipient: Hashable {
        let application: ID
        let volunteer: ID
    }

    private let evidence: Evidence
    /// The positions that WaitlistService gave, by trace.
    private let positions: [String: Int]
    private var standings: [Recipient: Standing] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = OperationRule(evidence)
        let accepted = evidence.history.exchanges.filter { $0.isAcceptedCommand }
        for (index, exchange) in accepted.enumerated() {
            rule.check(exchange, before: accepted[(index + 1)...])
        }
        return rule.violations
    }

    private init(_ evidence: Evidence) {
        self.evidence = evidence
        var positions: [String: Int] = [:]
        for observed in evidence.messages(.toApplication) {
            guard case .waitingListRecord(let record) = observed.message, let trace = observed.trace else { continue }
            positions[trace] = record.position
        }
        self.positions = positions
    }

    private mutating func check(_ exchange: HTTPExchange, before later: ArraySlice<HTTPExchange>) {
        let command = exchange.command
        func report(_ text: String) {
            violations.append(
                Violation(
                    .wrongAnswer, application: command.message?.applicationID,
                    volunteer: command.message?.volunteerID, "the operation of \(command.messageID) \(text)"))
        }
        guard let operation = exchange.operation else { return report("cannot be read") }
        guard case .response(let response) = command.message else {
            if operation.status != "succeeded" { report("is \(operation.status)") }
            return
        }
        let expected = apply(response, command)
        if operation.status == "succeeded", operation.outcome == expected.rawValue {
            guard expected == .waiting, exchange.purpose == .command(hasKey: true), let own = positions[command.trace]
            else { return }
            if operation.position != own {
                report("says position \(operation.position.map(String.init) ?? "none"), WaitlistService said \(own)")
            }
            return
        }
        // What waited for WaitlistService may have been overtaken by a later command.
        if expected == .waiting {
            let messages = later.compactMap(\.command.message).filter { $0.applicationID == response.applicationID }
            if operation.status == "failed", operation.code == "application_cancelled",
                messages.contains(where: { $0.action == .cancel })
            {
                return
            }
            if operation.status == "succeeded", operation.outcome != Standing.waiting.rawValue,
                messages.contains(where: { $0.volunteerID == response.volunteerID })
            {
                return
            }
        }
        report("is \(operation.status) \(operation.outcome ?? operation.code ?? ""), but it was \(expected.rawValue)")
    }

    /// The outcome by the command's effects, or without any by what held before.
    private mutating func apply(_ response: VolunteerResponse, _ command: Command) -> Standing {
        let recipient = Recipient(application: response.applicationID, volunteer: response.volunteerID)
        let isConfirmed = evidence.toNotifier(becauseOf: command).contains {
            $0.tells(response.volunteerID, .confirmed)
        }
        let isListed = evidence.toWaitlist(becauseOf: command).contains { $0.action == .waiting }
        if response.status == .declined {
            standings[recipient] = .declined
        } else if isConfirmed {
            standings[recipient] = .confirmed
        } else if isListed {
            standings[recipient] = .waiting
        }
        return standings[recipient] ?? .declined
    }
}

extension HTTPExchange {
    /// Whether it is a command that was answered with 202.
    package var isAcceptedCommand: Bool {
        if case .command = purpose { answer?.status == 202 } else { false }
    }
}
