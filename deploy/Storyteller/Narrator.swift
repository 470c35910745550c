import Contracts
import Foundation

/// Describes messages in words. To show another kind of message, add a case here and a binding in `ExchangeWatcher`.
struct Narrator: Sendable {
    let cast: Cast
    /// The story's application; lines about others name the application.
    let application: ID

    /// Nil for a message that only repeats what another line says.
    func line(for observed: ObservedMessage) -> Line? {
        guard var line = observed.isCommand ? command(observed) : fromServices(observed) else { return nil }
        if let id = observed.message.applicationID, id != application { line.gloss += " · application \(id)" }
        return line
    }

    func unreadable(_ routingKey: String, _ reason: String) -> Line {
        Line(.now(), "?", "→", "непонятное сообщение", "\(routingKey): \(reason)", .sad)
    }

    // MARK: - Commands

    private func command(_ observed: ObservedMessage) -> Line? {
        switch observed.message {
        case .create(let message):
            let what = "новая заявка: \(places(message.availableSpots))"
            return said(observed, cast.fund.name, what, "is looking for volunteers")
        case .update(let message):
            guard let date = message.date else {
                return said(observed, cast.fund.name, "меняет заявку", "changes the application")
            }
            return said(observed, cast.fund.name, "переносит на \(Clock.day(date))", "moves it to another date")
        case .cancel: return said(observed, cast.fund.name, "отменяет заявку", "cancels the application")
        case .response(let message):
            let accepts = message.status == .accepted
            return said(
                observed, cast.name(of: message.volunteerID), accepts ? "откликается" : "отказывается",
                message.status.rawValue)
        case .waiting(let message):
            return said(observed, cast.name(of: message.volunteerID), "хочет ждать", "wants to wait")
        case .waitingListRecord(let record):
            return said(observed, cast.name(of: record.userID), "хочет ждать", "wants to wait")
        case .notifyFreeSpot, .spotStatus, .notification, .applicationState, .stateComplete, .webhookSettings,
            .webhookEvent, .resend, .streamHead, .streamApplied:
            return said(observed, "?", observed.message.action.rawValue, "only the system issues this: refused")
        }
    }

    private func said(_ observed: ObservedMessage, _ who: String, _ what: String, _ gloss: String) -> Line {
        Line(observed.at, who, "→", what, gloss, .said)
    }

    // MARK: - Messages of the services

    private func fromServices(_ observed: ObservedMessage) -> Line? {
        switch observed.message {
        case .notification(let notification): return told(notification, observed.at)
        case .create: return inside(observed, "заявка открыта", "open for responses")
        case .update: return inside(observed, "заявка изменена", "updated")
        case .waiting(let message):
            return inside(observed, "в очередь: \(cast.name(of: message.volunteerID))", "volunteer_waiting")
        case .notifyFreeSpot(let message) where observed.recipient == .waitlist:
            return inside(
                observed, "отложено мест для очереди: \(message.availableSpots)",
                message.availableSpots == 0 ? "no spot is reserved any more" : "reserved for the waiting list")
        case .notifyFreeSpot(let message):
            let names = message.waitingVolunteers.isEmpty ? "всем" : cast.names(of: message.waitingVolunteers)
            let gloss = message.expiresAt == nil ? "no one claimed it: open to all" : "offers"
            return inside(observed, "предложить: \(names)", gloss)
        // The notification says the same, or it repeats the response.
        case .spotStatus, .waitingListRecord, .response: return nil
        case .applicationState: return inside(observed, "состояние заявки", "its state")
        case .cancel, .stateComplete, .webhookSettings, .webhookEvent, .resend, .streamHead, .streamApplied: return nil
        }
    }

    private func told(_ notification: UserNotification, _ at: Timestamp) -> Line {
        let kind = notification.kind
        return Line(
            at, cast.name(of: notification.userID), "←", kind?.word ?? "сообщение", kind?.gloss ?? "a message",
            kind?.tone ?? .open, words: notification.message)
    }

    // MARK: - Waiting

    func awaited(_ due: Timestamp) -> Line {
        Line(.now(), "", "·", "напомнить в \(Clock.seconds(due))", "a day before the start", .inside)
    }

    /// - Parameter seconds: 0 if it is due now.
    func countdown(_ seconds: Int) -> Line {
        let (what, gloss) = seconds > 0 ? ("ещё \(seconds) с", "in \(seconds) s") : ("пора", "now")
        return Line(.now(), "", "·", what, gloss, .inside)
    }

    private func inside(_ observed: ObservedMessage, _ what: String, _ gloss: String) -> Line {
        Line(observed.at, "", "·", what, gloss, .inside)
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
