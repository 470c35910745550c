import Contracts

/// After losses, what ApplicationService's file must hold: everything but the commands that may be lost
/// (``LostCommands``). Each of those may have had its effect or not; all others count.
struct SurvivalRule {
    private enum Outcome {
        case isIn
        case isOut
    }

    private let history: History
    private let lost: LostCommands
    /// The reasons of refusals, by the message id of the command.
    private var refusals: [String: String] = [:]
    private var violations: [Violation] = []

    static func violations(_ whole: History) -> [Violation] {
        guard !whole.losses.isEmpty, !whole.rest.isEmpty, let history = whole.untilRest else { return [] }
        var rule = SurvivalRule(history)
        let commands = Dictionary(grouping: history.commands) { $0.message?.applicationID }
        for (id, commands) in commands {
            if let id { rule.check(id, commands) }
        }
        rule.checkOperations()
        return rule.violations.sorted { $0.description < $1.description }
    }

    private init(_ history: History) {
        self.history = history
        lost = LostCommands(history)
        let forwarded = CommandRule.forwarded(Evidence(history))
        for entry in history.finalStates[.application]?.refused ?? [] {
            let id = entry.messageID ?? ""
            refusals[forwarded[id] ?? id] = entry.reason
        }
        for exchange in history.exchanges where exchange.operation?.status == "failed" {
            refusals[exchange.command.messageID] = exchange.operation?.code ?? "failed"
        }
    }

    private mutating func report(_ name: Violation.Name, _ id: ID, _ volunteer: ID?, _ text: String) {
        violations.append(Violation(name, application: id, volunteer: volunteer, text))
    }

    private mutating func check(_ id: ID, _ commands: [Command]) {
        guard let first = commands.first(where: { $0.message?.action == .create }) else { return }
        let decider = history.rest[id]?.decider ?? ApplicationRest.Decider()
        let isCertain = !lost.contains(first)
        if isCertain, !decider.exists {
            report(.lost, id, nil, "was created by \(first.messageID), but is unknown at the end")
        }
        guard decider.exists else { return }
        if isCertain {
            checkRefusals(id, commands.drop { $0 != first }.dropFirst())
            checkContent(id, decider, commands)
        }
        guard !decider.isCancelled else { return }
        let responses = Dictionary(grouping: commands.filter { Self.outcome($0) != nil }) { $0.message?.volunteerID }
        for (volunteer, commands) in responses {
            if let volunteer { checkStanding(of: volunteer, in: id, decider, commands) }
        }
        for member in decider.confirmed.union(decider.waiting) where responses[member] == nil {
            report(.uncaused, id, member, "is in ApplicationService's file without a command")
        }
    }

    /// An application that cannot have been lost is known to every later command.
    private mutating func checkRefusals(_ id: ID, _ later: ArraySlice<Command>) {
        for command in later where refusals[command.messageID] == "unknown_application" {
            report(.lost, id, command.message?.volunteerID, "was unknown to \(command.messageID), which came later")
        }
    }

    private mutating func checkContent(_ id: ID, _ decider: ApplicationRest.Decider, _ commands: [Command]) {
        var capacities: Set<Int> = []
        var names: Set<String> = []
        var most = 0
        for command in commands where refusals[command.messageID] == nil {
            let isCertain = !lost.contains(command)
            switch command.message {
            case .create(let create):
                most = max(most, create.availableSpots)
                // A second create is refused.
                guard names.isEmpty else { continue }
                capacities = [create.availableSpots]
                names = [create.name]
            case .update(let update):
                if let spots = update.availableSpots {
                    most = max(most, spots)
                    if isCertain { capacities = [] }
                    capacities.insert(spots)
                }
                if let name = update.name {
                    if isCertain { names = [] }
                    names.insert(name)
                }
            case .cancel:
                if isCertain, !decider.isCancelled {
                    report(.lost, id, nil, "was cancelled by \(command.messageID), but is not at the end")
                }
            default: continue
            }
        }
        if decider.confirmed.count > most {
            report(
                .overbooked, id, nil,
                "\(decider.confirmed.count) are confirmed; there never were more than \(most) spots")
        }
        guard !decider.isCancelled else { return }
        if !capacities.contains(decider.capacity) {
            report(.lost, id, nil, "has \(decider.capacity) spots at the end; the commands say \(capacities.sorted())")
        }
        if !names.contains(decider.name) {
            report(.lost, id, nil, "is called \(decider.name) at the end; the commands say \(names.sorted())")
        }
    }

    private mutating func checkStanding(
        of volunteer: ID, in id: ID, _ decider: ApplicationRest.Decider, _ commands: [Command]
    ) {
        var allowed: Set<Outcome> = [.isOut]
        var last: Command?
        for command in commands where refusals[command.messageID] == nil {
            guard let outcome = Self.outcome(command), !lost.contains(command) else { continue }
            allowed = [outcome]
            last = command
        }
        // Whenever a lost command is sent again, it is decided again.
        for command in commands where lost.contains(command) {
            if let outcome = Self.outcome(command) { allowed.insert(outcome) }
        }
        let isIn = decider.confirmed.contains(volunteer) || decider.waiting.contains(volunteer)
        guard !allowed.contains(isIn ? .isIn : .isOut) else { return }
        let said =
            last.map { "\($0.messageID) was the last command, and cannot have been lost" } ?? "no command says so"
        report(.lost, id, volunteer, "\(isIn ? "has a place" : "has no place") at the end, but \(said)")
    }

    /// What a response asks for.
    private static func outcome(_ command: Command) -> Outcome? {
        switch command.message {
        case .response(let response): response.status == .accepted ? .isIn : .isOut
        case .waiting, .waitingListRecord: .isIn
        default: nil
        }
    }

    /// An operation of a command that cannot have been lost has ended.
    private mutating func checkOperations() {
        for exchange in history.exchanges where exchange.isAcceptedCommand && !lost.contains(exchange.command) {
            let status = exchange.operation?.status
            guard status != "succeeded", status != "failed", let id = exchange.command.message?.applicationID else {
                continue
            }
            let text = "the operation of \(exchange.command.messageID) is \(status ?? "unknown")"
            report(.lost, id, exchange.command.message?.volunteerID, text)
        }
    }
}
