import Contracts

/// An application as the events say that it is: the messages that ApplicationService has sent, by the commands that
/// caused them.
struct ReplayedApplication {
    private(set) var content: ApplicationContent?
    private(set) var isCancelled = false
    private(set) var confirmed: Set<ID> = []
    /// In the order of the list.
    private(set) var waiting: [ID] = []
    /// R and its release.
    private(set) var reserved = 0
    private(set) var release = 0
    /// n: the number of messages sent to WaitlistService.
    private(set) var sent = 0

    var free: Int { max(0, (content?.capacity ?? 0) - confirmed.count) }

    /// Whether it takes responses, whatever any clock has shown.
    func isOpen(in history: History) -> Bool {
        let latest = history.endedAt.advanced(by: history.clockAhead)
        guard let content else { return false }
        return !isCancelled && content.startsAt > latest
    }

    static func all(_ evidence: Evidence) -> [ID: ReplayedApplication] {
        let zone = evidence.history.conditions.zone
        var applications: [ID: ReplayedApplication] = [:]
        for observed in evidence.messages(.toWaitlist) {
            guard let message = observed.message, let id = message.applicationID else { continue }
            applications[id, default: ReplayedApplication()].readList(message)
        }
        for command in evidence.history.commands {
            guard let id = command.message?.applicationID else { continue }
            let changes = evidence.toWaitlist(becauseOf: command).filter { $0.action != .response }
            for message in changes + evidence.toNotifier(becauseOf: command) where message.applicationID == id {
                applications[id, default: ReplayedApplication()].readEffect(message, zone: zone)
            }
        }
        return applications
    }

    private mutating func readList(_ message: Message) {
        sent += 1
        switch message {
        case .waiting(let entry) where !waiting.contains(entry.volunteerID): waiting.append(entry.volunteerID)
        case .response(let response): waiting.removeAll { $0 == response.volunteerID }
        case .cancel:
            waiting = []
            reserved = 0
        case .notifyFreeSpot(let reservation):
            reserved = reservation.availableSpots
            release = reservation.release ?? release
        default: break
        }
    }

    private mutating func readEffect(_ message: Message, zone: String) {
        switch message {
        case .create(let create): content = ApplicationContent(create, zone: zone)
        case .update(let update): content = content?.updated(by: update)
        case .cancel: isCancelled = true
        case .spotStatus(let record) where record.status == .confirmed: confirmed.insert(record.userID)
        case .response(let response): confirmed.remove(response.volunteerID)
        default: break
        }
    }
}
