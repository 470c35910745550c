import Contracts

/// The HTTP API (contract section 8): an accepted command is never lost and never doubled, its key always names the
/// same operation, and the operation says what happened.
struct HTTPRule {
    private let evidence: Evidence
    private var violations: [Violation] = []
    /// The operations of accepted commands, by trace.
    private var operations: [String: String] = [:]
    private var created: Set<ID> = []
    private var cancelled: Set<ID> = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = HTTPRule(evidence: evidence)
        for exchange in evidence.history.exchanges { rule.check(exchange) }
        return rule.violations + OperationRule.violations(evidence)
    }

    private init(evidence: Evidence) { self.evidence = evidence }

    private mutating func report(_ name: Violation.Name, _ exchange: HTTPExchange, _ text: String) {
        let command = exchange.command
        violations.append(
            Violation(
                name, application: command.message?.applicationID, volunteer: command.message?.volunteerID,
                "\(command.messageID) (\(String(decoding: command.bytes.prefix(120), as: UTF8.self))) \(text)"))
    }

    private mutating func check(_ exchange: HTTPExchange) {
        guard let answer = exchange.answer else { return report(.lost, exchange, "was never answered") }
        switch exchange.purpose {
        case .command: check(answer, of: exchange)
        case .replay:
            let operation = operations[exchange.command.trace]
            if answer.status == 202, answer.operation != operation {
                return report(.duplicated, exchange, "has another operation when its key is used again")
            }
            if answer.status != 202 || !answer.isReplay {
                report(.wrongAnswer, exchange, "was answered \(answer.status), not replayed")
            }
        case .otherBody:
            if answer.status != 422 {
                report(.wrongAnswer, exchange, "was answered \(answer.status) when its key came with another body")
            }
        }
    }

    private mutating func check(_ answer: HTTPExchange.Answer, of exchange: HTTPExchange) {
        guard let message = exchange.command.message, let id = message.applicationID else { return }
        switch answer.status {
        case 202:
            guard let operation = answer.operation else { return report(.wrongAnswer, exchange, "has no operation") }
            if operations.values.contains(operation) {
                report(.duplicated, exchange, "has the operation of another command")
            }
            operations[exchange.command.trace] = operation
            if message.action == .create { created.insert(id) }
            if message.action == .cancel { cancelled.insert(id) }
            return
        case 404 where !created.contains(id): break
        case 409 where cancelled.contains(id) && answer.code == "application_cancelled": break
        default:
            report(.wrongAnswer, exchange, "was answered \(answer.status) \(answer.code ?? "")")
        }
        let command = exchange.command
        // What is still being sent to all reaches a volunteer before the answer, even if that is a refusal.
        let toNotifier = evidence.toNotifier(becauseOf: command).filter { told in
            guard answer.code == "application_cancelled", let volunteer = message.volunteerID else { return true }
            return !told.tells(volunteer, .cancelled) && !told.tells(volunteer, .notChosen)
        }
        if !evidence.toWaitlist(becauseOf: command).isEmpty || !toNotifier.isEmpty {
            report(.duplicated, exchange, "was refused but had an effect")
        }
    }
}
