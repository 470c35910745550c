import Contracts
import Foundation

/// Every command that the broker took has its effect once, or is refused or parked with its reason, once; and no effect
/// is without its cause (contract sections 4, 5 and 7). A volunteer's standing changes by nobody's commands but their
/// own, so what each response must bring is known.
struct CommandRule {
    private enum Standing {
        case confirmed
        case waiting
        case out
    }

    private struct Knowledge {
        var particulars: Particulars
        var isCancelled = false
        var standings: [ID: Standing] = [:]
    }

    private let evidence: Evidence
    private var known: [ID: Knowledge] = [:]
    private var refusals: [String: [String]] = [:]
    private var parkings: [String: [String]] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = CommandRule(evidence)
        for command in evidence.history.commands { rule.judge(command) }
        rule.judgeCauses()
        return rule.objections
    }

    private init(_ evidence: Evidence) {
        self.evidence = evidence
        let ending = evidence.history.endings[.application] ?? History.Ending()
        let passedOn = Self.passedOn(evidence)
        for entry in ending.refused {
            let id = entry.messageID ?? ""
            refusals[passedOn[id] ?? id, default: []].append(entry.reason)
        }
        for entry in ending.parked { parkings[entry.messageID ?? "", default: []].append(entry.reason) }
    }

    /// Commands that another process decided, by the message ids under which they came to it.
    private static func passedOn(_ evidence: Evidence) -> [String: String] {
        let commands = Dictionary(evidence.history.commands.map { ($0.trace, $0.messageID) }) { first, _ in first }
        var ids: [String: String] = [:]
        for sighting in evidence.sightings(.forwarded) {
            ids[sighting.messageID] = sighting.trace.flatMap { commands[$0] }
        }
        return ids
    }

    private mutating func object(_ name: Objection.Name, _ command: Command, _ text: String) {
        objections.append(
            Objection(
                name, application: command.message?.applicationID, volunteer: command.message?.volunteerID,
                "\(command.messageID) (\(String(decoding: command.bytes.prefix(120), as: UTF8.self))) \(text)"))
    }

    /// Lost without any of it, doubled with too much.
    private mutating func expectOne(_ count: Int, _ command: Command, _ what: String) {
        if count == 0 { object(.lost, command, "had no effect: no \(what)") }
        if count > 1 { object(.doubled, command, "had its effect \(count) times: \(what)") }
    }

    private mutating func judge(_ command: Command) {
        let parked = parkings[command.messageID] ?? []
        let refused = refusals[command.messageID] ?? []
        guard let message = command.message else {
            return expectOne(parked.count, command, "parking")
        }
        if !parked.isEmpty { object(.causeless, command, "was parked: \(parked[0])") }
        if refused.count > 1 { object(.doubled, command, "was refused \(refused.count) times") }
        switch message {
        case .create(let create): judge(create, command, refused.first)
        case .update(let update): judge(update, command, refused.first)
        case .cancel(let cancel): judge(cancel, command, refused.first)
        case .response(let response):
            judge(response.volunteerID, response.applicationID, response.status, command, refused.first)
        case .waiting(let waiting):
            judge(waiting.volunteerID, waiting.applicationID, .accepted, command, refused.first)
        case .waitingListRecord(let record):
            judge(record.userID, record.applicationID, .accepted, command, refused.first)
        default: expectOne(refused.count, command, "refusal of what only the system says")
        }
    }

    // MARK: - Applications

    private mutating func judge(_ create: CreateVolunteerApplication, _ command: Command, _ refused: String?) {
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .create }
        let told = evidence.broadcasts(.create, becauseOf: command)
        if known[create.applicationID] != nil {
            if refused == nil { object(.lost, command, "is a second create and was not refused") }
            if sent + told.reduce(0, +) > 0 { object(.doubled, command, "was refused and had its effect") }
            return
        }
        known[create.applicationID] = Knowledge(particulars: Particulars(create))
        if let refused { object(.causeless, command, "was refused: \(refused)") }
        expectOne(sent, command, "create to the waiting list")
        for count in told { expectOne(count, command, "create to a notifier") }
    }

    private mutating func judge(_ update: UpdateVolunteerApplication, _ command: Command, _ refused: String?) {
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .update }
        let told = evidence.broadcasts(.update, becauseOf: command)
        let new = known[update.applicationID].map { $0.particulars.updated(by: update) }
        guard let old = known[update.applicationID], let new, !old.isCancelled else {
            return expectRefusal(refused, effects: sent + told.reduce(0, +), command)
        }
        if let refused { return object(.causeless, command, "was refused: \(refused)") }
        if new == old.particulars {
            if sent + told.reduce(0, +) > 0 { object(.causeless, command, "changes nothing and had an effect") }
            return
        }
        known[update.applicationID]?.particulars = new
        expectOne(sent, command, "update to the waiting list")
        for count in told { expectOne(count, command, "update to a notifier") }
    }

    private mutating func judge(_ cancel: CancelVolunteerApplication, _ command: Command, _ refused: String?) {
        let id = cancel.applicationID
        let sent = evidence.toWaitlist(becauseOf: command).count { $0.action == .cancel }
        let told = evidence.broadcasts(.cancel, becauseOf: command)
        guard let old = known[id] else { return expectRefusal(refused, effects: sent + told.reduce(0, +), command) }
        if let refused { return object(.causeless, command, "was refused: \(refused)") }
        if old.isCancelled {
            if sent + told.reduce(0, +) > 0 { object(.doubled, command, "cancels what is cancelled and had an effect") }
            return
        }
        known[id]?.isCancelled = true
        expectOne(sent, command, "cancellation to the waiting list")
        for count in told { expectOne(count, command, "cancellation to a notifier") }
        judgeTold(of: id, old, command)
    }

    /// Who was confirmed or waited hears of the cancellation once, and nobody else (rule 11).
    private mutating func judgeTold(of id: ID, _ old: Knowledge, _ command: Command) {
        var counts: [ID: Int] = [:]
        for sighting in evidence.sightings(.toNotifier) {
            guard let record = sighting.message?.spotStatus, record.applicationID == id, record.status == .cancelled
            else { continue }
            counts[record.userID, default: 0] += 1
        }
        let concerned = Set(old.standings.filter { $0.value != .out }.keys)
        for volunteer in concerned.union(counts.keys).sorted() {
            let count = counts[volunteer] ?? 0
            let text = "\(command.messageID) was told \(count) times"
            if !concerned.contains(volunteer) {
                objections.append(Objection(.causeless, application: id, volunteer: volunteer, text))
            } else if count != 1 {
                let name: Objection.Name = count == 0 ? .untold : .toldTwice
                objections.append(Objection(name, application: id, volunteer: volunteer, text))
            }
        }
    }

    private mutating func expectRefusal(_ refused: String?, effects: Int, _ command: Command) {
        if refused == nil { object(.lost, command, "was not refused, and could not be applied") }
        if effects > 0 { object(.doubled, command, "had an effect on what is cancelled or unknown") }
    }

    // MARK: - Responses

    private mutating func judge(
        _ volunteer: ID, _ id: ID, _ status: ResponseStatus, _ command: Command, _ refused: String?
    ) {
        let told = evidence.told(becauseOf: command)
        let sent = evidence.toWaitlist(becauseOf: command)
        let refusals = told.count { $0.tells(volunteer, .refused) }
        if let refused {
            judgeRefusal(refused, told: told, volunteer, id, command)
            return expectOne(refusals, command, "word of the refusal")
        }
        if refusals > 0 { object(.causeless, command, "was told as refused and is not on record") }
        guard let application = known[id], !application.isCancelled else {
            return object(.lost, command, "was not refused, and could not be applied")
        }
        let confirmed = told.count { $0.tells(volunteer, .confirmed) }
        let listed = sent.count { $0.action == .waiting && $0.volunteerID == volunteer }
        let left = sent.count { $0.action == .response && $0.volunteerID == volunteer }
        let dropped = told.count { $0.action == .response && $0.volunteerID == volunteer }
        let standing = application.standings[volunteer] ?? .out
        switch (status, standing) {
        case (.accepted, .out):
            expectOne(confirmed + listed, command, "confirmation or place on the list")
            expectNone(left + dropped, command)
            if confirmed + listed > 0 { known[id]?.standings[volunteer] = confirmed > 0 ? .confirmed : .waiting }
        case (.accepted, .waiting):
            expectNone(listed + dropped, command)
            if confirmed + left > 0 { known[id]?.standings[volunteer] = .confirmed }
            if confirmed > 1 { object(.doubled, command, "confirmed \(confirmed) times") }
            if confirmed == 1, left != 1 {
                let text = "\(command.messageID) confirms who waits, and the list keeps the place"
                objections.append(Objection(.confirmedAndWaiting, application: id, volunteer: volunteer, text))
            }
            if confirmed == 0, left > 0 { object(.causeless, command, "left the list and was not confirmed") }
        case (.declined, .waiting):
            expectOne(left, command, "word to the waiting list")
            expectOne(dropped, command, "word to the notifier")
            expectNone(confirmed + listed, command)
            known[id]?.standings[volunteer] = .out
        case (.declined, .confirmed):
            expectOne(dropped, command, "word to the notifier")
            expectNone(confirmed + listed + left, command)
            known[id]?.standings[volunteer] = .out
        case (.accepted, .confirmed), (.declined, .out):
            expectNone(confirmed + listed + left + dropped, command)
        }
    }

    private mutating func expectNone(_ count: Int, _ command: Command) {
        if count > 0 { object(.doubled, command, "had an effect that it should not have") }
    }

    private mutating func judgeRefusal(
        _ reason: String, told: [Message], _ volunteer: ID, _ id: ID, _ command: Command
    ) {
        let record = told.compactMap(\.spotStatus).first { $0.status == .refused && $0.userID == volunteer }
        let application = known[id]
        switch reason {
        case "unknown_application":
            if application != nil { object(.causeless, command, "was refused: \(reason)") }
        case "application_cancelled":
            if application?.isCancelled != true { object(.causeless, command, "was refused: \(reason)") }
        case "application_started":
            // The start may have been noticed by a clock that was ahead and has been set back since.
            guard let application, !application.isCancelled else {
                return object(.causeless, command, "was refused: \(reason)")
            }
            let time = record?.timestamp.timestamp(in: .gmt) ?? evidence.history.endedAt
            if application.particulars.startsAt > time.advanced(by: evidence.history.clockAhead) {
                object(.causeless, command, "was refused before the start: \(reason)")
            }
        default: object(.causeless, command, "was refused: \(reason)")
        }
    }

    // MARK: - Causes

    /// Confirmations, places, drop-outs and refusals come from a command of the volunteer concerned, in the order of
    /// the commands, and what is put aside was sent.
    private mutating func judgeCauses() {
        let commands = Dictionary(evidence.history.commands.map { ($0.trace, $0) }) { first, _ in first }
        for lane in evidence.lanes(.toNotifier) + evidence.lanes(.toWaitlist) { judgeCauses(on: lane, commands) }
        let sent = Set(evidence.history.commands.map(\.messageID))
        for id in Set(refusals.keys).union(parkings.keys).subtracting(sent).sorted() {
            objections.append(Objection(.causeless, "\(id) was put aside and never sent"))
        }
    }

    private mutating func judgeCauses(on lane: Evidence.Lane, _ commands: [String: Command]) {
        var latest: [ID: Int] = [:]
        for sighting in lane.sightings {
            guard let message = sighting.message, needsCommand(message) else { continue }
            let id = message.applicationID
            guard let command = sighting.trace.flatMap({ commands[$0] }), let said = command.message,
                said.applicationID == id, said.volunteerID == message.volunteerID
            else {
                objections.append(
                    Objection(
                        .causeless, application: id, volunteer: message.volunteerID,
                        "nobody's command caused \(sighting.line)"))
                continue
            }
            guard let id else { continue }
            if let before = latest[id], before > command.number {
                object(.outOfOrder, command, "has its effect on \(lane.name) after that of number \(before)")
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
