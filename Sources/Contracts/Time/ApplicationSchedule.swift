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

    /// The rules of the zone; `nil` if this machine does not know it. A message from outside cannot name such a zone,
    /// but the database of the machine on which it was read may have been newer, or had more of the old names.
    public var knownZone: ZoneRules? { CivilClock.zone(named: timeZone) }

    /// The rules of the zone, or UTC for one that this machine does not know.
    public var zone: ZoneRules { knownZone ?? .gmt }

    /// The instant of the start.
    public var startsAt: Timestamp { CivilClock.timestamp(date, startTime, in: zone) }

    /// The instant of the start if the rules of the zone now give another one than before; `nil` if they do not, and in
    /// a zone that this machine does not know.
    public func startByCurrentRules(before: Timestamp) -> Timestamp? {
        guard knownZone != nil else { return nil }
        let start = startsAt
        return start == before ? nil : start
    }

    /// The instant of the start after a change. In a zone that this machine does not know it moves by the difference of
    /// the civil times.
    /// - Parameters:
    ///   - previous: the schedule before the change.
    ///   - start: the instant at which it started.
    public func start(movedFrom previous: ApplicationSchedule, startingAt start: Timestamp) -> Timestamp {
        guard knownZone == nil, timeZone == previous.timeZone else { return startsAt }
        return start.advanced(by: startsAt - previous.startsAt)
    }

    /// The instant of the end.
    public var endsAt: Timestamp {
        CivilClock.timestamp(endTime <= startTime ? date.adding(days: 1) : date, endTime, in: zone)
    }
}
