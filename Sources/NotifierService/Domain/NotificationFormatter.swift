package import Contracts
package import Wording

/// Writes the text of a notification in the user's language. Times are civil times of the application; its zone is
/// named where it could be mistaken.
package struct NotificationFormatter: Sendable {
    /// In the language of users who have chosen none: `LANGUAGE`.
    private let defaultCatalog: MessageCatalog
    private let catalogs: [Language: MessageCatalog]
    /// The zone that users are assumed to live in who have chosen none: `TIME_ZONE`.
    private let defaultZone: ZoneRules

    /// - Throws: a `DecodingError` if a text is missing in any language.
    package init(_ language: Language, defaultZone: ZoneRules) throws {
        defaultCatalog = try MessageCatalog(language)
        catalogs = try Dictionary(uniqueKeysWithValues: Language.allCases.map { ($0, try MessageCatalog($0)) })
        self.defaultZone = defaultZone
    }

    /// - Parameter preferences: the user's.
    package func text(
        _ reason: NotificationReason, about application: ApplicationSnapshot, _ preferences: NotificationPreferences,
        now: Timestamp
    ) -> String {
        let catalog = catalog(preferences)
        let messages = catalog.texts.messages
        let dates = DateTimeFormatter(
            application.schedule, startsAt: application.startsAt, defaultZone: zone(preferences), now: now,
            catalog: catalog)
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
    package func unknownApplication(_ id: ID, _ preferences: NotificationPreferences) -> String {
        catalog(preferences).texts.messages.refusedUnknown.filled(["id": id.string])
    }

    private func catalog(_ preferences: NotificationPreferences) -> MessageCatalog {
        preferences.language.flatMap { catalogs[$0] } ?? defaultCatalog
    }

    /// A zone that this machine no longer knows counts as not chosen.
    private func zone(_ preferences: NotificationPreferences) -> ZoneRules {
        preferences.timeZone.flatMap(CivilClock.zone(named:)) ?? defaultZone
    }
}
