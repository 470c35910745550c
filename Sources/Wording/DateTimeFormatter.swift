package import Contracts

/// Writes the date and the times of an application in a language, relative to the current time.
package struct DateTimeFormatter: Sendable {
    private let schedule: ApplicationSchedule
    private let applicationZone: ZoneRules
    /// The scheduled start by this machine's rules, so that texts show the scheduled time even if ApplicationService's
    /// rules differ.
    private let scheduledStart: Timestamp
    /// The civil time that clocks show at the start: later than the scheduled one if a change of clocks skips it.
    private let start: (date: CivilDate, time: CivilTime)
    private let today: CivilDate
    private let startsAt: Timestamp
    private let defaultZone: ZoneRules
    private let now: Timestamp
    private let catalog: MessageCatalog

    /// - Parameters:
    ///   - startsAt: the instant of the start, as ApplicationService derived it.
    ///   - defaultZone: the zone that the reader is assumed to live in.
    package init(
        _ schedule: ApplicationSchedule, startsAt: Timestamp, defaultZone: ZoneRules, now: Timestamp,
        catalog: MessageCatalog
    ) {
        self.schedule = schedule
        applicationZone = schedule.zone
        scheduledStart = CivilClock.timestamp(schedule.date, schedule.startTime, in: applicationZone)
        start = CivilClock.civil(scheduledStart, in: applicationZone)
        today = CivilClock.civil(now, in: applicationZone).0
        self.startsAt = startsAt
        self.defaultZone = defaultZone
        self.now = now
        self.catalog = catalog
    }

    /// The values that every text may use.
    package var values: [String: String] {
        var values = [
            "weekday": weekday, "date": date(start.date), "start": clock(start.time), "end": clock(schedule.endTime),
            "zone": zone(at: scheduledStart),
        ]
        values["when"] = when
        return values
    }

    /// `в среду, 9 декабря, с 14:00 до 18:00`
    package var when: String {
        // An end not later than the start is on the next day (contract section 1).
        let isOvernight = schedule.endTime <= schedule.startTime
        return (isOvernight ? catalog.texts.whenOvernight : catalog.texts.when).filled { word in
            switch word {
            case "weekday": weekday
            case "date": date(start.date)
            case "start": clock(start.time)
            case "end": clock(schedule.endTime)
            case "zone": zone(at: scheduledStart)
            default: nil
            }
        }
    }

    /// The day on which clocks show the start.
    package var startDate: CivilDate { start.date }

    private var weekday: String {
        let index = start.date.weekday - 1
        return catalog.texts.weekdays.indices.contains(index) ? catalog.texts.weekdays[index] : ""
    }

    /// With the year, unless it is the current one.
    private func date(_ date: CivilDate) -> String {
        let month = catalog.texts.months.indices.contains(date.month - 1) ? catalog.texts.months[date.month - 1] : ""
        return (date.year == today.year ? catalog.texts.date : catalog.texts.dateWithYear).filled { word in
            switch word {
            case "day": String(date.day)
            case "month": month
            case "year": String(date.year)
            default: nil
            }
        }
    }

    /// `14:00`, or `14:00:30` if the seconds are not zero.
    private func clock(_ time: CivilTime) -> String {
        let text = time.description
        return time.second == 0 ? String(text.utf8.prefix(5)) ?? text : text
    }

    // MARK: - The zone

    /// The zone's name if the time could be mistaken without it: its offset differs from the default zone's, the zone
    /// is UTC, by which no one sets their clock, or clocks show this time twice. Else empty.
    private func zone(at time: Timestamp) -> String {
        let offset = applicationZone.offset(at: time)
        if Self.isUTC(schedule.timeZone) { return catalog.texts.zoneUTC }
        guard offset != defaultZone.offset(at: time) || isShownTwice(time) else { return "" }
        return catalog.texts.zone.filled(["zone": schedule.timeZone, "offset": Self.text(ofOffset: offset)])
    }

    private func isShownTwice(_ time: Timestamp) -> Bool {
        // No current zone sets its clocks back by more than two hours.
        let offsets = [-7200, 7200].map { applicationZone.offset(at: time.advanced(by: .seconds($0))) }
        guard offsets[0] != offsets[1] else { return false }
        let shown = CivilClock.civil(time, in: applicationZone)
        return stride(from: 1800, through: 7200, by: 1800).contains { seconds in
            [seconds, -seconds].contains { shift in
                CivilClock.civil(time.advanced(by: .seconds(shift)), in: applicationZone) == shown
            }
        }
    }

    private static func isUTC(_ name: String) -> Bool {
        ["UTC", "Etc/UTC", "Etc/UCT", "UCT", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"]
            .contains(name)
    }

    /// `UTC+1`, `UTC−3:30`
    private static func text(ofOffset seconds: Int) -> String {
        let minutes = abs(seconds) / 60 % 60
        let sign = seconds < 0 ? "−" : "+"
        return "UTC\(sign)\(abs(seconds) / 3600)" + (minutes == 0 ? "" : ":" + String(100 + minutes).dropFirst())
    }

    // MARK: - Relative to now

    /// When an offer lapses; with seconds in its last ten minutes.
    package func until(_ time: Timestamp) -> String {
        let (date, exact) = CivilClock.civil(time, in: applicationZone)
        let isSoon = time.milliseconds - now.milliseconds < 600_000
        let clock = isSoon ? self.clock(exact) : String(exact.description.prefix(5))
        return (date == today ? catalog.texts.untilToday : catalog.texts.untilLater).filled([
            "time": clock, "date": self.date(date), "zone": zone(at: time),
        ])
    }

    /// The day of the start: `сегодня`, `завтра`, else its weekday and date.
    package var day: String {
        if start.date == today { return catalog.texts.today }
        if start.date == today.adding(days: 1) { return catalog.texts.tomorrow }
        return catalog.texts.anotherDay.filled(["weekday": weekday, "date": date(start.date)])
    }

    /// The time until the start if it is less than 12 hours: `2 часа`, `1 час 30 минут`, `45 секунд`.
    package var remaining: String? {
        let seconds = Int((startsAt.milliseconds - now.milliseconds + 500) / 1000)
        guard seconds > 0, seconds < 43_200 else { return nil }
        if seconds < 90 { return catalog.counted(seconds, catalog.texts.seconds) }
        // Rounded to the minute: a reminder due two hours before the start still says "2 hours" if sent a moment later.
        let minutes = (seconds + 30) / 60
        let parts = [
            minutes >= 60 ? catalog.counted(minutes / 60, catalog.texts.hours) : nil,
            minutes % 60 > 0 ? catalog.counted(minutes % 60, catalog.texts.minutes) : nil,
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}
