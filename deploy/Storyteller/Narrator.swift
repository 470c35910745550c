import Contracts
import Foundation

/// Puts messages into words. A kind of message that shall be told too gets its case here, and its binding in `Watch`.
struct Narrator: Sendable {
    let cast: Cast
    /// The story's own; others are named.
    let application: ID

    /// Nil for what repeats in the services' words what another line says.
    func line(for sighting: Sighting) -> Line? {
        guard var line = sighting.isCommand ? command(sighting) : heard(sighting) else { return nil }
        if let id = sighting.message.applicationID, id != application { line.gloss += " · application \(id)" }
        return line
    }

    func unreadable(_ routingKey: String, _ reason: String) -> Line {
        Line(.now(), "?", "→", "непонятное сообщение", "\(routingKey): \(reason)", .sad)
    }

    // MARK: - The world

    private func command(_ sighting: Sighting) -> Line? {
        switch sighting.message {
        case .create(let message):
            let what = "новая заявка: \(places(message.availableSpots))"
            return said(sighting, cast.fund.name, what, "calls for volunteers")
        case .update(let message):
            guard let date = message.date else {
                return said(sighting, cast.fund.name, "меняет заявку", "changes the application")
            }
            return said(sighting, cast.fund.name, "переносит на \(Clock.day(date))", "moves it to another day")
        case .cancel: return said(sighting, cast.fund.name, "отменяет заявку", "cancels the application")
        case .response(let message):
            let accepts = message.status == .accepted
            return said(
                sighting, cast.name(of: message.volunteerID), accepts ? "откликается" : "отказывается",
                message.status.rawValue)
        case .waiting(let message):
            return said(sighting, cast.name(of: message.volunteerID), "хочет ждать", "wants to wait")
        case .waitingListRecord(let record):
            return said(sighting, cast.name(of: record.userID), "хочет ждать", "wants to wait")
        case .notifyFreeSpot, .spotStatus, .notification, .resend, .streamHead, .streamApplied:
            return said(sighting, "?", sighting.message.action.rawValue, "only the system issues this: refused")
        }
    }

    private func said(_ sighting: Sighting, _ who: String, _ what: String, _ gloss: String) -> Line {
        Line(sighting.at, who, "→", what, gloss, .said)
    }

    // MARK: - The system

    private func heard(_ sighting: Sighting) -> Line? {
        switch sighting.message {
        case .notification(let notification): return told(notification, sighting.at)
        case .create: return inside(sighting, "заявка открыта", "open for responses")
        case .update: return inside(sighting, "заявка изменена", "taken over")
        case .waiting(let message):
            return inside(sighting, "в очередь: \(cast.name(of: message.volunteerID))", "volunteer_waiting")
        case .notifyFreeSpot(let message) where sighting.recipient == .waitlist:
            return inside(
                sighting, "отложено мест для очереди: \(message.availableSpots)",
                message.availableSpots == 0 ? "nothing is kept any more" : "kept for those who wait")
        case .notifyFreeSpot(let message):
            let names = message.waitingVolunteers.isEmpty ? "всем" : cast.names(of: message.waitingVolunteers)
            let gloss = message.expiresAt == nil ? "nobody took it: open to all" : "offers"
            return inside(sighting, "предложить: \(names)", gloss)
        // The volunteer hears it in words in the same breath, or it is an echo of the response.
        case .spotStatus, .waitingListRecord, .response: return nil
        case .cancel, .resend, .streamHead, .streamApplied: return nil
        }
    }

    private func told(_ notification: UserNotification, _ at: Timestamp) -> Line {
        let kind = notification.kind
        return Line(
            at, cast.name(of: notification.userID), "←", kind?.word ?? "сообщение", kind?.gloss ?? "a message",
            kind?.tone ?? .open, words: notification.message)
    }

    // MARK: - What is to come

    func awaited(_ due: Timestamp) -> Line {
        Line(.now(), "", "·", "напомнить в \(Clock.seconds(due))", "a day before the start", .inside)
    }

    /// - Parameter seconds: none: it is due.
    func countdown(_ seconds: Int) -> Line {
        let (what, gloss) = seconds > 0 ? ("ещё \(seconds) с", "in \(seconds) s") : ("пора", "now")
        return Line(.now(), "", "·", what, gloss, .inside)
    }

    private func inside(_ sighting: Sighting, _ what: String, _ gloss: String) -> Line {
        Line(sighting.at, "", "·", what, gloss, .inside)
    }

    /// 1 место, 2 места, 5 мест, 11 мест, 21 место.
    func places(_ count: Int) -> String {
        switch (count % 10, count % 100) {
        case (1, let tens) where tens != 11: "\(count) место"
        case (2...4, let tens) where !(12...14).contains(tens): "\(count) места"
        default: "\(count) мест"
        }
    }
}
