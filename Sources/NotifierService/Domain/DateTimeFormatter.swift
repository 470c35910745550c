import Contracts
import Foundation

/// The date and the times of an application as people write them, seen from a certain moment.
struct DateTimeFormatter {
    private let details: ApplicationSnapshot.Details
    private let home: TimeZone
    private let now: Timestamp
    private let phrasebook: MessageCatalog
    private var texts: MessageCatalog.Texts { phrasebook.texts }

    init(_ details: ApplicationSnapshot.Details, home: TimeZone, now: Timestamp, phrasebook: MessageCatalog) {
        self.details = details
        self.home = home
        self.now = now
        self.phrasebook = phrasebook
    }

    /// What every message may name.
    var values: [String: String] {
        var values = [
            "weekday": weekday, "date": date(start.date), "start": clock(start.time), "end": clock(details.endTime),
            "zone": zone(at: details.startsAt),
        ]
        // An end not later than the start is on the next day (contract section 1).
        values["when"] = (details.endTime <= details.startTime ? texts.whenOvernight : texts.when).filled(values)
        return values
    }

    /// What the clocks really show at the start: a time that a change of clocks skips is later.
    private var start: (date: CivilDate, time: CivilTime) {
        CivilClock.civil(details.startsAt, in: details.zone)
    }

    private var today: CivilDate { CivilClock.civil(now, in: details.zone).0 }

    private var weekday: String {
        let index = start.date.weekday - 1
        return texts.weekdays.indices.contains(index) ? texts.weekdays[index] : ""
    }

    /// The year is said where it is not this one.
    private func date(_ date: CivilDate) -> String {
        let month = texts.months.indices.contains(date.month - 1) ? texts.months[date.month - 1] : ""
        return (date.year == today.year ? texts.date : texts.dateWithYear).filled([
            "day": String(date.day), "month": month, "year": String(date.year),
        ])
    }

    /// `14:00`, with seconds only where there are any.
    private func clock(_ time: CivilTime) -> String {
        let text = time.description
        return time.second == 0 ? String(text.prefix(5)) : text
    }

    // MARK: - The zone

    /// Named where it could be mistaken: it has another time than home, or it is nobody's home, or the clocks show this
    /// time twice.
    private func zone(at time: Timestamp) -> String {
        let offset = details.zone.secondsFromGMT(for: time.date)
        if Self.isUTC(details.timeZone) { return texts.zoneUTC }
        guard offset != home.secondsFromGMT(for: time.date) || isShownTwice(time) else { return "" }
        return texts.zone.filled(["zone": details.timeZone, "offset": Self.text(ofOffset: offset)])
    }

    private func isShownTwice(_ time: Timestamp) -> Bool {
        let shown = CivilClock.civil(time, in: details.zone)
        // No zone of today sets its clocks back by more than two hours.
        return stride(from: 1800, through: 7200, by: 1800).contains { seconds in
            [seconds, -seconds].contains { shift in
                CivilClock.civil(time.advanced(by: .seconds(shift)), in: details.zone) == shown
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

    // MARK: - Seen from now

    /// The end of an offer; in its last ten minutes seconds count.
    func until(_ time: Timestamp) -> String {
        let (date, exact) = CivilClock.civil(time, in: details.zone)
        let isSoon = time.milliseconds - now.milliseconds < 600_000
        let clock = isSoon ? self.clock(exact) : String(exact.description.prefix(5))
        return (date == today ? texts.untilToday : texts.untilLater).filled([
            "time": clock, "date": self.date(date), "zone": zone(at: time),
        ])
    }

    /// The day of the start: `сегодня`, `завтра`, else with its date.
    var day: String {
        if start.date == today { return texts.today }
        if start.date == today.adding(days: 1) { return texts.tomorrow }
        return texts.anotherDay.filled(["weekday": weekday, "date": date(start.date)])
    }

    /// The time until the start, where it is less than half a day: `2 часа`, `1 час 30 минут`, `45 секунд`.
    var remaining: String? {
        let seconds = Int((details.startsAt.milliseconds - now.milliseconds + 500) / 1000)
        guard seconds > 0, seconds < 43_200 else { return nil }
        if seconds < 90 { return phrasebook.counted(seconds, texts.seconds) }
        // To the minute: a reminder that was due two hours before says so a moment later too.
        let minutes = (seconds + 30) / 60
        let parts = [
            minutes >= 60 ? phrasebook.counted(minutes / 60, texts.hours) : nil,
            minutes % 60 > 0 ? phrasebook.counted(minutes % 60, texts.minutes) : nil,
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}
