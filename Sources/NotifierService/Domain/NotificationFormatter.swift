package import Contracts
package import Foundation

/// Puts an occasion into a user's words. Times are the application's civil times, its zone is named where it could be
/// mistaken.
package struct NotificationFormatter: Sendable {
    private let phrasebook: MessageCatalog
    /// Where people are unless an application says otherwise: `TIME_ZONE`.
    private let home: TimeZone

    package init(_ phrasebook: MessageCatalog, home: TimeZone) {
        self.phrasebook = phrasebook
        self.home = home
    }

    package func text(_ occasion: NotificationReason, about application: ApplicationSnapshot, now: Timestamp) -> String
    {
        let messages = phrasebook.texts.messages
        let civil = DateTimeFormatter(application.details, home: home, now: now, phrasebook: phrasebook)
        var values = civil.values
        values["name"] = application.details.name
        values["id"] = application.id.string
        switch occasion {
        case .confirmed:
            return messages.confirmed.filled(values)
        case .waiting(nil):
            return messages.waitingSomewhere.filled(values)
        case .waiting(let position?):
            values["position"] = String(position)
            values["people"] = phrasebook.counted(position - 1, phrasebook.texts.people)
            return (position > 1 ? messages.waiting : messages.waitingFirst).filled(values)
        case .offered(let until):
            values["until"] = civil.until(until)
            return (until > now ? messages.offered : messages.offeredLate).filled(values)
        case .openToAll:
            return messages.openToAll.filled(values)
        case .notChosen:
            return messages.notChosen.filled(values)
        case .cancelled(let reason?) where !reason.isEmpty:
            values["reason"] = reason
            return messages.cancelledBecause.filled(values)
        case .cancelled:
            return messages.cancelled.filled(values)
        case .refused(let reason):
            values["reason"] = reason.map { phrasebook.texts.reasons[$0] ?? $0 } ?? "?"
            return messages.refused.filled(values)
        case .changed(nil):
            return messages.changed.filled(values)
        case .changed(let oldName?):
            values["oldName"] = oldName
            return messages.renamed.filled(values)
        case .reminder:
            values["remaining"] = civil.remaining
            values["day"] = civil.day
            return (civil.remaining == nil ? messages.reminder : messages.reminderSoon).filled(values)
        }
    }

    /// Somebody responded to an application that does not exist.
    package func unknownApplication(_ id: ID) -> String {
        phrasebook.texts.messages.refusedUnknown.filled(["id": id.string])
    }
}
