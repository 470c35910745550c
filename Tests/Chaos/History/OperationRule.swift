import Contracts

/// An operation ends as the messages say that its command ended. A response that waits for WaitlistService's answer may
/// be replaced first, by a later one of the same volunteer: then it ends as that one did.
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
        let expected = accepted.map { exchange in
            exchange.response.map { rule.apply($0, exchange.command) }
        }
        for (index, exchange) in accepted.enumerated() {
            let later = zip(accepted, expected).dropFirst(index + 1)
            rule.check(exchange, expected[index], before: Array(later))
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

    /// - Parameters:
    ///   - expected: the outcome of a response.
    ///   - later: the commands after it, with theirs.
    private mutating func check(
        _ exchange: HTTPExchange, _ expected: Standing?, before later: [(HTTPExchange, Standing?)]
    ) {
        let command = exchange.command
        func report(_ text: String) {
            violations.append(
                Violation(
                    .wrongAnswer, application: command.message?.applicationID,
                    volunteer: command.message?.volunteerID, "the operation of \(command.messageID) \(text)"))
        }
        guard let operation = exchange.operation else { return report("cannot be read") }
        guard let response = exchange.response, let expected else {
            if operation.status != "succeeded" { report("is \(operation.status)") }
            return
        }
        if operation.status == "succeeded", operation.outcome == expected.rawValue {
            guard expected == .waiting, exchange.purpose == .command(hasKey: true), let own = positions[command.trace]
            else { return }
            if operation.position != own {
                report("says position \(operation.position.map(String.init) ?? "none"), WaitlistService said \(own)")
            }
            return
        }
        if expected == .waiting {
            let later = later.filter { $0.0.command.message?.applicationID == response.applicationID }
            if operation.status == "failed", operation.code == "application_cancelled",
                later.contains(where: { $0.0.command.message?.action == .cancel })
            {
                return
            }
            let replacement = later.first { $0.0.response?.volunteerID == response.volunteerID && $0.1 != .waiting }
            if let outcome = replacement?.1, operation.status == "succeeded", operation.outcome == outcome.rawValue {
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
    fileprivate var response: VolunteerResponse? {
        if case .response(let response) = command.message { response } else { nil }
    }

    /// Whether it is a command that was answered with 202.
    package var isAcceptedCommand: Bool {
        if case .command = purpose { answer?.status == 202 } else { false }
    }
}
