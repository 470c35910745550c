package import Contracts
import Foundation

/// What the notifier keeps of an application: what people need to be told of it.
package struct ApplicationSnapshot: Sendable, Hashable {
    /// A change of these is told to everybody concerned.
    package struct Details: Sendable, Hashable {
        package var name: String
        package var date: CivilDate
        package var startTime: CivilTime
        package var endTime: CivilTime
        /// An IANA name.
        package var timeZone: String

        package init(name: String, date: CivilDate, startTime: CivilTime, endTime: CivilTime, timeZone: String) {
            self.name = name
            self.date = date
            self.startTime = startTime
            self.endTime = endTime
            self.timeZone = timeZone
        }

        /// These details with an update's fields in place of those it names.
        package func updated(by update: UpdateVolunteerApplication) -> Details {
            Details(
                name: update.name ?? name, date: update.date ?? date, startTime: update.startTime ?? startTime,
                endTime: update.endTime ?? endTime, timeZone: update.timeZone ?? timeZone)
        }

        /// A zone that this machine's database has lost is read as UTC.
        var zone: TimeZone { CivilClock.zone(named: timeZone) ?? .gmt }

        package var startsAt: Timestamp { CivilClock.timestamp(date, startTime, in: zone) }
    }

    package let id: ID
    package var details: Details
    package var isCancelled: Bool
    /// Grows with each change of the details: who was told an older edition is owed the change.
    package var edition: Int
    /// The edition that moved the start last, and when: reminders whose new time lay before it are over.
    package var movedIn: Int
    package var movedAt: Timestamp

    package init(
        id: ID, details: Details, isCancelled: Bool = false, edition: Int = 1, movedIn: Int = 1,
        movedAt: Timestamp = .earliest
    ) {
        self.movedIn = movedIn
        self.movedAt = movedAt
        self.id = id
        self.details = details
        self.isCancelled = isCancelled
        self.edition = edition
    }

    package var startsAt: Timestamp { details.startsAt }

    /// Takes over what concerns people. False: nothing of that changed, or nobody is to hear of it any more.
    package mutating func update(by update: UpdateVolunteerApplication, at time: Timestamp) -> Bool {
        let details = details.updated(by: update)
        guard details != self.details, !isCancelled else { return false }
        edition += 1
        if details.startsAt != startsAt {
            movedIn = edition
            movedAt = time
        }
        self.details = details
        return true
    }
}
