package import Contracts
import Foundation

/// The words and the civil times of an application, as its fund gave them.
package struct ApplicationDetails: Sendable, Hashable {
    package var name: String
    package var description: String
    package var date: CivilDate
    package var startTime: CivilTime
    package var endTime: CivilTime
    /// An IANA name, always resolved: the fund's own, else this service's `TIME_ZONE`. What leaves the service
    /// names it, so that no other service reads the times by a setting of its own.
    package var timeZone: String

    package init(
        name: String, description: String, date: CivilDate, startTime: CivilTime, endTime: CivilTime, timeZone: String
    ) {
        self.name = name
        self.description = description
        self.date = date
        self.startTime = startTime
        self.endTime = endTime
        self.timeZone = timeZone
    }

    package init(_ create: CreateVolunteerApplication, defaultZone: String) {
        self.init(
            name: create.name, description: create.description, date: create.date, startTime: create.startTime,
            endTime: create.endTime, timeZone: create.timeZone ?? defaultZone)
    }

    /// These details with an update's fields in place of those it names.
    package func updated(by update: UpdateVolunteerApplication) -> ApplicationDetails {
        ApplicationDetails(
            name: update.name ?? name, description: update.description ?? description, date: update.date ?? date,
            startTime: update.startTime ?? startTime, endTime: update.endTime ?? endTime,
            timeZone: update.timeZone ?? timeZone)
    }

    /// When it starts. A zone that this machine's database has lost is read as UTC: names are checked when they
    /// come in, so this is for a file that moved to an older machine.
    package var startsAt: Timestamp {
        CivilClock.timestamp(date, startTime, in: CivilClock.zone(named: timeZone) ?? .gmt)
    }
}
