import Contracts
import Foundation

/// Every command that the broker confirmed has its effect exactly once, or is refused or parked exactly once with a
/// reason, and every effect has a cause (contract section 4, contract section 5, contract section 7). Only a
/// volunteer's own commands change their standing, so the expected effect of each response is known.
struct CommandRule {
    private enum Standing {
        case confirmed
        case waiting
        case out
    }

    private struct ApplicationState {
        var content: ApplicationContent
        var isCancelled = false
        var standings: [ID: Standing] = [:]
    }

    private let evidence: Evidence
    private var known: [ID: ApplicationState] = [:]
    private var refusals: [String: [String]] = [:]
    private var parkReasons: [String: [String]] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = CommandRule(evidence)
        for command in evidence.history.commands { rule.check(command) }
        rule.checkCauses()
        return rule.violations
    }

    private init(_ evidence: Evidence) {
        self.evidence = evidence
        let finalState = evidence.history.finalStates[.application] ?? History.FinalState()
        let forwarded = Self.forwarded(evidence)
        for entry in finalState.refused {
            let id = entry.messageID ?? ""
            refusals[forwarded[id] ?? id, default: []].append(entry.reason)
        }
        for entry in finalState.parked { parkReasons[entry.messageID ?? "", default: []].append(entry.reason) }
    }

    /// The original message ids of commands that another process decided, by the message id under which it got them.
    static func forwarded(_ evidence: Evidence) -> [String: String] {
        let commands = Dictionary(evidence.history.commands.map { ($0.trace, $0.messageID) }) { first, _ in first }
        var ids: [String: String] = [:]
        for observed in evidence.messages(.forwarded) {
            ids[observed.messageID] = observed.trace.flatMap { commands[$0] }
        }
        return ids
    }

    private mutating func report(_ name: Violation.Name, _ command: Command, _ text: String) {
        violations.append(
            Violation(
                name, application: command.message?.applicationID, volunteer: command.message?.volunteerID,
                "\(command.messageID) (\(String(decoding: command.bytes.prefix(120), as: UTF8.self))) \(text)"))
    }

    /// Lost if the count is 0, duplicated if it is more than 1.
    private mutating func expectOne(_ count: Int, _ command: Command, _ what: String) {
        if count == 0 { report(.lost, command, "had no effect: no \(what)") }
        if count > 1 { report(.duplicated, command, "had its effect \(count) times: \(what)") }
    }

    private mutating func check(_ command: Command) {
        let parked = parkReasons[command.messageID] ?? []
        let refused = refusals[command.messageID] ?? []
        guard let message = command.message else {
            return expectOne(parked.count, command, "parking")
        }
        if !parked.isEmpty { report(.uncaused, command, "was parked: \(parked[0])") }
        if refused.count > 1 { report(.duplicated, command, "was refused \(refused.count) times") }
        switch message {
        case .create(let create): check(create, command, refused.first)
        case .update(let update): check(update, command, refused.first)
        case .cancel(let cancel): check(cancel, command, refused.first)
        case .response(let response):
            check(response.volunteerID, response.applicationID, response.status, command, refused.first)
        case .waiting(let waiting):
            check(waiting.volunteerID, waiting.applicationID, .accepted, command, refused.first)
        case .waitingListRecord(let record):
            check(record.userID, record.applicationID, .accepted, command, refused.first)
        default: expectOne(refused.count, command, "refusal, since only the system sends this")
        }
    }

    // MARK: - Applications

    private mutating func check(_ create: CreateVolunteerApplication, _ command: Command, _ refused: String?) {
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .create }
        if known[create.applicationID] != nil {
            if refused == nil { report(.lost, command, "is a second create but was not refused") }
            if sent > 0 { report(.duplicated, command, "was refused but had its effect") }
            return
        }
        let content = ApplicationContent(create, zone: evidence.history.conditions.zone)
        known[create.applicationID] = ApplicationState(content: content)
        if let refused { report(.uncaused, command, "was refused: \(refused)") }
        expectOne(sent, command, "create to the waiting list")
    }

    private mutating func check(_ update: UpdateVolunteerApplication, _ command: Command, _ refused: String?) {
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .update }
        let toNotifier = evidence.broadcasts(.update, becauseOf: command)
        let new = known[update.applicationID].map { $0.content.updated(by: update) }
        guard let old = known[update.applicationID], let new, !old.isCancelled else {
            return expectRefusal(refused, effects: sent + toNotifier.reduce(0, +), command)
        }
        if let refused { return report(.uncaused, command, "was refused: \(refused)") }
        if new == old.content {
            if sent + toNotifier.reduce(0, +) > 0 { report(.uncaused, command, "changes nothing but had an effect") }
            return
        }
        known[update.applicationID]?.content = new
        expectOne(sent, command, "update to the waiting list")
        for count in toNotifier where count > 0 { expectOne(count, command, "update to a notifier") }
    }

    private mutating func check(_ cancel: CancelVolunteerApplication, _ command: Command, _ refused: String?) {
        let id = cancel.applicationID
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .cancel }
        let toNotifier = evidence.broadcasts(.cancel, becauseOf: command)
        guard let old = known[id] else {
            return expectRefusal(refused, effects: sent + toNotifier.reduce(0, +), command)
        }
        if let refused { return report(.uncaused, command, "was refused: \(refused)") }
        if old.isCancelled {
            if sent + toNotifier.reduce(0, +) > 0 {
                report(.duplicated, command, "cancels a cancelled application but had an effect")
            }
            return
        }
        known[id]?.isCancelled = true
        expectOne(sent, command, "cancellation to the waiting list")
        for count in toNotifier where count > 0 { expectOne(count, command, "cancellation to a notifier") }
        checkCancellation(of: id, old, command)
    }

    /// The confirmed and the waiting are notified of the cancellation once, and no one else is (rule 11).
    private mutating func checkCancellation(of id: ID, _ old: ApplicationState, _ command: Command) {
        var counts: [ID: Int] = [:]
        for observed in evidence.messages(.toNotifier) {
            guard let record = observed.message?.spotStatus, record.applicationID == id, record.status == .cancelled
            else { continue }
            counts[record.userID, default: 0] += 1
        }
        let concerned = Set(old.standings.filter { $0.value != .out }.keys)
        for volunteer in concerned.union(counts.keys).sorted() {
            let count = counts[volunteer] ?? 0
            let text = "was notified \(count) times of \(command.messageID)"
            if !concerned.contains(volunteer) {
                violations.append(Violation(.uncaused, application: id, volunteer: volunteer, text))
            } else if count != 1 {
                let name: Violation.Name = count == 0 ? .notNotified : .notifiedTwice
                violations.append(Violation(name, application: id, volunteer: volunteer, text))
            }
        }
    }

    private mutating func expectRefusal(_ refused: String?, effects: Int, _ command: Command) {
        if refused == nil { report(.lost, command, "was not refused but could not be applied") }
        if effects > 0 { report(.duplicated, command, "had an effect on a cancelled or unknown application") }
    }

    // MARK: - Responses

    private mutating func check(
        _ volunteer: ID, _ id: ID, _ status: ResponseStatus, _ command: Command, _ refused: String?
    ) {
        let toNotifier = evidence.toNotifier(becauseOf: command)
        let sent = evidence.toWaitlist(becauseOf: command)
        let refusals = toNotifier.count { $0.tells(volunteer, .refused) }
        if let refused {
            checkRefusal(refused, messages: toNotifier, volunteer, id, command)
            return expectOne(refusals, command, "notification of the refusal")
        }
        let isRemoved = command.door == .http && status == .declined && known[id]?.standings[volunteer] ?? .out != .out
        if isRemoved {
            // The clients are not the volunteers: a decline over HTTP is the organiser's (rule 4).
            expectOne(refusals, command, "notification of the removal")
        } else if refusals > 0 {
            report(.uncaused, command, "was reported as refused but is not recorded as refused")
        }
        guard let application = known[id], !application.isCancelled else {
            return report(.lost, command, "was not refused but could not be applied")
        }
        let confirmed = toNotifier.count { $0.tells(volunteer, .confirmed) }
        let listed = sent.count { $0.action == .waiting && $0.volunteerID == volunteer }
        let left = sent.count { $0.action == .response && $0.volunteerID == volunteer }
        let dropped = toNotifier.count { $0.action == .response && $0.volunteerID == volunteer }
        let standing = application.standings[volunteer] ?? .out
        switch (status, standing) {
        case (.accepted, .out):
            expectOne(confirmed + listed, command, "confirmation or position on the list")
            expectNone(left + dropped, command)
            if confirmed + listed > 0 { known[id]?.standings[volunteer] = confirmed > 0 ? .confirmed : .waiting }
        case (.accepted, .waiting):
            expectNone(listed + dropped, command)
            if confirmed + left > 0 { known[id]?.standings[volunteer] = .confirmed }
            if confirmed > 1 { report(.duplicated, command, "confirmed \(confirmed) times") }
            if confirmed == 1, left != 1 {
                let text = "\(command.messageID) confirms a waiting volunteer who stays on the list"
                violations.append(Violation(.confirmedAndWaiting, application: id, volunteer: volunteer, text))
            }
            if confirmed == 0, left > 0 { report(.uncaused, command, "left the list but was not confirmed") }
        case (.declined, .waiting):
            expectOne(left, command, "response to the waiting list")
            expectOne(dropped, command, "response to the notifier")
            expectNone(confirmed + listed, command)
            known[id]?.standings[volunteer] = .out
        case (.declined, .confirmed):
            expectOne(dropped, command, "response to the notifier")
            expectNone(confirmed + listed + left, command)
            known[id]?.standings[volunteer] = .out
        case (.accepted, .confirmed), (.declined, .out):
            expectNone(confirmed + listed + left + dropped, command)
        }
    }

    private mutating func expectNone(_ count: Int, _ command: Command) {
        if count > 0 { report(.duplicated, command, "had an effect that it should not have") }
    }

    private mutating func checkRefusal(
        _ reason: String, messages: [Message], _ volunteer: ID, _ id: ID, _ command: Command
    ) {
        let record = messages.compactMap(\.spotStatus).first { $0.status == .refused && $0.userID == volunteer }
        let application = known[id]
        switch reason {
        case "unknown_application":
            if application != nil { report(.uncaused, command, "was refused: \(reason)") }
        case "application_cancelled":
            if application?.isCancelled != true { report(.uncaused, command, "was refused: \(reason)") }
        case "application_started":
            // A clock that was ahead, and has been set back since, may have shown the start.
            guard let application, !application.isCancelled else {
                return report(.uncaused, command, "was refused: \(reason)")
            }
            let time = record?.timestamp.timestamp(in: .gmt) ?? evidence.history.endedAt
            if application.content.startsAt > time.advanced(by: evidence.history.clockAhead) {
                report(.uncaused, command, "was refused before the start: \(reason)")
            }
        default: report(.uncaused, command, "was refused: \(reason)")
        }
    }

    // MARK: - Causes

    /// Confirmations, list entries, declines and refusals are caused by a command of the volunteer concerned, in the
    /// order of the commands. Everything refused or parked was sent.
    private mutating func checkCauses() {
        let commands = Dictionary(evidence.history.commands.map { ($0.trace, $0) }) { first, _ in first }
        for stream in evidence.streams(.toNotifier) + evidence.streams(.toWaitlist) {
            checkCauses(on: stream, commands)
        }
        // After a loss the history is only a part of what was sent.
        guard evidence.history.losses.isEmpty else { return }
        let sent = Set(evidence.history.commands.map(\.messageID))
        for id in Set(refusals.keys).union(parkReasons.keys).subtracting(sent).sorted() {
            violations.append(Violation(.uncaused, "\(id) was refused or parked but never sent"))
        }
    }

    private mutating func checkCauses(on stream: Evidence.Stream, _ commands: [String: Command]) {
        var latest: [ID: Int] = [:]
        for observed in stream.messages {
            guard let message = observed.message, needsCommand(message),
                !evidence.introductions.contains(observed.messageID)
            else { continue }
            let id = message.applicationID
            guard let command = observed.trace.flatMap({ commands[$0] }), let cause = command.message,
                cause.applicationID == id, cause.volunteerID == message.volunteerID
            else {
                violations.append(
                    Violation(
                        .uncaused, application: id, volunteer: message.volunteerID,
                        "no command caused \(observed.line)"))
                continue
            }
            guard let id else { continue }
            if let before = latest[id], before > command.number {
                report(.outOfOrder, command, "has its effect on \(stream.name) after the effect of command \(before)")
            }
            latest[id] = max(latest[id] ?? 0, command.number)
        }
    }

    private func needsCommand(_ message: Message) -> Bool {
        switch message {
        case .spotStatus(let record): record.status == .confirmed || record.status == .refused
        case .response, .waiting, .create, .update, .cancel: true
        default: false
        }
    }
}
