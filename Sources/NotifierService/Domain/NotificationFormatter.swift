package import Contracts
package import Wording

/// Writes the text of a notification. Times are civil times of the application; its zone is named where it could be
/// mistaken.
package struct NotificationFormatter: Sendable {
    private let catalog: MessageCatalog
    /// The zone that users are assumed to live in: `TIME_ZONE`.
    private let defaultZone: ZoneRules

    package init(_ catalog: MessageCatalog, defaultZone: ZoneRules) {
        self.catalog = catalog
        self.defaultZone = defaultZone
    }

    package func text(_ reason: NotificationReason, about application: ApplicationSnapshot, now: Timestamp) -> String {
        let messages = catalog.texts.messages
        let dates = DateTimeFormatter(
            application.schedule, startsAt: application.startsAt, defaultZone: defaultZone, now: now, catalog: catalog)
        var values = dates.values
        values["name"] = application.name
        values["id"] = application.id.string
        switch reason {
        case .confirmed:
            return messages.confirmed.filled(values)
        case .waiting(nil):
            return messages.waitingSomewhere.filled(values)
        case .waiting(let position?):
            values["position"] = String(position)
            values["people"] = catalog.counted(position - 1, catalog.texts.people)
            return (position > 1 ? messages.waiting : messages.waitingFirst).filled(values)
        case .offered(let until):
            values["until"] = dates.until(until)
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
        case .refused(RefusalReason.removedByOrganiser.rawValue, let comment?) where !comment.isEmpty:
            values["reason"] = comment
            return messages.removedBecause.filled(values)
        case .refused(RefusalReason.removedByOrganiser.rawValue, _):
            return messages.removed.filled(values)
        case .refused(RefusalReason.lostByRestore.rawValue, _):
            return messages.lost.filled(values)
        case .refused(let reason, _):
            values["reason"] = reason.map { catalog.texts.reasons[$0] ?? $0 } ?? "?"
            return messages.refused.filled(values)
        case .changed(nil):
            return messages.changed.filled(values)
        case .changed(let oldName?):
            values["oldName"] = oldName
            return messages.renamed.filled(values)
        case .reminder:
            values["remaining"] = dates.remaining
            values["day"] = dates.day
            return (dates.remaining == nil ? messages.reminder : messages.reminderSoon).filled(values)
        }
    }

    /// The text for a response to an application that does not exist.
    package func unknownApplication(_ id: ID) -> String {
        catalog.texts.messages.refusedUnknown.filled(["id": id.string])
    }
}
