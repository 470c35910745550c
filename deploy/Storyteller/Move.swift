import Contracts

/// The new start of the application: tomorrow, at a time for which the reminder a day before is due in a few seconds.
struct Move: Sendable, Hashable {
    /// Matches the `P1D` of NotifierService's default `REMINDERS`, since the story uses the default settings.
    static let daysBefore = 1

    /// When the reminder is due, in whole seconds, as all civil times are.
    let due: Timestamp
    let date: CivilDate
    let start: CivilTime
    /// Four hours later, at the full hour.
    let end: CivilTime

    /// - Parameter lead: the minimum time until the reminder is due.
    init(at now: Timestamp, lead: Duration) {
        due = Timestamp(milliseconds: (now.advanced(by: lead).milliseconds + 999) / 1000 * 1000)
        let (today, time) = CivilClock.civil(due, in: Clock.zone)
        date = today.adding(days: Self.daysBefore)
        start = time
        end = CivilTime(hour: (time.hour + 4) % 24, minute: 0, second: 0)!
    }
}
