import Contracts

/// When the fund moves the application to: tomorrow, at such a time that the reminder a day before is due in a moment.
struct Move: Sendable, Hashable {
    /// NotifierService's own setting, `P1D`, takes no part in it: the story is told with the services as they are.
    static let daysBefore = 1

    /// When the reminder falls due, in whole seconds, as all civil times are.
    let due: Timestamp
    let date: CivilDate
    let start: CivilTime
    /// Four hours later, to the hour.
    let end: CivilTime

    /// - Parameter lead: how long the reminder is still ahead, at least.
    init(at now: Timestamp, lead: Duration) {
        due = Timestamp(milliseconds: (now.advanced(by: lead).milliseconds + 999) / 1000 * 1000)
        let (today, time) = CivilClock.civil(due, in: Clock.zone)
        date = today.adding(days: Self.daysBefore)
        start = time
        end = CivilTime(hour: (time.hour + 4) % 24, minute: 0, second: 0)!
    }
}
