public import Foundation

/// When an application takes place: civil times in a named zone (contract section 1).
public struct ApplicationSchedule: Hashable, Sendable {
    /// The day of the start.
    public var date: CivilDate
    /// The start.
    public var startTime: CivilTime
    /// The end, on the next day if it is not later than the start.
    public var endTime: CivilTime
    /// An IANA name.
    public var timeZone: String

    /// Values are not checked here; decoding a message checks them.
    public init(date: CivilDate, startTime: CivilTime, endTime: CivilTime, timeZone: String) {
        self.date = date
        self.startTime = startTime
        self.endTime = endTime
        self.timeZone = timeZone
    }

    /// The schedule of a new application.
    /// - Parameter defaultZone: the zone of an application that names none; the setting `TIME_ZONE`.
    public init(_ create: CreateVolunteerApplication, defaultZone: String) {
        self.init(
            date: create.date, startTime: create.startTime, endTime: create.endTime,
            timeZone: create.timeZone ?? defaultZone)
    }

    /// This schedule with the fields that an update names.
    public func updated(by update: UpdateVolunteerApplication) -> ApplicationSchedule {
        ApplicationSchedule(
            date: update.date ?? date, startTime: update.startTime ?? startTime, endTime: update.endTime ?? endTime,
            timeZone: update.timeZone ?? timeZone)
    }

    /// The zone. Names are checked when they are read; UTC replaces a zone that this machine does not know because its
    /// time zone database is older.
    public var zone: TimeZone { CivilClock.zone(named: timeZone) ?? .gmt }

    /// The instant of the start.
    public var startsAt: Timestamp { CivilClock.timestamp(date, startTime, in: zone) }

    /// The instant of the end.
    public var endsAt: Timestamp {
        CivilClock.timestamp(endTime <= startTime ? date.adding(days: 1) : date, endTime, in: zone)
    }
}
